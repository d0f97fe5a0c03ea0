"""What the tests of the verbs share."""

from __future__ import annotations

import base64
import json

import pytest


@pytest.fixture
def log_in(docker_config):
    """Write a Docker configuration that knows the registries."""

    def write(*registries):
        auths = {
            registry.host: {
                "auth": base64.b64encode(f"{registry.username}:{registry.password}".encode()).decode()
            }
            for registry in registries
        }
        docker_config.write_text(json.dumps({"auths": auths}))

    return write

"""Hosts of registries to complete: those of logins, and those that were used at a terminal."""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator
from contextlib import suppress

from pycrane._cli.shells import cache
from pycrane._errors import CredentialsError
from pycrane._keychain.docker_config import DockerConfig, read_config
from pycrane._keychain.locations import ENVIRONMENT_VARIABLE, docker_config_path, explicit_path, podman_paths
from pycrane._keychain.matching import scope_of
from pycrane._reference import DOCKER_HUB

_RECENT = "hosts"
_KEPT = 50


def known_hosts() -> list[str]:
    """Return the hosts of logins and of recent use, each once."""
    return list(dict.fromkeys([*logins(), *(cache.read(_RECENT, age=None) or ())]))


def logins() -> list[str]:
    """Return the hosts that the files of Docker and Podman have credentials or helpers for."""
    keys = (key for config in _configs() for key in (*config.auths, *config.cred_helpers))
    hosts = (scope_of(key).host for key in keys)
    return list(dict.fromkeys("docker.io" if host == DOCKER_HUB else host for host in hosts if host))


def remember(hosts: Iterable[str]) -> None:
    """Note that hosts were used, the last first. Failures are ignored."""
    before = cache.read(_RECENT, age=None) or []
    now = list(dict.fromkeys([*(host for host in hosts if host != DOCKER_HUB), *before]))[:_KEPT]
    if now != before:
        cache.write(_RECENT, now)


def _configs() -> Iterator[DockerConfig]:
    env = os.environ
    named = explicit_path(env)
    for path in (*((named,) if named else ()), docker_config_path(env), *podman_paths(env)):
        with suppress(CredentialsError):
            if config := read_config(path):
                yield config
    with suppress(CredentialsError):
        yield DockerConfig.parse(env.get(ENVIRONMENT_VARIABLE, "").encode(), ENVIRONMENT_VARIABLE)

"""ref and wait: a reference taken apart, and waited for."""

from __future__ import annotations

import json

import pytest
from peers import images
from peers.media import push

DIGEST = "sha256:" + "a" * 64


def test_a_short_name_is_told_in_full(pycrane):
    assert pycrane("ref", "alpine").lines == [
        "Name        index.docker.io/library/alpine:latest",
        "Registry    index.docker.io",
        "Repository  library/alpine",
        "Tag         latest",
    ]


def test_all_parts_of_a_reference_are_told(pycrane):
    text = f"localhost:5000/a/b:v1@{DIGEST}"
    found = json.loads(pycrane("ref", "--json", text).stdout)
    assert (found["registry"], found["repository"], found["digest"]) == ("localhost:5000", "a/b", DIGEST)
    assert pycrane("ref", "--format", "{{.Registry}}/{{.Repository}}", f"docker://{text}").text == (
        "localhost:5000/a/b"
    )


def test_what_is_not_a_reference_is_an_error(pycrane):
    assert pycrane("ref", "Not A Reference", check=False).returncode == 2
    assert pycrane("ref", "--format", "{{.Nope}}", "a", check=False).returncode == 1


@pytest.fixture
def image():
    return images.image()


def test_wait_ends_when_the_tag_is_there(pycrane, docker_registry, repo, image):
    name = f"{docker_registry.host}/{repo}:v1"
    push(docker_registry, repo, images.image(platform="linux/s390x"), "other")
    with pycrane.start("wait", "--interval", "0.1", name) as waiting:
        while not docker_registry.requests():  # it has looked once
            assert waiting.poll() is None
        push(docker_registry, repo, image, "v1")
        out, err = waiting.communicate(timeout=60)
    assert (waiting.returncode, err) == (0, b"")
    assert out.decode() == f"{name.removesuffix(':v1')}@{image.digest}\n"


def test_wait_for_a_digest_tells_the_one_that_is_there(pycrane, docker_registry, repo, image):
    push(docker_registry, repo, image, "v1")
    name = f"{docker_registry.host}/{repo}:v1"
    found = json.loads(pycrane("wait", "--json", "--digest", image.digest, name).stdout)
    assert found["digest"] == image.digest
    late = pycrane("wait", "--timeout", "0", "--digest", DIGEST, name, check=False)
    assert late.returncode != 0
    assert f"has the digest {image.digest}, expected {DIGEST}" in late.stderr
    missing = pycrane("wait", "--timeout", "0", name + "x", check=False)
    assert "is not there after 0 seconds" in missing.stderr


def test_times_that_are_not_positive_are_refused(pycrane):
    for option in (["--interval", "0"], ["--timeout", "-1"], ["--timeout", "nan"]):
        assert pycrane("wait", *option, "127.0.0.1:1/a", check=False).returncode == 1

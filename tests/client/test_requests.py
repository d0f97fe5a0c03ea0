"""How many requests a command takes, counted in a real registry's own log."""

from __future__ import annotations

import pytest
from peers.images import image, layer, multi_platform
from peers.media import push


def three_layers():
    return image(*(layer({f"file-{number}": bytes([number]) * 3000}) for number in range(3)))


def methods(registry):
    return [method for method, _, _ in registry.requests()]


@pytest.mark.parametrize(
    ("command", "count"),
    [("digest", 1), ("manifest", 1), ("config", 2)],
)
def test_what_is_asked_about_an_image_takes_as_few_requests_as_there_can_be(
    pycrane, docker_registry, repo, command, count
):
    push(docker_registry, repo, image(), "v1")
    pycrane(command, f"{docker_registry.host}/{repo}:v1")
    assert len(docker_registry.requests()) == count


def test_lists_take_one_request(pycrane, docker_registry, repo):
    push(docker_registry, repo, image(), "v1")
    pycrane("ls", f"{docker_registry.host}/{repo}")
    assert methods(docker_registry) == ["GET"]
    docker_registry.reset()
    pycrane("catalog", docker_registry.host)
    assert methods(docker_registry) == ["GET"]


def test_a_tag_takes_two_requests(pycrane, docker_registry, repo):
    push(docker_registry, repo, image(), "v1")
    pycrane("tag", f"{docker_registry.host}/{repo}:v1", "v2")
    assert methods(docker_registry) == ["GET", "PUT"]


@pytest.mark.parametrize("form", ["tarball", "legacy", "oci"])
def test_a_pull_takes_one_request_and_one_for_each_blob(pycrane, docker_registry, repo, tmp_path, form):
    push(docker_registry, repo, three_layers(), "v1")
    pycrane("pull", "--format", form, f"{docker_registry.host}/{repo}:v1", tmp_path / "out")
    assert methods(docker_registry) == ["GET"] * 5


def test_a_copy_within_a_registry_takes_seven_requests_and_two_when_it_is_there(
    pycrane, docker_registry, repo
):
    push(docker_registry, repo, three_layers(), "v1")
    source, target = f"{docker_registry.host}/{repo}:v1", f"{docker_registry.host}/{repo}/copy:v1"
    pycrane("cp", source, target)
    seen = methods(docker_registry)
    assert (seen[:2], seen[2:-1], seen[-1:]) == (["GET", "HEAD"], ["POST"] * 4, ["PUT"])
    docker_registry.reset()
    pycrane("cp", source, target)
    assert methods(docker_registry) == ["GET", "HEAD"]


def test_the_digest_for_a_platform_is_read_from_the_index(pycrane, docker_registry, repo):
    root = multi_platform()
    push(docker_registry, repo, root, "v1")
    done = pycrane("digest", "--platform", "linux/arm64", f"{docker_registry.host}/{repo}:v1")
    assert done.text == root.children[1].digest
    assert methods(docker_registry) == ["GET"]


@pytest.mark.parametrize(
    ("arguments", "count"),
    [(("digest",), 1), (("manifest",), 1), (("config",), 2), (("tag", "v2"), 2)],
)
def test_a_registry_that_wants_a_token_costs_one_exchange_more(
    pycrane, docker_registry_token, log_in, repo, arguments, count
):
    registry = docker_registry_token
    push(registry, repo, image(), "v1")
    log_in(registry)
    command, *rest = arguments
    pycrane(command, f"{registry.host}/{repo}:v1", *rest)
    assert [status for _, _, status in registry.requests()].count(401) == 1
    assert len(registry.requests()) == count + 1
    assert len(registry.issuer.requests()) == 1


def test_a_copy_within_a_registry_that_wants_tokens_takes_one_token(
    pycrane, docker_registry_token, log_in, repo
):
    registry = docker_registry_token
    push(registry, repo, three_layers(), "v1")
    log_in(registry)
    pycrane("cp", f"{registry.host}/{repo}:v1", f"{registry.host}/{repo}/copy:v1")
    assert len(registry.requests()) == 8
    assert len(registry.issuer.requests()) == 1


def test_deleting_a_digest_takes_two_requests_and_a_tag_one(pycrane, docker_registry, repo):
    digest = push(docker_registry, repo, image(), "v1")
    pycrane("delete", f"{docker_registry.host}/{repo}@{digest}")
    assert methods(docker_registry) == ["GET", "DELETE"]
    push(docker_registry, repo, image(), "v1")
    docker_registry.reset()
    pycrane("delete", f"{docker_registry.host}/{repo}:v1", check=False)
    # It cannot delete a tag; the second request finds out whether there is one.
    assert methods(docker_registry) == ["DELETE", "HEAD"]


def test_deleting_at_a_registry_that_wants_tokens_takes_one_token(
    pycrane, docker_registry_token, log_in, repo
):
    registry = docker_registry_token
    digest = push(registry, repo, image(), "v1")
    log_in(registry)
    pycrane("delete", f"{registry.host}/{repo}@{digest}")
    assert [(method, status) for method, _, status in registry.requests()] == [
        ("GET", 401),
        ("GET", 200),
        ("DELETE", 202),
    ]
    assert len(registry.issuer.requests()) == 1

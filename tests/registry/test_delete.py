from __future__ import annotations

import pytest
from peers.images import image, layer
from peers.media import manifest_of, push
from peers.odd_server import OddServer, Request, forward, problem, reply
from peers.registry import Registry
from registry.clients import asked

from pycrane._errors import DeniedError, NotFoundError, RegistryError, UnsupportedError
from pycrane._oci.digest import Digest
from pycrane._reference import Reference, parse_reference, parse_repository
from pycrane._registry.client import RegistryClient


def at(server: Registry | OddServer, name: str) -> Reference:
    return parse_reference(f"{server.host}/{name}")


def tags(client: RegistryClient, server: Registry | OddServer, repo: str) -> set[str]:
    return set(client.tags(parse_repository(f"{server.host}/{repo}")))


def test_a_digest_is_deleted_with_all_its_tags(
    docker_registry: Registry, repo: str, client: RegistryClient
) -> None:
    digest = push(docker_registry, repo, image(), "v1", "v2")
    client.delete_manifest(at(docker_registry, f"{repo}@{digest}"))
    assert asked(docker_registry, repo) == [("DELETE", 202)]
    assert client.find_manifest(at(docker_registry, f"{repo}:v1")) is None
    assert client.find_manifest(at(docker_registry, f"{repo}:v2")) is None


def test_what_is_not_there_is_an_error_unless_that_does_not_matter(
    docker_registry: Registry, repo: str, client: RegistryClient
) -> None:
    push(docker_registry, repo, image(), "v1")
    missing = at(docker_registry, f"{repo}@sha256:{'0' * 64}")
    with pytest.raises(NotFoundError):
        client.delete_manifest(missing)
    client.delete_manifest(missing, ignore_missing=True)


def test_a_registry_that_cannot_delete_a_tag_is_told_with_the_two_ways_out(
    docker_registry: Registry, repo: str, client: RegistryClient
) -> None:
    push(docker_registry, repo, image(), "v1")
    with pytest.raises(UnsupportedError, match="cannot delete the tag v1 alone") as caught:
        client.delete_manifest(at(docker_registry, f"{repo}:v1"))
    assert "--by-digest" in (caught.value.hint or "")
    assert "--untag" in (caught.value.hint or "")
    assert tags(client, docker_registry, repo) == {"v1"}


def test_a_registry_that_deletes_nothing_is_told(
    docker_registry_no_delete: Registry, repo: str, client: RegistryClient
) -> None:
    digest = push(docker_registry_no_delete, repo, image(), "v1")
    for name in (f"{repo}@{digest}", f"{repo}:v1"):
        with pytest.raises(UnsupportedError):
            client.delete_manifest(at(docker_registry_no_delete, name))
    assert tags(client, docker_registry_no_delete, repo) == {"v1"}


def test_a_tag_is_freed_alone(docker_registry: Registry, repo: str, client: RegistryClient) -> None:
    root = image()
    push(docker_registry, repo, root, "v1", "v2")
    client.delete_tag_by_placeholder(at(docker_registry, f"{repo}:v1"))
    assert tags(client, docker_registry, repo) == {"v2"}
    assert manifest_of(docker_registry, repo, root.digest).data == root.data
    assert manifest_of(docker_registry, repo, "v2").data == root.data


def test_a_tag_that_is_not_there_is_not_freed(
    docker_registry: Registry, repo: str, client: RegistryClient
) -> None:
    with pytest.raises(NotFoundError):
        client.delete_tag_by_placeholder(at(docker_registry, f"{repo}:v1"))
    assert asked(docker_registry, repo) == [("GET", 404)]


def test_a_tag_that_cannot_be_freed_keeps_what_it_named(
    docker_registry_no_delete: Registry, repo: str, client: RegistryClient
) -> None:
    root = image()
    push(docker_registry_no_delete, repo, root, "v1")
    with pytest.raises(UnsupportedError):
        client.delete_tag_by_placeholder(at(docker_registry_no_delete, f"{repo}:v1"))
    assert manifest_of(docker_registry_no_delete, repo, "v1").data == root.data


def test_the_tags_of_a_digest_are_found(docker_registry: Registry, repo: str, client: RegistryClient) -> None:
    digest = push(docker_registry, repo, image(), "v1", "v2", "v3")
    push(docker_registry, repo, image(layer({"other": "file"})), "other")
    repository = parse_repository(f"{docker_registry.host}/{repo}")
    assert set(client.tags_of_digest(repository, Digest.parse(digest))) == {"v1", "v2", "v3"}
    assert list(client.tags_of_digest(repository, Digest.of(b"nothing"))) == []


def test_a_refusal_for_another_reason_is_told_as_it_is(client: RegistryClient) -> None:
    with (
        OddServer(lambda _: problem(403, "DENIED", "not yours")) as server,
        pytest.raises(DeniedError, match="not yours"),
    ):
        client.delete_manifest(at(server, "app:v1"))
    with OddServer(lambda _: problem(400, "GOOGLE_MANIFEST_DANGLING_TAG", "still tagged")) as server:
        with pytest.raises(RegistryError, match="still tagged") as caught:
            client.delete_manifest(at(server, f"app@{Digest.of(b'')}"))
        assert not isinstance(caught.value, UnsupportedError)


def test_a_tag_that_the_registry_deletes_is_gone_in_one_request(client: RegistryClient) -> None:
    with OddServer(lambda _: reply(202)) as server:
        client.delete_manifest(at(server, "app:v1"))
        assert server.seen() == [("DELETE", "/v2/app/manifests/v1")]


def test_a_delete_whose_answer_is_lost_has_happened(
    docker_registry: Registry, repo: str, client: RegistryClient
) -> None:
    digest = push(docker_registry, repo, image(), "v1")

    def handler(request: Request) -> bytes:
        answer = forward(request, docker_registry.host)
        return reply(503) if server.count("DELETE") == 1 else answer

    with OddServer(handler) as server:
        client.delete_manifest(at(server, f"{repo}@{digest}"))
        assert server.count("DELETE") == 2
    with pytest.raises(NotFoundError):
        client.get_manifest(at(docker_registry, f"{repo}@{digest}"))

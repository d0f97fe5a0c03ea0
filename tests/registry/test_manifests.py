from __future__ import annotations

import gzip
import hashlib
import json
from typing import Any

import pytest
from peers.images import image, index, multi_platform
from peers.media import manifest_of, push
from peers.odd_server import OddServer, Request, Step, cut, forward, problem, reply
from peers.registry import Registry
from registry.clients import Heard, MakeClient, asked

from pycrane._errors import (
    DigestMismatchError,
    LimitExceededError,
    MalformedError,
    NotFoundError,
    PycraneError,
    RegistryError,
)
from pycrane._events import Warned
from pycrane._image.view import Image, Index
from pycrane._limits import Limits
from pycrane._oci import media_types
from pycrane._oci.digest import Digest
from pycrane._reference import Reference, parse_reference
from pycrane._registry.client import RegistryClient

RAW = json.dumps({"schemaVersion": 2, "mediaType": media_types.OCI_INDEX, "manifests": []}).encode()
DIGEST = Digest.of(RAW)
OTHER = Digest.of(b"other")


def at(server: Registry | OddServer, name: str) -> Reference:
    return parse_reference(f"{server.host}/{name}")


def served(raw: bytes = RAW, content_type: str | None = media_types.OCI_INDEX, **headers: str) -> OddServer:
    """A registry whose every answer is this manifest."""
    pairs = {name.replace("_", "-"): value for name, value in headers.items()}
    if content_type is not None:
        pairs["Content-Type"] = content_type

    def handler(request: Request) -> bytes:
        if request.method == "HEAD":
            return reply(200, b"", {"Content-Length": str(len(raw)), **pairs})
        return reply(200, raw, pairs)

    return OddServer(handler)


def test_a_manifest_is_got_in_one_request(
    docker_registry: Registry, repo: str, client: RegistryClient
) -> None:
    root = image()
    push(docker_registry, repo, root, "v1")
    raw, descriptor = client.get_manifest(at(docker_registry, f"{repo}:v1"))
    assert raw == root.data
    assert (str(descriptor.digest), descriptor.size, descriptor.media_type) == (
        root.digest,
        len(root.data),
        root.media_type,
    )
    assert asked(docker_registry, repo) == [("GET", 200)]


@pytest.mark.parametrize("family", ["oci", "docker"])
def test_a_digest_is_looked_up_in_one_request(
    docker_registry: Registry, repo: str, client: RegistryClient, family: Any
) -> None:
    root = index(image(family=family), family=family)
    push(docker_registry, repo, root, "v1")
    for name in (f"{repo}:v1", f"{repo}@{root.digest}"):
        descriptor = client.head_manifest(at(docker_registry, name))
        assert (str(descriptor.digest), descriptor.media_type) == (root.digest, root.media_type)
    assert asked(docker_registry, repo) == [("HEAD", 200)] * 2


def test_what_is_missing_is_an_error_with_the_registrys_words(
    docker_registry: Registry, repo: str, client: RegistryClient
) -> None:
    for find in (client.get_manifest, client.head_manifest):
        with pytest.raises(NotFoundError, match="MANIFEST_UNKNOWN"):
            find(at(docker_registry, f"{repo}:v1"))


def test_what_is_missing_is_none_to_who_only_wonders(
    docker_registry: Registry, repo: str, client: RegistryClient
) -> None:
    assert client.find_manifest(at(docker_registry, f"{repo}:v1")) is None
    assert asked(docker_registry, repo) == [("HEAD", 404)]


def test_a_manifest_is_put_under_a_tag_and_a_digest(
    docker_registry: Registry, repo: str, client: RegistryClient
) -> None:
    for name in (f"{repo}:v1", f"{repo}@{DIGEST}"):
        assert client.put_manifest(at(docker_registry, name), RAW, media_types.OCI_INDEX) == DIGEST
    assert manifest_of(docker_registry, repo, "v1").data == RAW
    assert asked(docker_registry, repo)[:2] == [("PUT", 201)] * 2


def test_a_manifest_is_not_put_under_the_digest_of_another(
    docker_registry: Registry, repo: str, client: RegistryClient
) -> None:
    docker_registry.reset()
    with pytest.raises(DigestMismatchError):
        client.put_manifest(at(docker_registry, f"{repo}@{OTHER}"), RAW, media_types.OCI_INDEX)
    assert asked(docker_registry, repo) == []


def test_an_image_and_an_index_open_as_views(
    docker_registry: Registry, repo: str, client: RegistryClient
) -> None:
    root = multi_platform()
    push(docker_registry, repo, root, "v1")
    view = client.open(at(docker_registry, f"{repo}:v1"))
    assert isinstance(view, Index)
    assert asked(docker_registry, repo) == [("GET", 200)]
    child = view.child(view.index_manifest.manifests[0])
    assert isinstance(child, Image)
    assert child.config_file.platform.architecture
    assert all(layer.compressed().read() for layer in child.layers)


def test_what_is_taken_for_something_else_is_an_error(client: RegistryClient) -> None:
    with (
        OddServer(lambda _: reply(201, b"", {"Docker-Content-Digest": str(OTHER)})) as server,
        pytest.raises(DigestMismatchError, match=str(OTHER)),
    ):
        client.put_manifest(at(server, "app:v1"), RAW, media_types.OCI_INDEX)


def test_a_tag_that_cannot_change_and_need_not_is_no_error(client: RegistryClient) -> None:
    def handler(request: Request) -> bytes:
        if request.method == "PUT":
            return problem(400, "TAG_INVALID", "the tag is immutable")
        headers = {"Docker-Content-Digest": str(DIGEST), "Content-Type": media_types.OCI_INDEX}
        return (
            reply(200, RAW, headers)
            if request.method == "GET"
            else reply(200, b"", {**headers, "Content-Length": str(len(RAW))})
        )

    with OddServer(handler) as server:
        assert client.put_manifest(at(server, "app:v1"), RAW, media_types.OCI_INDEX) == DIGEST
        with pytest.raises(RegistryError, match="the tag is immutable"):
            client.put_manifest(at(server, "app:v1"), RAW + b" ", media_types.OCI_INDEX)


def test_other_bytes_than_those_of_the_digest_are_refused(client: RegistryClient) -> None:
    with (
        served(Docker_Content_Digest=str(DIGEST)) as server,
        pytest.raises(DigestMismatchError, match=f"expected {OTHER}, found {DIGEST}"),
    ):
        client.get_manifest(at(server, f"app@{OTHER}"))


def test_other_bytes_than_those_announced_are_refused(client: RegistryClient) -> None:
    with (
        served(Docker_Content_Digest=str(OTHER)) as server,
        pytest.raises(DigestMismatchError, match=f"expected {OTHER}, found {DIGEST}"),
    ):
        client.get_manifest(at(server, "app:v1"))


def test_a_digest_of_another_algorithm_is_compared_as_what_it_is(client: RegistryClient) -> None:
    long = Digest("sha512", hashlib.sha512(RAW).hexdigest())
    with served(Docker_Content_Digest=str(DIGEST)) as server:
        assert client.get_manifest(at(server, f"app@{long}"))[1].digest == long
        assert client.head_manifest(at(server, f"app@{long}")).digest == long
    with served(Docker_Content_Digest=str(long)) as server:
        assert client.get_manifest(at(server, "app:v1"))[1].digest == long
    with (
        served(Docker_Content_Digest=f"sha512:{'0' * 128}") as server,
        pytest.raises(DigestMismatchError),
    ):
        client.get_manifest(at(server, "app:v1"))


@pytest.mark.parametrize("announced", ["", "sha256:short", f"SHA256:{'A' * 64}", "nonsense", "unknown:abc"])
def test_a_digest_that_says_nothing_is_worked_out(client: RegistryClient, announced: str) -> None:
    with served(Docker_Content_Digest=announced) as server:
        assert client.get_manifest(at(server, "app:v1"))[1].digest == DIGEST
        if announced != "unknown:abc":
            assert client.head_manifest(at(server, "app:v1")).digest == DIGEST


def test_two_digests_for_one_manifest_are_refused(client: RegistryClient) -> None:
    pairs = [("Docker-Content-Digest", str(digest)) for digest in (DIGEST, OTHER)]
    with (
        OddServer(lambda _: reply(200, RAW, [*pairs, ("Content-Type", media_types.OCI_INDEX)])) as server,
        pytest.raises(MalformedError, match="several digests"),
    ):
        client.get_manifest(at(server, "app:v1"))


@pytest.mark.parametrize("status", [400, 403, 404, 405, 500])
def test_where_head_fails_get_is_asked(client: RegistryClient, status: int) -> None:
    def handler(request: Request) -> bytes:
        if request.method == "HEAD":
            return reply(status, b"", {"Docker-Distribution-Api-Version": "registry/2.0"})
        return reply(200, RAW, {"Content-Type": media_types.OCI_INDEX})

    with OddServer(handler) as server:
        assert client.head_manifest(at(server, "app:v1")).digest == DIGEST


@pytest.mark.parametrize(
    "missing", [{"Content-Length": "0"}, {"Docker-Content-Digest": ""}, {"Content-Type": "application/json"}]
)
def test_where_head_does_not_say_all_get_is_asked(client: RegistryClient, missing: dict[str, str]) -> None:
    full = {
        "Content-Length": str(len(RAW)),
        "Docker-Content-Digest": str(DIGEST),
        "Content-Type": media_types.OCI_INDEX,
    }

    def handler(request: Request) -> bytes:
        if request.method == "HEAD":
            return reply(200, b"", {**full, **missing})
        return reply(200, RAW, full)

    with OddServer(handler) as server:
        found = client.find_manifest(at(server, "app:v1"))
        assert found is not None
        assert (found.digest, found.size, found.media_type) == (DIGEST, len(RAW), media_types.OCI_INDEX)
        assert [method for method, _ in server.seen()] == ["HEAD", "GET"]


def test_a_refusal_of_head_is_final(client: RegistryClient) -> None:
    with OddServer(lambda _: reply(401)) as server:
        with pytest.raises(RegistryError):
            client.head_manifest(at(server, "app:v1"))
        assert len(server.requests) == 1


@pytest.mark.parametrize(
    ("raw", "content_type", "kind"),
    [
        (RAW, media_types.OCI_INDEX, media_types.OCI_INDEX),
        (RAW, f"{media_types.OCI_INDEX.upper()}; charset=utf-8", media_types.OCI_INDEX),
        (RAW, "application/json", media_types.OCI_INDEX),
        (RAW, None, media_types.OCI_INDEX),
        (b'{"schemaVersion":2,"layers":[]}', "application/json", media_types.OCI_MANIFEST),
        (b'{"schemaVersion":2,"layers":[]}', media_types.DOCKER_MANIFEST, media_types.DOCKER_MANIFEST),
        (b'{"schemaVersion":2,"manifests":[]}', "text/plain", media_types.OCI_INDEX),
        (b'{"schemaVersion":1}', media_types.DOCKER_SCHEMA1, media_types.DOCKER_SCHEMA1),
        (b'{"schemaVersion":1,"signatures":[]}', "application/json", media_types.DOCKER_SCHEMA1_SIGNED),
        (
            b'{"schemaVersion":2,"mediaType":"application/odd+json"}',
            "application/odd+json",
            "application/odd+json",
        ),
    ],
)
def test_the_media_type_is_what_header_and_body_say_together(
    client: RegistryClient, raw: bytes, content_type: str | None, kind: str
) -> None:
    with served(raw, content_type) as server:
        found, descriptor = client.get_manifest(at(server, "app:v1"))
    assert (found, descriptor.media_type) == (raw, kind)


@pytest.mark.parametrize(
    ("raw", "content_type"),
    [
        (RAW, media_types.OCI_MANIFEST),
        (b'{"schemaVersion":2,"layers":[]}', media_types.OCI_INDEX),
        (b'{"schemaVersion":2,"manifests":[],"layers":[]}', media_types.OCI_INDEX),
        (b'{"schemaVersion":2,"mediaType":5}', media_types.OCI_INDEX),
        (b"not json", media_types.OCI_INDEX),
        (b"", media_types.OCI_INDEX),
    ],
)
def test_a_tag_that_means_two_things_or_nothing_is_refused(
    client: RegistryClient, raw: bytes, content_type: str
) -> None:
    with served(raw, content_type) as server, pytest.raises(MalformedError):
        client.get_manifest(at(server, "app:v1"))


def test_for_a_digest_the_content_counts_more_than_the_header(client: RegistryClient, heard: Heard) -> None:
    with served(RAW, media_types.OCI_MANIFEST) as server:
        raw, descriptor = client.get_manifest(at(server, f"app@{DIGEST}"))
    assert (raw, descriptor.media_type) == (RAW, media_types.OCI_INDEX)
    (warning,) = heard.of(Warned)
    assert media_types.OCI_MANIFEST in warning.text


def test_what_is_larger_than_a_manifest_may_be_is_not_read(make_client: MakeClient) -> None:
    client = make_client(limits=Limits(manifest_size=1000))
    with (
        served(RAW + b" " * 1000) as server,
        pytest.raises(LimitExceededError, match="longer than 1000 bytes"),
    ):
        client.get_manifest(at(server, "app:v1"))


def test_what_a_proxy_compressed_is_decompressed_once(
    client: RegistryClient, make_client: MakeClient
) -> None:
    packed = gzip.compress(RAW)
    with served(packed, Content_Encoding="gzip", Docker_Content_Digest=str(DIGEST)) as server:
        assert client.get_manifest(at(server, "app:v1"))[0] == RAW
        assert client.get_manifest(at(server, f"app@{DIGEST}"))[0] == RAW
    bomb = gzip.compress(b" " * 100_000)
    with (
        served(bomb, Content_Encoding="gzip", Docker_Content_Digest=str(DIGEST)) as server,
        pytest.raises(PycraneError),
    ):
        make_client(limits=Limits(manifest_size=1000)).get_manifest(at(server, "app:v1"))


def test_nothing_asks_for_compression(client: RegistryClient) -> None:
    with served() as server:
        client.get_manifest(at(server, "app:v1"))
        (request,) = server.requests
    assert request.header("Accept-Encoding") == "identity"
    accepted = (request.header("Accept") or "").split(",")
    assert set(accepted) == set(media_types.MANIFEST_ACCEPT)


def test_a_manifest_that_breaks_off_is_got_again(
    docker_registry: Registry, repo: str, client: RegistryClient
) -> None:
    root = image()
    push(docker_registry, repo, root, "v1")

    def handler(request: Request) -> bytes | list[Step]:
        whole = forward(request, docker_registry.host)
        return cut(whole, after=10) if server.count("GET") == 1 else whole

    with OddServer(handler) as server:
        assert client.get_manifest(at(server, f"{repo}:v1"))[0] == root.data

from __future__ import annotations

import io
import json
import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

import pytest
from peers.images import (
    DOCKER_FOREIGN_LAYER,
    Image,
    Index,
    Layer,
    every_blob,
    every_manifest,
    image,
    layer,
    multi_platform,
    tar,
)
from peers.media import manifest_of, push, push_blob
from peers.odd_server import Answer, OddServer, Request, forward, problem, reply
from peers.registry import Registry
from registry.clients import Keys
from registry.shelf import Shelf, Source

from pycrane._errors import PycraneError, RegistryError, TagExistsError, UnauthorizedError
from pycrane._events import Outcome
from pycrane._image.content import MemoryContent
from pycrane._image.medium import Item
from pycrane._image.view import View, open_view
from pycrane._keychain.credentials import Credentials
from pycrane._oci.descriptor import Descriptor
from pycrane._oci.digest import Digest
from pycrane._reference import Repository, parse_reference
from pycrane._registry.client import RegistryClient
from pycrane._registry.sink import RegistrySink
from pycrane._transfer.engine import transfer

THREE = image(*(layer({f"file{number}": b"x" * number}) for number in range(3)))


def view_of(root: Image | Index) -> View:
    parts = (*every_blob(root).values(), *every_manifest(root))
    held = {Digest.parse(part.digest): part.data for part in parts}
    return open_view(MemoryContent(held), root.data, media_type=root.media_type)


def descriptor_of(root: Image | Index) -> Descriptor:
    return Descriptor(root.media_type, Digest.parse(root.digest), len(root.data))


def send(client: RegistryClient, target: Repository, root: Image | Index, name: str = "v1") -> None:
    with client.sink(target) as sink:
        transfer([Item(view_of(root), name)], sink)


def answering(registry: Registry, breaks: Callable[[Request], Answer | None]) -> OddServer:
    """A front of a real registry that breaks some answers."""
    return OddServer(lambda request: breaks(request) or forward(request, registry.host))


# Copies within a registry


def test_a_copy_within_a_registry_takes_seven_requests_and_two_when_it_is_there(
    docker_registry: Registry, repo: str, client: RegistryClient
) -> None:
    push(docker_registry, f"{repo}/from", THREE, "v1")
    source = parse_reference(f"{docker_registry.host}/{repo}/from:v1")
    target = Repository(docker_registry.host, f"{repo}/to")
    counts = []
    for _ in range(2):
        docker_registry.reset()
        with client.sink(target) as sink:
            transfer([Item(client.open(source), "v2")], sink)
        counts.append(sorted(one.method for one in docker_registry.requests()))
    assert counts == [["GET", "HEAD", *["POST"] * 4, "PUT"], ["GET", "HEAD"]]
    assert manifest_of(docker_registry, target.path, "v2").data == THREE.data


def test_with_tokens_a_copy_takes_one_exchange_when_it_is_announced(
    docker_registry_token: Registry, repo: str, client: RegistryClient, keys: Keys
) -> None:
    here = docker_registry_token
    keys.known[here.host] = Credentials(here.username, here.password)
    push(here, f"{repo}/from", THREE, "v1")
    source = parse_reference(f"{here.host}/{repo}/from:v1")
    with client.sink(Repository(here.host, f"{repo}/to")) as sink:
        client.session.expect(source.repository, "pull")
        transfer([Item(client.open(source), "v2")], sink)
    assert here.issuer
    assert len(here.issuer.requests()) == 1
    assert len(here.requests()) == 8


def test_an_index_arrives_with_all_below_it(
    docker_registry: Registry, repo: str, client: RegistryClient
) -> None:
    index = multi_platform("linux/amd64", "linux/arm64/v8")
    send(client, Repository(docker_registry.host, repo), index)
    assert manifest_of(docker_registry, repo, "v1").data == index.data
    for child in index.children:
        assert manifest_of(docker_registry, repo, child.digest).data == child.data


# What is there already


def test_a_manifest_is_there_if_its_tag_names_it(
    docker_registry: Registry, repo: str, client: RegistryClient
) -> None:
    other = image(layer({"other": b""}))
    push(docker_registry, repo, THREE, "v1")
    push(docker_registry, repo, other, "other")
    sink = client.sink(Repository(docker_registry.host, repo))
    assert sink.has(descriptor_of(THREE), "v1")
    assert sink.has(descriptor_of(THREE), None)
    assert sink.has(descriptor_of(THREE), THREE.digest)
    assert not sink.has(descriptor_of(THREE), "other")
    assert not sink.has(descriptor_of(THREE), "none")
    assert not sink.has(descriptor_of(image(layer({"third": b""}))), None)


def test_a_manifest_named_by_another_algorithm_is_compared_by_its_bytes(
    docker_registry: Registry, repo: str, client: RegistryClient
) -> None:
    """docker-registry knows only sha256, whatever the digest that a manifest is copied by."""
    push(docker_registry, repo, THREE, "v1")
    sink = client.sink(Repository(docker_registry.host, repo))
    named = Descriptor(THREE.media_type, Digest.of(THREE.data, "sha512"), len(THREE.data))
    assert sink.has(named, "v1")
    assert not sink.has(Descriptor(THREE.media_type, Digest.of(b"", "sha512"), len(THREE.data)), "v1")


@pytest.mark.parametrize("status", [400, 403, 405, 501])
def test_a_look_that_is_refused_counts_as_not_there(client: RegistryClient, status: int) -> None:
    refusal = reply(status, b"", {"Docker-Distribution-Api-Version": "registry/2.0"})
    with OddServer(lambda _: refusal) as server:
        assert not client.sink(Repository(server.host, "app")).has(descriptor_of(THREE), "v1")


def test_who_is_not_let_in_is_told_so(client: RegistryClient) -> None:
    refusal = reply(401, b"", {"WWW-Authenticate": 'Basic realm="here"'})
    with OddServer(lambda _: refusal) as server, pytest.raises(UnauthorizedError):
        client.sink(Repository(server.host, "app")).has(descriptor_of(THREE), "v1")


def test_an_existing_tag_can_be_protected(
    docker_registry: Registry, repo: str, client: RegistryClient
) -> None:
    push(docker_registry, repo, THREE, "v1")
    sink = client.sink(Repository(docker_registry.host, repo), no_clobber=True)
    with pytest.raises(TagExistsError, match=f"refusing to clobber existing tag .*:v1@{THREE.digest}"):
        sink.has(descriptor_of(image(layer({"other": b""}))), "v1")
    assert not sink.has(descriptor_of(THREE), "v2")
    assert sink.has(descriptor_of(THREE), None)


# Each blob once


def test_a_blob_is_asked_for_once_however_many_want_it(client: RegistryClient) -> None:
    shelf, source = Shelf(), Source(b"shared by all" * 1000)
    with OddServer(shelf) as server, ThreadPoolExecutor(4) as pool:
        sink = client.sink(Repository(server.host, "app"))
        outcomes = list(pool.map(sink.put_blob, [source.blob() for _ in range(8)]))
        assert [method for method, _ in server.seen()] == ["HEAD", "POST", "PUT"]
    assert outcomes.count(Outcome.MOVED) == 1
    assert outcomes.count(Outcome.EXISTING) == 7


def test_a_blob_that_failed_may_be_tried_again(client: RegistryClient) -> None:
    shelf, source = Shelf(), Source(b"content")
    shelf.breaks = lambda request: problem(403, "DENIED") if request.method == "POST" else None
    with OddServer(shelf) as server:
        sink = client.sink(Repository(server.host, "app"))
        with pytest.raises(RegistryError):
            sink.put_blob(source.blob())
        shelf.breaks = lambda _: None
        assert sink.put_blob(source.blob()) is Outcome.MOVED


# Registries that say they have what they do not have


def test_a_blob_that_was_only_said_to_be_there_is_sent_after_all(
    docker_registry: Registry, repo: str, client: RegistryClient
) -> None:
    lies = {THREE.layers[0].digest, THREE.layers[2].digest}

    def breaks(request: Request) -> Answer | None:
        lie = request.method == "HEAD" and request.path.rpartition("/")[2] in lies
        return reply(200) if lie else None

    with answering(docker_registry, breaks) as server:
        send(client, Repository(server.host, repo), THREE)
        assert server.count("PUT", "/manifests/") == 2
        assert server.count("PUT", "/blobs/") == 4
    assert manifest_of(docker_registry, repo, "v1").data == THREE.data


def test_a_mount_that_was_none_is_made_good(
    docker_registry: Registry, repo: str, client: RegistryClient
) -> None:
    push(docker_registry, f"{repo}/from", THREE, "v1")

    def breaks(request: Request) -> Answer | None:
        return reply(201) if "mount=" in request.target else None

    with answering(docker_registry, breaks) as server:
        source = parse_reference(f"{server.host}/{repo}/from:v1")
        with client.sink(Repository(server.host, f"{repo}/to")) as sink:
            transfer([Item(client.open(source), "v2")], sink)
    assert manifest_of(docker_registry, f"{repo}/to", "v2").data == THREE.data


@pytest.mark.parametrize(
    "detail", [None, {"digest": THREE.config.digest}, [THREE.config.digest], "no digest"]
)
def test_what_is_missing_is_understood_however_it_is_said(client: RegistryClient, detail: object) -> None:
    """Without a name, all that was said to be there is sent."""
    shelf = Shelf()
    refused = threading.Event()

    def breaks(request: Request) -> Answer | None:
        if "/manifests/" in request.path and request.method == "PUT":
            if THREE.config.digest in shelf.blobs:
                return reply(201)
            refused.set()
            error = {"code": "MANIFEST_BLOB_UNKNOWN", "message": "blob unknown", "detail": detail}
            return reply(400, json.dumps({"errors": [error]}))
        return reply(200) if request.method == "HEAD" and "/blobs/" in request.path else None

    shelf.breaks = breaks
    with OddServer(shelf) as server:
        send(client, Repository(server.host, "app"), THREE)
    assert refused.is_set()


def test_what_stays_missing_is_an_error(client: RegistryClient) -> None:
    shelf = Shelf()

    def breaks(request: Request) -> Answer | None:
        if "/manifests/" in request.path and request.method == "PUT":
            return problem(400, "MANIFEST_BLOB_UNKNOWN", THREE.config.digest)
        return reply(200) if request.method == "HEAD" and "/blobs/" in request.path else None

    shelf.breaks = breaks
    with OddServer(shelf) as server:
        with pytest.raises(RegistryError, match="MANIFEST_BLOB_UNKNOWN"):
            send(client, Repository(server.host, "app"), THREE)
        assert server.count("PUT", "/manifests/") == 2


def test_a_manifest_that_is_refused_for_another_reason_is_not_put_again(client: RegistryClient) -> None:
    shelf = Shelf()
    shelf.breaks = lambda request: (
        problem(400, "MANIFEST_INVALID")
        if request.method == "PUT" and "/manifests/" in request.path
        else None
    )
    with OddServer(shelf) as server:
        with pytest.raises(RegistryError, match="MANIFEST_INVALID"):
            send(client, Repository(server.host, "app"), THREE)
        assert server.count("PUT", "/manifests/") == 1


# Foreign layers


def foreign_layer() -> Layer:
    content = tar({"windows": b""})
    return Layer(DOCKER_FOREIGN_LAYER, content, content=content)


@pytest.mark.parametrize(("allowed", "outcome"), [(False, Outcome.SKIPPED), (True, Outcome.MOVED)])
def test_foreign_layers_stay_where_they_are_unless_they_are_wanted(
    client: RegistryClient, allowed: bool, outcome: Outcome
) -> None:
    stranger = foreign_layer()
    source = Source(stranger.data)
    shelf = Shelf()
    with OddServer(shelf) as server:
        sink = RegistrySink(client.session, Repository(server.host, "app"), allow_nondistributable=allowed)
        blob = source.blob()
        foreign = Descriptor(DOCKER_FOREIGN_LAYER, blob.descriptor.digest, blob.descriptor.size)
        assert sink.put_blob(type(blob)(foreign, blob.open)) is outcome
    assert bool(shelf.blobs) is allowed


def test_a_tag_appears_only_with_all_that_it_names(
    docker_registry: Registry, repo: str, client: RegistryClient
) -> None:
    push_blob(docker_registry, repo, THREE.config)
    view = open_view(MemoryContent({}), THREE.data, media_type=THREE.media_type)
    with pytest.raises(PycraneError), client.sink(Repository(docker_registry.host, repo)) as sink:
        transfer([Item(view, "v1")], sink)
    assert client.find_manifest(parse_reference(f"{docker_registry.host}/{repo}:v1")) is None


def test_a_blob_that_is_sent_is_opened_once(client: RegistryClient) -> None:
    opened: list[Digest] = []

    class Content(MemoryContent):
        def open_blob(self, descriptor: Descriptor) -> io.BytesIO:
            opened.append(descriptor.digest)
            return io.BytesIO(every_blob(THREE)[str(descriptor.digest)].data)

    view = open_view(Content({}), THREE.data, media_type=THREE.media_type)
    shelf = Shelf()
    shelf.breaks = lambda request: (
        reply(201 if request.method == "PUT" else 404) if "/manifests/" in request.path else None
    )
    with OddServer(shelf) as server, client.sink(Repository(server.host, "app")) as sink:
        transfer([Item(view, "v1")], sink)
    assert sorted(map(str, opened)) == sorted(every_blob(THREE))

from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st
from peers.images import (
    digest_of,
    every_blob,
    image,
    index,
    layer,
    multi_platform,
)
from peers.media import manifest_of, push
from peers.odd_server import Answer, OddServer, Request, forward, reply
from peers.registry import Registry
from registry.belonging import CONFIG, SUBJECT, listed, referrer, send

from pycrane._errors import MalformedError, PycraneError
from pycrane._image.content import MemoryContent
from pycrane._image.medium import Item
from pycrane._image.view import open_view
from pycrane._oci.descriptor import Descriptor
from pycrane._oci.digest import Digest
from pycrane._reference import Repository, check_tag
from pycrane._registry.client import RegistryClient
from pycrane._registry.referrers import fallback_tag, subject_of
from pycrane._transfer.engine import transfer


def test_a_registry_without_referrers_gets_a_list_under_a_tag(
    docker_registry: Registry, repo: str, client: RegistryClient
) -> None:
    target = Repository(docker_registry.host, repo)
    push(docker_registry, repo, SUBJECT, "v1")
    first = referrer("one")
    second = referrer("two", artifactType="application/vnd.example.sbom")
    for artifact in (first, second, first):
        send(client, target, artifact)
    assert listed(docker_registry, repo) == [
        {**first.descriptor, "annotations": {"text": "one"}, "artifactType": CONFIG.media_type},
        {**second.descriptor, "annotations": {"text": "two"}, "artifactType": "application/vnd.example.sbom"},
    ]


def test_what_others_wrote_into_the_list_stays(
    docker_registry: Registry, repo: str, client: RegistryClient
) -> None:
    old = referrer("old")
    kept = index(old, manifest={"org.example.unknown": [1, {"a": None}]})
    push(docker_registry, repo, kept, SUBJECT.digest.replace(":", "-"))
    send(client, Repository(docker_registry.host, repo), referrer("new"))
    document = json.loads(manifest_of(docker_registry, repo, SUBJECT.digest.replace(":", "-")).data)
    assert document["org.example.unknown"] == [1, {"a": None}]
    assert document["manifests"][0] == kept.manifest["manifests"][0]
    assert len(document["manifests"]) == 2


def test_an_index_can_belong_to_a_subject(
    docker_registry: Registry, repo: str, client: RegistryClient
) -> None:
    children = multi_platform("linux/amd64").children
    root = index(*children, manifest={"subject": SUBJECT.descriptor})
    held = {Digest.parse(digest): blob.data for digest, blob in every_blob(root).items()}
    held |= {Digest.parse(child.digest): child.data for child in children}
    view = open_view(MemoryContent(held), root.data, media_type=root.media_type)
    with client.sink(Repository(docker_registry.host, repo)) as sink:
        transfer([Item(view, "v1")], sink)
    assert listed(docker_registry, repo) == [root.descriptor]


def test_a_registry_that_notes_the_subject_gets_no_list(
    docker_registry: Registry, repo: str, client: RegistryClient
) -> None:
    def noting(request: Request) -> Answer:
        answer = forward(request, docker_registry.host)
        if request.method == "PUT" and "/manifests/" in request.path:
            return answer.replace(b"\r\n", f"\r\nOCI-Subject: {SUBJECT.digest}\r\n".encode(), 1)
        return answer

    with OddServer(noting) as server:
        send(client, Repository(server.host, repo), referrer("one"))
        assert server.count("PUT", "/manifests/") == 1


def test_a_tag_that_is_something_else_is_left_alone(
    docker_registry: Registry, repo: str, client: RegistryClient
) -> None:
    tag = SUBJECT.digest.replace(":", "-")
    other = image(layer({"other": b""}))
    push(docker_registry, repo, other, tag)
    with pytest.raises(MalformedError, match=r"listing .* expected an index"):
        send(client, Repository(docker_registry.host, repo), referrer("one"))
    assert manifest_of(docker_registry, repo, tag).data == other.data


def test_a_registry_that_takes_the_tag_for_the_digest_has_no_list(
    docker_registry: Registry, repo: str, client: RegistryClient
) -> None:
    push(docker_registry, repo, SUBJECT, "v1")
    tag = SUBJECT.digest.replace(":", "-")
    written = False

    def mistaken(request: Request) -> Answer:
        nonlocal written
        written |= request.method == "PUT" and request.path.endswith(tag)
        if request.method == "GET" and request.path.endswith(tag) and not written:
            return reply(200, SUBJECT.data, {"Content-Type": SUBJECT.media_type})
        return forward(request, docker_registry.host)

    with OddServer(mistaken) as server:
        send(client, Repository(server.host, repo), referrer("one"))
    assert len(listed(docker_registry, repo)) == 1


def test_an_entry_that_another_writer_drops_is_written_again(
    docker_registry: Registry, repo: str, client: RegistryClient
) -> None:
    tag = SUBJECT.digest.replace(":", "-")
    theirs = index(referrer("theirs"))
    push(docker_registry, repo, theirs.children[0])
    raced = False

    def racing(request: Request) -> Answer:
        nonlocal raced
        answer = forward(request, docker_registry.host)
        if request.method == "PUT" and request.path.endswith(tag) and not raced:
            raced = True
            push(docker_registry, repo, theirs, tag)
        return answer

    with OddServer(racing) as server:
        send(client, Repository(server.host, repo), referrer("ours"))
    assert [entry["annotations"]["text"] for entry in listed(docker_registry, repo)[1:]] == ["ours"]


def test_an_entry_that_is_dropped_for_ever_is_an_error(
    docker_registry: Registry, repo: str, client: RegistryClient
) -> None:
    tag = SUBJECT.digest.replace(":", "-")

    def dropping(request: Request) -> Answer:
        lost = request.method == "PUT" and request.path.endswith(tag)
        return reply(201) if lost else forward(request, docker_registry.host)

    with OddServer(dropping) as server, pytest.raises(PycraneError, match="the referrers list kept changing"):
        send(client, Repository(server.host, repo), referrer("ours"))


def test_the_tag_of_a_long_digest_is_cut() -> None:
    digest = Digest.of(b"", "sha512")
    assert fallback_tag(digest) == f"sha512-{digest.encoded[:64]}"


@given(
    st.from_regex(r"[a-z0-9]+([+._-][a-z0-9]+)*", fullmatch=True),
    st.from_regex(r"[A-Za-z0-9=_-]+", fullmatch=True),
)
def test_every_digest_has_a_tag(algorithm: str, encoded: str) -> None:
    assert check_tag(fallback_tag(Digest(algorithm, encoded)))


def test_what_is_no_manifest_has_no_subject() -> None:
    raw = b'{"subject": [1]}'
    assert subject_of(raw, Descriptor("text/plain", Digest.parse(digest_of(raw)), len(raw))) is None


def test_a_manifest_that_is_put_alone_is_listed_with_its_subject(
    docker_registry: Registry, repo: str, client: RegistryClient
) -> None:
    target = Repository(docker_registry.host, repo)
    push(docker_registry, repo, SUBJECT, "v1")
    artifact = referrer("alone")
    push(docker_registry, repo, artifact)  # there, and listed by nothing
    for _ in range(2):
        assert str(client.put_manifest(target.digest(artifact.digest), artifact.data, artifact.media_type))
    assert [entry["digest"] for entry in listed(docker_registry, repo)] == [artifact.digest]
    assert [str(found.digest) for found in client.referrers(target, SUBJECT.digest)] == [artifact.digest]

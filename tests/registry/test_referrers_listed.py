"""Referrers are listed by every registry: by those that have a list, and by those that have a tag for it."""

from __future__ import annotations

import json

import pytest
from peers.odd_server import OddServer, answers, problem, reply

from pycrane._errors import DeniedError, LimitExceededError, MalformedError
from pycrane._image.random import random_image
from pycrane._limits import Limits
from pycrane._oci import media_types
from pycrane._oci.descriptor import Descriptor
from pycrane._oci.digest import Digest
from pycrane._reference import parse_repository

NOTE, SEAL = "application/vnd.example.note", "application/vnd.example.seal"
EMPTY = Descriptor(media_types.OCI_EMPTY, Digest.of(b"{}"), 2)
SUBJECT = random_image(1)


def referrer(kind, number=0):
    document = {
        "schemaVersion": 2,
        "mediaType": media_types.OCI_MANIFEST,
        "artifactType": kind,
        "config": EMPTY.to_json(),
        "layers": [],
        "subject": SUBJECT.descriptor.to_json(),
        "annotations": {"number": str(number)},
    }
    return json.dumps(document).encode()


def attach(client, name, *kinds):
    """Put artifacts, and list them as the sink does where the registry does not."""
    from pycrane._image.content import MemoryContent
    from pycrane._image.medium import Item
    from pycrane._image.view import open_view
    from pycrane._transfer.engine import transfer
    from pycrane._transfer.workers import Workers

    content = MemoryContent({EMPTY.digest: b"{}"})
    items = [Item(open_view(content, referrer(kind, number)), None) for number, kind in enumerate(kinds)]
    with client.sink(parse_repository(name)) as sink:
        transfer([Item(SUBJECT, "subject"), *items], sink, workers=Workers(1))
    return [item.view.digest for item in items]


@pytest.fixture(params=["with a list", "with a tag"])
def name(request, pycrane_registry, docker_registry, repo):
    host = pycrane_registry.address if request.param == "with a list" else docker_registry.host
    return f"{host}/{repo}"


def test_all_are_listed_with_their_types(client, name):
    digests = attach(client, name, NOTE, SEAL, NOTE)
    found = list(client.referrers(name, SUBJECT.digest))
    assert {entry.digest for entry in found} == set(digests)
    assert sorted(entry.artifact_type for entry in found) == [NOTE, NOTE, SEAL]
    assert {entry.annotations["number"] for entry in found} == {"0", "1", "2"}


def test_those_of_one_type_are_listed_alone(client, name):
    digests = attach(client, name, NOTE, SEAL, NOTE)
    assert [entry.digest for entry in client.referrers(name, SUBJECT.digest, SEAL)] == digests[1:2]


def test_what_nobody_refers_to_has_none(client, name):
    assert list(client.referrers(name, SUBJECT.digest)) == []
    attach(client, name)
    assert list(client.referrers(name, SUBJECT.digest)) == []


def page(*kinds, headers=None, start=0):
    entries = []
    for number, kind in enumerate(kinds, start):
        raw = referrer(kind, number)
        entry = Descriptor(media_types.OCI_MANIFEST, Digest.of(raw), len(raw), artifact_type=kind)
        entries.append(entry.to_json())
    body = json.dumps({"schemaVersion": 2, "mediaType": media_types.OCI_INDEX, "manifests": entries})
    return reply(200, body, {"Content-Type": media_types.OCI_INDEX, **(headers or {})})


def listed(client, server, kind=""):
    return list(client.referrers(f"{server.host}/team/app", SUBJECT.digest, kind))


def test_pages_are_read_one_after_another(client):
    def handler(request):
        if "page" in request.query:
            return page(SEAL, start=2)
        return page(NOTE, NOTE, headers={"Link": f'<{request.path}?page=2>; rel="next"'})

    with OddServer(handler) as server:
        assert [entry.artifact_type for entry in listed(client, server)] == [NOTE, NOTE, SEAL]


def test_a_registry_that_does_not_filter_is_filtered(client):
    with OddServer(lambda _: page(NOTE, SEAL)) as server:
        assert [entry.artifact_type for entry in listed(client, server, SEAL)] == [SEAL]
        assert server.requests[-1].query == {"artifactType": [SEAL]}


def test_pages_in_a_circle_end(client):
    def handler(request):
        return page(NOTE, headers={"Link": f'<{request.path}?page=1>; rel="next"'})

    with OddServer(handler) as server, pytest.raises(MalformedError, match="repeats a page"):
        listed(client, server)


def test_pages_without_end_end(make_client):
    def handler(request):
        number = int(request.query.get("page", ["0"])[0]) + 1
        return page(*[NOTE] * number, headers={"Link": f'<{request.path}?page={number}>; rel="next"'})

    client = make_client(limits=Limits(list_pages=5))
    with OddServer(handler) as server, pytest.raises(LimitExceededError, match="more than 5 pages"):
        listed(client, server)


@pytest.mark.parametrize("status", [400, 404, 405, 501])
def test_a_registry_without_a_list_is_asked_for_the_tag(client, status):
    def handler(request):
        if "/referrers/" in request.path:
            return problem(status, "UNSUPPORTED")
        assert request.path.endswith(f"/manifests/sha256-{SUBJECT.digest.encoded}")
        return page(NOTE)

    with OddServer(handler) as server:
        assert [entry.artifact_type for entry in listed(client, server)] == [NOTE]


def test_a_web_page_in_place_of_a_list_is_no_list(client):
    def handler(request):
        if "/referrers/" in request.path:
            return reply(200, "<html>", {"Content-Type": "text/html"})
        return problem(404, "MANIFEST_UNKNOWN")

    with OddServer(handler) as server:
        assert listed(client, server) == []


def test_a_refusal_is_one(client):
    with OddServer(answers(problem(403, "DENIED"))) as server, pytest.raises(DeniedError):
        listed(client, server)


def test_a_list_that_breaks_its_format_is_refused(client):
    broken = reply(200, '{"schemaVersion": 2, "manifests": [1]}', {"Content-Type": media_types.OCI_INDEX})
    with OddServer(lambda _: broken) as server, pytest.raises(MalformedError, match="not a descriptor"):
        listed(client, server)

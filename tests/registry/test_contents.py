"""What Google's registries tell with their list of tags, and what is made of it when it is odd."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest
from peers.odd_server import OddServer, answers, reply_json

from pycrane._client.repositories import walk
from pycrane._errors import LimitExceededError, MalformedError
from pycrane._limits import Limits
from pycrane._reference import parse_repository

ONE, TWO = (f"sha256:{digit * 64}" for digit in "12")


def contents(client, *documents):
    with OddServer(answers(*documents)) as server:
        return client.contents(parse_repository(f"{server.host}/app"))


def told(**fields):
    return reply_json({"tags": ["a"], "manifest": {ONE: fields}})


def test_sizes_times_tags_and_children_are_read(client):
    manifest = {"imageSizeBytes": "5", "timeCreatedMs": "1500", "timeUploadedMs": 0, "tag": ["a"], "x": 1}
    found = contents(
        client, reply_json({"tags": ["a"], "manifest": {TWO: {}, ONE: manifest}, "child": ["b", "c"]})
    )
    one, two = found.manifests
    assert (str(one.digest), one.size, one.tags, one.raw) == (ONE, 5, ("a",), manifest)
    assert (one.created, one.uploaded) == (datetime(1970, 1, 1, 0, 0, 1, 500000, UTC), None)
    assert (two.size, two.tags, two.media_type) == (None, (), "")
    assert [child.path for child in found.children] == ["app/b", "app/c"]


def test_pages_are_put_together(client):
    pages = (
        reply_json(
            {"tags": ["a"], "manifest": {ONE: {}}}, headers={"Link": '</v2/app/tags/list?x>; rel="next"'}
        ),
        reply_json({"tags": ["b"], "manifest": {TWO: {}}, "child": []}),
    )
    found = contents(client, *pages)
    assert found.tags == ("a", "b")
    assert [str(each.digest) for each in found.manifests] == [ONE, TWO]
    assert found.children == ()


@pytest.mark.parametrize("answer", [{"tags": ["a"]}, ["a"], {"tags": ["a"], "manifest": None, "child": None}])
def test_another_registry_does_not_tell(client, answer):
    found = contents(client, reply_json(answer))
    assert (found.tags, found.manifests, found.children) == (("a",), None, None)


@pytest.mark.parametrize(
    "answer",
    [
        {"manifest": []},
        {"manifest": {ONE: 1}},
        {"manifest": {"x": {}}},
        {"manifest": {ONE: {"tag": "a"}}},
        {"manifest": {ONE: {"tag": [1]}}},
        {"manifest": {ONE: {"imageSizeBytes": "five"}}},
        {"manifest": {ONE: {"imageSizeBytes": "9" * 5000}}},
        {"manifest": {ONE: {"timeCreatedMs": 1.5}}},
        {"child": "b"},
        {"child": [1]},
        {"child": ["../b"]},
        {"child": [""]},
        {"child": ["b:c"]},
    ],
)
def test_what_cannot_be_read_is_an_error(client, answer):
    with pytest.raises(MalformedError, match="the list of tags of"):
        contents(client, reply_json(answer))


@pytest.mark.parametrize("time", ["9" * 20, "-62135596800000", 10**400])
def test_times_beyond_all_calendars_are_not_told(client, time):
    (manifest,) = contents(client, told(timeCreatedMs=time)).manifests
    assert manifest.created is None or manifest.created.year == 1


def test_repositories_without_end_are_left(make_client):
    client = make_client(limits=Limits(repositories=3))
    with OddServer(answers(reply_json({"tags": [], "child": ["a", "b"]}))) as server:
        root = parse_repository(f"{server.host}/app")
        with pytest.raises(LimitExceededError, match="more than 3 repositories"):
            list(walk(client, root))

"""Manifests, tags, referrers and lists (OCI distribution spec)."""

from __future__ import annotations

import json
import re
from typing import Any

import pytest
from server.conftest import StartClient
from server.plain_client import (
    EMPTY_CONFIG,
    OCI_INDEX,
    OCI_MANIFEST,
    Client,
    descriptor,
    digest_of,
    image,
    index_of,
)

from pycrane._limits import Limits
from pycrane.server import Options


def raw(value: Any) -> bytes:
    return json.dumps(value).encode()


def put(client: Client, reference: str, data: bytes, media_type: str = OCI_MANIFEST) -> tuple[int, list[str]]:
    answer = client("PUT", f"/v2/a/manifests/{reference}", data, Content_Type=media_type)
    return answer.status, answer.codes if answer.status >= 400 else []


def test_a_manifest_comes_back_byte_for_byte_by_tag_and_digest(client: Client) -> None:
    data = b'  {"mediaType":"' + OCI_MANIFEST.encode() + b'",\n"unknown" : [1.50], "layers":[ ]}\n'
    pushed = client("PUT", "/v2/a/manifests/v1", data, Content_Type=f"{OCI_MANIFEST}; charset=utf-8")
    assert (pushed.status, pushed["Docker-Content-Digest"]) == (201, digest_of(data))
    for path in (pushed["Location"], "/v2/a/manifests/v1"):
        answer = client("GET", path)
        assert (answer.body, answer["Content-Type"]) == (data, OCI_MANIFEST)
        head = client("HEAD", path)
        assert (head["Content-Length"], head.body) == (str(len(data)), b"")


def test_a_digest_that_is_not_the_manifests_is_refused(client: Client) -> None:
    assert put(client, digest_of(b"else"), raw(image())) == (400, ["DIGEST_INVALID"])
    assert put(client, "sha256:baddigeststring", raw(image())) == (400, ["DIGEST_INVALID"])


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"no JSON",
        b"[]",
        b"\xff{}",
        b'{"layers":[],"manifests":[]}',
        b'{"layers":{}}',
        b'{"layers":[{"digest":"../../etc","size":1,"mediaType":"a/b"}]}',
        b'{"layers":[{"digest":"' + digest_of(b"").encode() + b'","size":-1,"mediaType":"a/b"}]}',
        b'{"subject":{"digest":"x"}}',
        b'{"annotations":{"a":1}}',
        b'{"mediaType":"application/vnd.oci.image.index.v1+json"}',
        b'{"layers":[],"layers":[]}',
        b'{"a":' * 10_000 + b"1" + b"}" * 10_000,
    ],
)
def test_what_is_no_manifest_is_refused(client: Client, data: bytes) -> None:
    assert put(client, "v1", data) == (400, ["MANIFEST_INVALID"])
    assert client("GET", "/v2/a/manifests/v1").status == 404


@pytest.mark.parametrize("tag", [".dot", "-dash", "a" * 129, "with%20space", "%C3%BC"])
def test_what_is_no_tag_is_refused(client: Client, tag: str) -> None:
    assert put(client, tag, raw(image())) == (400, ["TAG_INVALID"])


def test_a_manifest_over_the_limit_is_refused_with_and_without_a_length(start: StartClient) -> None:
    client = start(limits=Limits(manifest_size=5000))
    too_large = raw(image("x" * 5000))
    assert put(client, "v1", too_large) == (413, ["SIZE_INVALID"])
    chunked = client(
        "PUT", "/v2/a/manifests/v1", iter([too_large]), Content_Type=OCI_MANIFEST, Transfer_Encoding="chunked"
    )
    assert chunked.status == 413
    assert put(client, "v1", raw(image("x" * 4000))) == (201, [])


def test_four_megabytes_of_manifest_are_taken(client: Client) -> None:
    assert put(client, "v1", raw(image("x" * 4_000_000))) == (201, [])


def test_a_manifest_may_name_what_is_not_there(client: Client) -> None:
    absent = {"mediaType": "a/b", "size": 1, "digest": digest_of(b"absent")}
    names = {"image": image(layers=[absent], subject=absent), "index": index_of(image("absent"))}
    for name, manifest in names.items():
        client.push_manifest("a", name, manifest)
        assert client("GET", f"/v2/a/manifests/{name}").json == manifest
    assert client("GET", f"/v2/a/blobs/{absent['digest']}").status == 404
    assert client("GET", f"/v2/a/manifests/{descriptor(image('absent'))['digest']}").status == 404


def test_a_tag_moves_and_its_old_manifest_stays(client: Client) -> None:
    first, second = client.push_manifest("a", "v", image("1")), client.push_manifest("a", "v", image("2"))
    assert client("HEAD", "/v2/a/manifests/v")["Docker-Content-Digest"] == second
    assert client("GET", f"/v2/a/manifests/{first}").status == 200


def test_a_push_by_digest_can_tag(client: Client) -> None:
    data = raw(image())
    path = f"/v2/a/manifests/{digest_of(data, 'sha512')}?tag=one&tag=two&tag=three,four"
    answer = client("PUT", path, data, Content_Type=OCI_MANIFEST)
    assert answer.headers.get_all("OCI-Tag") == ["one", "two", "three", "four"]
    assert client.tags("a") == ["four", "one", "three", "two"]
    head = client("HEAD", "/v2/a/manifests/one")
    assert head["Docker-Content-Digest"] == digest_of(data, "sha512")


def test_a_tag_parameter_that_is_no_tag_is_refused(client: Client) -> None:
    data = raw(image())
    assert put(client, f"{digest_of(data)}?tag=good&tag=.bad", data) == (400, ["TAG_INVALID"])
    assert client("GET", "/v2/a/tags/list").status == 404


def test_deleting_a_tag_leaves_its_manifest_and_its_other_tags(client: Client) -> None:
    digest = client.push_manifest("a", "one", image())
    client.push_manifest("a", "two", image())
    assert client("DELETE", "/v2/a/manifests/one").status == 202
    assert client("HEAD", "/v2/a/manifests/one").status == 404
    assert client.tags("a") == ["two"]
    assert client("HEAD", f"/v2/a/manifests/{digest}").status == 200
    assert client("DELETE", "/v2/a/manifests/one").codes == ["MANIFEST_UNKNOWN"]


def test_deleting_a_manifest_takes_its_tags_with_it(client: Client) -> None:
    digest = client.push_manifest("a", "one", image())
    client.push_manifest("a", "two", image())
    client.push_manifest("a", "other", image("other"))
    assert client("DELETE", f"/v2/a/manifests/{digest}").status == 202
    assert client.tags("a") == ["other"]
    assert client("GET", f"/v2/a/manifests/{digest}").status == 404


def test_deleting_an_index_leaves_the_manifests_in_it(client: Client) -> None:
    child = client.push_manifest("a", descriptor(image())["digest"], image())
    index = client.push_manifest("a", "v", index_of(image()))
    assert client("DELETE", f"/v2/a/manifests/{index}").status == 202
    assert client("HEAD", f"/v2/a/manifests/{child}").status == 200
    assert client("DELETE", f"/v2/a/manifests/{child}").status == 202


def test_deleting_manifests_can_be_switched_off(start: StartClient) -> None:
    client = start(options=Options(delete=False))
    digest = client.push_manifest("a", "v", image())
    assert client("DELETE", "/v2/a/manifests/v").status == 405
    assert client("DELETE", f"/v2/a/manifests/{digest}").status == 405


def test_tags_come_in_the_order_of_their_bytes_page_by_page(client: Client) -> None:
    for tag in ("b", "B", "a10", "a2", "_", "0"):
        client.push_manifest("a", tag, image())
    assert client.tags("a") == ["0", "B", "_", "a10", "a2", "b"]
    seen, path = [], "/v2/a/tags/list?n=4"
    while path:
        page = client("GET", path)
        seen.append(page.json["tags"])
        link = page.headers["Link"]
        path = re.fullmatch(r'<(.*)>; rel="next"', link)[1] if link else ""
    assert seen == [["0", "B", "_", "a10"], ["a2", "b"]]


def test_tags_can_begin_behind_a_tag_that_is_not_there(client: Client) -> None:
    for tag in ("a", "c"):
        client.push_manifest("a", tag, image())
    assert client("GET", "/v2/a/tags/list?last=b").json["tags"] == ["c"]
    assert client("GET", "/v2/a/tags/list?last=z").json["tags"] == []


def test_none_of_the_tags_is_an_empty_page_without_a_next_one(client: Client) -> None:
    client.push_manifest("a", "v", image())
    answer = client("GET", "/v2/a/tags/list?n=0")
    assert (answer.json["tags"], answer.headers["Link"]) == ([], None)


@pytest.mark.parametrize("count", ["-1", "x", "", "1e3", "9" * 30])
def test_a_page_size_that_is_no_number_is_refused(client: Client, count: str) -> None:
    client.push_manifest("a", "v", image())
    answer = client("GET", f"/v2/a/tags/list?n={count}")
    assert (answer.status, answer.codes) == (400, ["PAGINATION_NUMBER_INVALID"])


def test_repositories_are_listed_page_by_page(client: Client) -> None:
    assert client("GET", "/v2/_catalog").json == {"repositories": []}
    for name in ("b", "a/nested/name", "a"):
        client.push_manifest(name, "v", image())
    assert client("GET", "/v2/_catalog").json == {"repositories": ["a", "a/nested/name", "b"]}
    page = client("GET", "/v2/_catalog?n=2")
    assert page.json == {"repositories": ["a", "a/nested/name"]}
    assert page["Link"] == '</v2/_catalog?last=a%2Fnested%2Fname&n=2>; rel="next"'


def test_an_unknown_repository_has_no_tags(client: Client) -> None:
    answer = client("GET", "/v2/nothing/here/tags/list")
    assert (answer.status, answer.codes) == (404, ["NAME_UNKNOWN"])


@pytest.mark.parametrize("name", ["UPPER", "a//b", "-a", "a-", "a..b", "a/", "%2E%2E", "a/..%2Fb", "x" * 256])
def test_a_name_no_repository_can_have_is_refused(client: Client, name: str) -> None:
    answer = client("GET", f"/v2/{name}/tags/list")
    assert (answer.status, answer.codes) == (400, ["NAME_INVALID"])


@pytest.mark.parametrize(
    "name", ["a/tags/list", "a/manifests/b", "blobs", "a/blobs", "a/index.json", "uploads"]
)
def test_a_repository_may_be_called_as_an_endpoint_is(client: Client, name: str) -> None:
    digest = client.push_blob(name, b"data")
    client.push_manifest(name, "v", image())
    assert client.tags(name) == ["v"]
    assert client("GET", f"/v2/{name}/blobs/{digest}").body == b"data"
    assert client("GET", "/v2/_catalog").json == {"repositories": [name]}


def test_referrers_show_type_and_annotations(client: Client) -> None:
    subject = image("subject")
    wanted = descriptor(subject)
    client.push_manifest("a", "subject", subject)
    typed = image("typed", subject=wanted, artifactType="a/typed")
    by_config = image("config", subject=wanted, config={**EMPTY_CONFIG, "mediaType": "a/config"})
    index = index_of(subject=wanted, annotations={"k": "v"})
    for number, manifest in enumerate((typed, by_config, index)):
        answer = client(
            "PUT", f"/v2/a/manifests/r{number}", raw(manifest), Content_Type=manifest["mediaType"]
        )
        assert answer["OCI-Subject"] == wanted["digest"]
    answer = client("GET", f"/v2/a/referrers/{wanted['digest']}")
    assert answer["Content-Type"] == OCI_INDEX
    assert (answer.json["schemaVersion"], answer.json["mediaType"]) == (2, OCI_INDEX)
    found = {item["digest"]: item for item in answer.json["manifests"]}
    assert found == {
        descriptor(typed)["digest"]: descriptor(typed)
        | {"artifactType": "a/typed", "annotations": {"note": "typed"}},
        descriptor(by_config)["digest"]: descriptor(by_config)
        | {"artifactType": "a/config", "annotations": {"note": "config"}},
        descriptor(index)["digest"]: descriptor(index) | {"annotations": {"k": "v"}},
    }


def test_referrers_are_filtered_by_type(client: Client) -> None:
    wanted = descriptor(image("subject"))
    for kind in ("a/x", "a/y"):
        client.push_manifest("a", kind[-1], image(kind, subject=wanted, artifactType=kind))
    answer = client("GET", f"/v2/a/referrers/{wanted['digest']}?artifactType=a/x")
    assert [item["artifactType"] for item in answer.json["manifests"]] == ["a/x"]
    assert answer["OCI-Filters-Applied"] == "artifactType"


def test_referrers_of_nothing_are_an_empty_index(client: Client) -> None:
    answer = client("GET", f"/v2/a/referrers/{digest_of(b'')}")
    assert (answer.status, answer.json["manifests"], answer.headers["OCI-Filters-Applied"]) == (200, [], None)
    assert client("GET", "/v2/a/referrers/nonsense").codes == ["DIGEST_INVALID"]


def test_a_deleted_manifest_refers_to_nothing(client: Client) -> None:
    wanted = descriptor(image("subject"))
    digest = client.push_manifest("a", "r", image("r", subject=wanted))
    client("DELETE", f"/v2/a/manifests/{digest}")
    assert client("GET", f"/v2/a/referrers/{wanted['digest']}").json["manifests"] == []


def test_many_referrers_come_in_pages_that_pass_for_manifests(client: Client) -> None:
    wanted = descriptor(image("subject"))
    pushed = {
        client.push_manifest("a", f"r{number}", image(f"{number}" * 1_500_000, subject=wanted))
        for number in range(4)
    }
    seen: list[str] = []
    path = f"/v2/a/referrers/{wanted['digest']}"
    while path:
        page = client("GET", path)
        assert len(page.body) < 4_200_000
        seen += [item["digest"] for item in page.json["manifests"]]
        link = page.headers["Link"]
        path = re.fullmatch(r'<(.*)>; rel="next"', link)[1] if link else ""
    assert sorted(seen) == sorted(pushed)


def test_warnings_go_out_with_every_answer_within_their_limit(start: StartClient) -> None:
    client = start(options=Options(warnings=('say "no"\n', "x" * 3000, "y" * 3000)))
    warnings = client("GET", "/v2/").headers.get_all("Warning")
    assert warnings == ['299 - "say \\"no\\"?"', f'299 - "{"x" * 3000}"']
    assert client("GET", "/v2/a/tags/list").headers.get_all("Warning") == warnings


def test_a_method_an_endpoint_has_not_is_refused_with_those_it_has(client: Client) -> None:
    answer = client("POST", "/v2/a/tags/list", b"")
    assert (answer.status, answer.codes, answer["Allow"]) == (405, ["UNSUPPORTED"], "GET")


@pytest.mark.parametrize("path", ["/", "/v1/", "/v2/a", "/v2/a/b/c", "/v2/_oci/ext/discover", "//[x", "*"])
def test_a_path_that_is_no_endpoint_is_not_found(client: Client, path: str) -> None:
    assert client("GET", path).status == 404


def test_parameters_nobody_knows_are_no_matter(client: Client) -> None:
    client.push_manifest("a", "v", image())
    assert client("GET", "/v2/a/manifests/v?ns=docker.io").status == 200

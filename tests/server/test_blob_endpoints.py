"""Blobs: every way to push one, ranges, mounts and deletes (OCI distribution spec)."""

from __future__ import annotations

import pytest
from server.conftest import StartClient
from server.plain_client import Client, digest_of

from pycrane.server import Options

DATA = b"0123456789" * 100
DIGEST = digest_of(DATA)


def put(client: Client, location: str, digest: str, body: bytes = b"", **headers: str) -> int:
    return client("PUT", f"{location}?digest={digest}", body, **headers).status


def test_a_blob_goes_up_with_one_post(client: Client) -> None:
    answer = client("POST", f"/v2/a/b/blobs/uploads/?digest={DIGEST}", DATA)
    assert answer.status == 201
    assert answer["Docker-Content-Digest"] == DIGEST
    assert client("GET", answer["Location"]).body == DATA


def test_a_blob_goes_up_with_post_and_put(client: Client) -> None:
    location = client.open_session("a/b")
    assert put(client, location, DIGEST, DATA) == 201
    head = client("HEAD", f"/v2/a/b/blobs/{DIGEST}")
    assert (head.status, head["Content-Length"], head.body) == (200, "1000", b"")


def test_a_blob_goes_up_in_chunks(client: Client) -> None:
    location = client.open_session("a/b")
    first = client("PATCH", location, DATA[:400], Content_Range="0-399")
    assert (first.status, first["Range"]) == (202, "0-399")
    second = client("PATCH", first["Location"], DATA[400:700], Content_Range="400-699")
    assert second["Range"] == "0-699"
    assert put(client, second["Location"], DIGEST, DATA[700:], Content_Range="700-999") == 201
    assert client("GET", f"/v2/a/b/blobs/{DIGEST}").body == DATA


def test_a_blob_goes_up_as_a_stream_of_unknown_length(client: Client) -> None:
    location = client.open_session("a/b")
    parts = iter([DATA[:1], DATA[1:500], DATA[500:]])
    answer = client("PATCH", location, parts, Transfer_Encoding="chunked")
    assert answer["Range"] == "0-999"
    assert put(client, answer["Location"], DIGEST) == 201


def test_an_empty_blob_is_a_blob(client: Client) -> None:
    digest = client.push_blob("a", b"")
    answer = client("GET", f"/v2/a/blobs/{digest}")
    assert (answer.status, answer.body, answer["Content-Length"]) == (200, b"", "0")


@pytest.mark.parametrize("algorithm", ["sha256", "sha384", "sha512"])
def test_each_algorithm_is_verified_without_being_announced(client: Client, algorithm: str) -> None:
    digest = digest_of(DATA, algorithm)
    location = client.open_session("a")
    client("PATCH", location, DATA[:7])
    assert put(client, location, digest_of(b"else", algorithm), DATA[7:]) == 400
    assert put(client, location, digest, DATA[7:]) == 201
    assert client("HEAD", f"/v2/a/blobs/{digest}")["Docker-Content-Digest"] == digest


def test_an_algorithm_may_be_announced_and_an_unknown_one_is_refused(client: Client) -> None:
    assert client("POST", "/v2/a/blobs/uploads/?digest-algorithm=sha512", b"").status == 202
    answer = client("POST", "/v2/a/blobs/uploads/?digest-algorithm=md5", b"")
    assert (answer.status, answer.codes) == (400, ["DIGEST_INVALID"])


def test_a_wrong_digest_is_refused_and_the_session_goes_on(client: Client) -> None:
    location = client.open_session("a")
    client("PATCH", location, DATA[:400])
    wrong = client("PUT", f"{location}?digest={digest_of(b'else')}", DATA[400:])
    assert (wrong.status, wrong.codes) == (400, ["DIGEST_INVALID"])
    assert client("GET", location)["Range"] == "0-399"
    assert put(client, location, DIGEST, DATA[400:]) == 201


def test_a_wrong_digest_of_one_post_leaves_nothing(client: Client) -> None:
    assert client("POST", f"/v2/a/blobs/uploads/?digest={DIGEST}", b"else").status == 400
    assert client("HEAD", f"/v2/a/blobs/{DIGEST}").status == 404


@pytest.mark.parametrize("digest", ["", "sha256:short", "md5:00", "nonsense", DIGEST.upper()])
def test_what_is_no_digest_is_refused(client: Client, digest: str) -> None:
    answer = client("PUT", f"{client.open_session('a')}?digest={digest}", DATA)
    assert (answer.status, answer.codes) == (400, ["DIGEST_INVALID"])


@pytest.mark.parametrize("method", ["PATCH", "PUT"])
@pytest.mark.parametrize("first", [300, 500])
def test_a_chunk_out_of_order_is_refused_and_the_session_tells_where_it_is(
    client: Client, method: str, first: int
) -> None:
    location = client.open_session("a")
    client("PATCH", location, DATA[:400], Content_Range="0-399")
    query = f"?digest={DIGEST}" if method == "PUT" else ""
    wrong = client(method, location + query, DATA[first:600], Content_Range=f"{first}-599")
    assert (wrong.status, wrong["Range"], wrong["Location"]) == (416, "0-399", location)
    status = client("GET", location)
    assert (status.status, status["Range"], status.body) == (204, "0-399", b"")
    assert put(client, location, DIGEST, DATA[400:], Content_Range="400-999") == 201


def test_a_chunk_whose_range_is_not_its_length_is_refused(client: Client) -> None:
    answer = client("PATCH", client.open_session("a"), DATA[:10], Content_Range="0-10")
    assert (answer.status, answer.codes) == (400, ["SIZE_INVALID"])


@pytest.mark.parametrize("text", ["bytes 0-9/10", "0-", "9-0", "a-b", "0-9/10"])
def test_a_malformed_content_range_is_refused(client: Client, text: str) -> None:
    assert client("PATCH", client.open_session("a"), DATA[:10], Content_Range=text).status == 400


def test_a_cancelled_session_is_gone(client: Client) -> None:
    location = client.open_session("a")
    client("PATCH", location, DATA)
    assert client("DELETE", location).status == 204
    for method in ("GET", "PATCH", "DELETE"):
        answer = client(method, location)
        assert answer.status == 404
    assert client("PUT", f"{location}?digest={DIGEST}").codes == ["BLOB_UPLOAD_UNKNOWN"]


def test_a_session_belongs_to_its_repository(client: Client) -> None:
    location = client.open_session("a")
    assert client("GET", location.replace("/v2/a/", "/v2/b/")).status == 404


@pytest.mark.parametrize(
    ("header", "part", "content_range"),
    [
        ("bytes=0-0", DATA[:1], "bytes 0-0/1000"),
        ("bytes=10-19", DATA[10:20], "bytes 10-19/1000"),
        ("bytes=990-", DATA[990:], "bytes 990-999/1000"),
        ("bytes=-5", DATA[-5:], "bytes 995-999/1000"),
        ("bytes=-5000", DATA, "bytes 0-999/1000"),
        ("bytes=998-2000", DATA[998:], "bytes 998-999/1000"),
    ],
)
def test_a_part_of_a_blob_can_be_had(client: Client, header: str, part: bytes, content_range: str) -> None:
    client.push_blob("a", DATA)
    answer = client("GET", f"/v2/a/blobs/{DIGEST}", Range=header)
    assert (answer.status, answer.body, answer["Content-Range"]) == (206, part, content_range)


@pytest.mark.parametrize("header", ["bytes=1000-", "bytes=500-0", "bytes=-0"])
def test_a_range_with_nothing_in_it_is_refused(client: Client, header: str) -> None:
    client.push_blob("a", DATA)
    answer = client("GET", f"/v2/a/blobs/{DIGEST}", Range=header)
    assert (answer.status, answer["Content-Range"]) == (416, "bytes */1000")


@pytest.mark.parametrize("header", ["bytes=0-1,4-5", "lines=0-1", "bytes=a-b", "bytes", "bytes=-"])
def test_a_range_that_is_not_understood_is_none(client: Client, header: str) -> None:
    client.push_blob("a", DATA)
    answer = client("GET", f"/v2/a/blobs/{DIGEST}", Range=header)
    assert (answer.status, answer.body) == (200, DATA)


def test_a_range_counts_only_for_the_same_content(client: Client) -> None:
    client.push_blob("a", DATA)
    same = client("GET", f"/v2/a/blobs/{DIGEST}", Range="bytes=0-9", If_Range=f'"{DIGEST}"')
    other = client("GET", f"/v2/a/blobs/{DIGEST}", Range="bytes=0-9", If_Range='"else"')
    assert (same.status, other.status) == (206, 200)


def test_a_large_blob_comes_back_whole_and_in_parts(client: Client) -> None:
    data = bytes(range(256)) * 12_000
    digest = client.push_blob("a", data)
    assert client("GET", f"/v2/a/blobs/{digest}").body == data
    part = client("GET", f"/v2/a/blobs/{digest}", Range="bytes=1000001-2500000")
    assert part.body == data[1000001:2500001]


def test_a_blob_is_mounted_from_another_repository(client: Client) -> None:
    client.push_blob("a", DATA)
    answer = client("POST", f"/v2/b/c/blobs/uploads/?mount={DIGEST}&from=a", b"")
    assert answer.status == 201
    assert client("GET", answer["Location"]).body == DATA


def test_a_blob_is_mounted_from_anywhere(client: Client) -> None:
    client.push_blob("a", DATA)
    assert client("POST", f"/v2/b/blobs/uploads/?mount={DIGEST}", b"").status == 201


def test_a_blob_that_is_not_there_is_not_mounted_and_can_be_uploaded(client: Client) -> None:
    answer = client("POST", f"/v2/b/blobs/uploads/?mount={DIGEST}&from=a", b"")
    assert answer.status == 202
    assert put(client, answer["Location"], DIGEST, DATA) == 201


def test_a_blob_is_seen_only_in_repositories_that_have_it(client: Client) -> None:
    client.push_blob("a", DATA)
    answer = client("GET", f"/v2/b/blobs/{DIGEST}")
    assert (answer.status, answer.codes) == (404, ["BLOB_UNKNOWN"])


def test_a_blob_is_deleted_from_one_repository_and_stays_in_the_other(client: Client) -> None:
    client.push_blob("a", DATA)
    client.push_blob("b", DATA)
    assert client("DELETE", f"/v2/a/blobs/{DIGEST}").status == 202
    assert client("HEAD", f"/v2/a/blobs/{DIGEST}").status == 404
    assert client("DELETE", f"/v2/a/blobs/{DIGEST}").status == 404
    assert client("GET", f"/v2/b/blobs/{DIGEST}").body == DATA


def test_a_blob_can_be_pushed_again_after_it_was_deleted(client: Client) -> None:
    client.push_blob("a", DATA)
    client("DELETE", f"/v2/a/blobs/{DIGEST}")
    client.push_blob("a", DATA)
    assert client("GET", f"/v2/a/blobs/{DIGEST}").body == DATA


def test_deleting_can_be_switched_off_but_not_cancelling(start: StartClient) -> None:
    client = start(options=Options(delete=False))
    client.push_blob("a", DATA)
    answer = client("DELETE", f"/v2/a/blobs/{DIGEST}")
    assert (answer.status, answer.codes) == (405, ["UNSUPPORTED"])
    assert client("DELETE", client.open_session("a")).status == 204


def test_a_read_only_registry_takes_nothing(start: StartClient) -> None:
    client = start(options=Options(read_only=True))
    for method, path in (("POST", "a/blobs/uploads/"), ("PUT", "a/manifests/x"), ("DELETE", "a/manifests/x")):
        answer = client(method, f"/v2/{path}", b"{}")
        assert (answer.status, answer.codes) == (405, ["UNSUPPORTED"])
    assert client("GET", "/v2/").status == 200

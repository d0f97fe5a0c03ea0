"""Ranges, addresses, paths and `index.json`, with any text and any order of changes."""

from __future__ import annotations

from string import ascii_letters, digits

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pycrane._errors import PycraneError
from pycrane._limits import DEFAULT_LIMITS
from pycrane._oci import go_json
from pycrane._oci.digest import Digest
from pycrane._server.contents import Contents, read_manifest
from pycrane._server.layout_index import EMPTY, read_contents, render
from pycrane._server.listener import parse_address
from pycrane._server.ranges import UnsatisfiableRangeError, chunk_range, download_range, held_range
from pycrane._server.refusals import Refusal
from pycrane._server.routes import Endpoint, find_route

numbers = st.integers(0, 2000)


@given(size=st.integers(1, 1000), start=numbers, end=st.one_of(st.none(), numbers))
def test_a_range_is_what_a_slice_is(size: int, start: int, end: int | None) -> None:
    data = bytes(size)
    wanted = data[start:] if end is None else data[start : end + 1]
    text = f"bytes={start}-{'' if end is None else end}"
    if not wanted:
        with pytest.raises(UnsatisfiableRangeError):
            download_range(text, size)
    else:
        assert download_range(text, size) == (start, len(wanted))


@given(size=st.integers(0, 1000), count=numbers)
def test_a_suffix_is_what_a_slice_from_the_end_is(size: int, count: int) -> None:
    wanted = bytes(size)[-count:] if count else b""
    if not wanted:
        with pytest.raises(UnsatisfiableRangeError):
            download_range(f"bytes=-{count}", size)
    else:
        assert download_range(f"bytes=-{count}", size) == (size - len(wanted), len(wanted))


@given(text=st.text(alphabet="bytes=-0123456789, ", max_size=30), size=numbers)
def test_any_text_for_a_range_is_a_part_or_none(text: str, size: int) -> None:
    try:
        part = download_range(text, size)
    except UnsatisfiableRangeError:
        return
    if part:
        start, length = part
        assert 0 <= start < start + length <= size


@given(first=numbers, last=numbers)
def test_a_chunks_range_comes_back(first: int, last: int) -> None:
    assert chunk_range(f"{first}-{last}") == ((first, last) if first <= last else None)


def test_a_session_with_nothing_in_it_has_the_range_that_registries_give() -> None:
    assert [held_range(size) for size in (0, 1, 2)] == ["0-0", "0-0", "0-1"]


@given(st.text(max_size=60))
def test_any_path_is_a_route_or_a_refusal(path: str) -> None:
    try:
        route = find_route("/v2/" + path)
    except Refusal as error:
        refused = error.status
        assert 400 <= refused < 500
    else:
        assert ".." not in route.repository


_word = st.text(alphabet=ascii_letters.lower() + digits, min_size=1, max_size=8)


@given(
    parts=st.lists(st.one_of(_word, st.sampled_from(["blobs", "manifests", "tags", "uploads"])), min_size=1)
)
def test_every_repository_has_every_endpoint(parts: list[str]) -> None:
    name = "/".join(parts)[:250].strip("/")
    for path, endpoint in (
        ("tags/list", Endpoint.TAGS),
        ("manifests/v1", Endpoint.MANIFEST),
        ("blobs/sha256:x", Endpoint.BLOB),
        ("blobs/uploads/", Endpoint.UPLOADS),
        ("referrers/sha256:x", Endpoint.REFERRERS),
    ):
        route = find_route(f"/v2/{name}/{path}")
        assert (route.endpoint, route.repository) == (endpoint, name)


@pytest.mark.parametrize(
    ("text", "port", "expected"),
    [
        ("", "", ("127.0.0.1", 0)),
        ("", "5000", ("127.0.0.1", 5000)),
        ("localhost", "5000", ("localhost", 5000)),
        ("localhost:80", "5000", ("localhost", 80)),
        (":80", "", ("0.0.0.0", 80)),
        ("[::1]:80", "", ("::1", 80)),
        ("[::1]", "", ("::1", 0)),
    ],
)
def test_addresses_are_parsed_with_defaults(text: str, port: str, expected: tuple[str, int]) -> None:
    assert parse_address(text, port) == expected


@given(st.text(max_size=20), st.text(max_size=6))
def test_any_address_is_one_or_an_error(text: str, port: str) -> None:
    try:
        host, number = parse_address(text, port)
    except PycraneError:
        return
    assert host
    assert 0 <= number <= 65535


def manifest_bytes(number: int) -> bytes:
    """Manifests 0 to 3 are images, 4 and 5 indexes of the first ones."""
    if number < 4:
        return go_json.dumps({"schemaVersion": 2, "layers": [], "annotations": {"n": str(number)}})
    children = [manifest_bytes(child) for child in range(number - 2)]
    entries = [
        {
            "mediaType": "application/vnd.oci.image.manifest.v1+json",
            "size": len(data),
            "digest": str(Digest.of(data)),
        }
        for data in children
    ]
    return go_json.dumps({"schemaVersion": 2, "manifests": entries})


changes = st.one_of(
    st.tuples(st.just("put"), st.integers(0, 5), st.sampled_from([(), ("a",), ("b",), ("a", "b")])),
    st.tuples(st.just("remove"), st.integers(0, 5), st.just(())),
    st.tuples(st.just("untag"), st.just(0), st.sampled_from([("a",), ("b",)])),
)


@given(st.lists(changes, max_size=12))
def test_what_is_written_to_an_index_is_read_from_it(
    steps: list[tuple[str, int, tuple[str, ...]]],
) -> None:
    index, contents = EMPTY, Contents()
    blobs: dict[Digest, bytes] = {}
    for verb, number, tags in steps:
        data = manifest_bytes(number)
        digest = Digest.of(data)
        if verb == "put":
            blobs[digest] = data
            after = contents.with_manifest(read_manifest(data, "", digest), tags)
        elif verb == "remove":
            blobs.pop(digest, None)
            after = contents.without_manifest(digest)
        else:
            after = contents.without_tag(tags[0])
        index, contents = render(index, contents, after, DEFAULT_LIMITS.index_depth), after
        assert read_contents(index, blobs.get, DEFAULT_LIMITS) == contents
        entries = [(entry["digest"], str(entry.get("annotations"))) for entry in index["manifests"]]
        assert len(set(entries)) == len(entries)

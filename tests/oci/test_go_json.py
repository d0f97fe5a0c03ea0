"""JSON is read as RFC 7493 has it and written as Go writes it, so that digests are crane's."""

from __future__ import annotations

import json
import math
import time
import tracemalloc
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pycrane._errors import LimitExceededError, MalformedError
from pycrane._limits import Limits
from pycrane._oci import go_json

text = st.text(st.characters(exclude_categories=["Cs"]))
documents: st.SearchStrategy[Any] = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | text,
    lambda inner: st.lists(inner) | st.dictionaries(text, inner),
    max_leaves=20,
)


@given(documents)
def test_what_is_written_is_read_again_with_its_order(value: Any) -> None:
    for indent in (None, 3):
        again = go_json.loads(go_json.dumps(value, indent), "it")
        assert json.dumps(again) == json.dumps(value)


@given(documents)
def test_other_programs_read_what_is_written(value: Any) -> None:
    assert json.loads(go_json.dumps(value)) == value


@pytest.mark.parametrize(
    ("value", "written"),
    [
        ({"b": 1, "a": [True, None]}, b'{"b":1,"a":[true,null]}'),
        ("<a href='x'>&", b"\"\\u003ca href='x'\\u003e\\u0026\""),
        ("\u2028\u2029", b'"\\u2028\\u2029"'),
        ("é☃😀\x7f", '"é☃😀\x7f"'.encode()),
        ('\b\f\n\r\t"\\/', b'"\\b\\f\\n\\r\\t\\"\\\\/"'),
        ("\x00\x1f", b'"\\u0000\\u001f"'),
        ({"<": {}}, b'{"\\u003c":{}}'),
        (2**70, b"1180591620717411303424"),
    ],
)
def test_text_is_escaped_as_go_does(value: Any, written: bytes) -> None:
    assert go_json.dumps(value) == written


def test_what_is_indented_looks_as_gos() -> None:
    value = {"a": [1, {"b": []}], "c": {}}
    expected = '{\n   "a": [\n      1,\n      {\n         "b": []\n      }\n   ],\n   "c": {}\n}'
    assert go_json.dumps(value, 3).decode() == expected


@pytest.mark.parametrize(
    "raw",
    [
        b"",
        b"{",
        b"{} {}",
        b'{"a":1,}',
        b'{"a":1,"a":1}',
        b'[{"x":{"a":1,"b":2,"a":3}}]',
        b"NaN",
        b"[Infinity]",
        b"-Infinity",
        b"1e999",
        b"\xef\xbb\xbf{}",
        '{"a":1}'.encode("utf-16"),
        b'"\xff"',
        b'"\\ud800"',
        b'{"\\udfff":1}',
        b"'a'",
        b"01",
        b"1" * 5000,
    ],
)
def test_what_is_not_json_is_refused_and_named(raw: bytes) -> None:
    with pytest.raises(MalformedError, match="the thing is not valid JSON"):
        go_json.loads(raw, "the thing")


def test_a_pair_of_surrogates_is_one_character() -> None:
    assert go_json.loads(b'"\\ud83d\\ude00"', "it") == "😀"


@pytest.mark.parametrize("depth", [101, 1_000, 100_000])
@pytest.mark.parametrize(("opening", "closing"), [(b"[", b"]"), (b'{"a":', b"}")])
def test_what_is_nested_too_deeply_is_refused(depth: int, opening: bytes, closing: bytes) -> None:
    with pytest.raises(LimitExceededError, match="nested"):
        go_json.loads(opening * depth + b"1" + closing * depth, "it")


def test_what_is_nested_as_deeply_as_allowed_is_read() -> None:
    assert go_json.loads(b"[" * 5 + b"]" * 5, "it", Limits(json_depth=5)) == [[[[[]]]]]


@pytest.mark.parametrize("raw", [b"[]", b"1", b"null", b'"{}"'])
def test_where_an_object_is_wanted_nothing_else_will_do(raw: bytes) -> None:
    with pytest.raises(MalformedError, match="it is not a JSON object"):
        go_json.load_object(raw, "it")


@given(st.binary())
def test_any_bytes_are_json_or_refused(raw: bytes) -> None:
    try:
        value = go_json.loads(raw, "it")
    except (MalformedError, LimitExceededError):
        return
    assert not isinstance(value, float) or math.isfinite(value)


def written(value: Any, struct: go_json.Struct) -> str:
    return go_json.dumps(go_json.ordered(value, struct)).decode()


# The right-hand sides are what Go's encoding/json made of the left-hand ones with crane's structs.
@pytest.mark.parametrize(
    ("value", "expected"),
    [
        (
            {},
            (
                '{"architecture":"","created":"0001-01-01T00:00:00Z","os":"",'
                '"rootfs":{"type":"","diff_ids":null},"config":{}}'
            ),
        ),
        (
            dict.fromkeys(
                ["os", "architecture", "created", "history", "rootfs", "config", "author", "variant"]
            ),
            (
                '{"architecture":"","created":"0001-01-01T00:00:00Z","os":"",'
                '"rootfs":{"type":"","diff_ids":null},"config":{}}'
            ),
        ),
        (
            {
                "variant": "v8",
                "os.features": ["f"],
                "os.version": "10",
                "config": {
                    "Shell": ["sh"],
                    "ExposedPorts": {"80/tcp": {}, "443/tcp": {}},
                    "Labels": {"é": "<", "z": "", "a": "1"},
                    "Env": [],
                    "Healthcheck": {},
                    "Tty": False,
                    "OpenStdin": True,
                    "Cmd": ["a", ""],
                },
                "rootfs": {"diff_ids": [], "type": "layers"},
                "history": [{"empty_layer": False, "created_by": "b", "author": "a"}, {"empty_layer": True}],
                "created": "2020-01-02T03:04:05.120000000Z",
                "author": "A",
                "os": "linux",
                "docker_version": "1",
                "container": "c",
                "architecture": "arm64",
            },
            (
                '{"architecture":"arm64","author":"A","container":"c","created":"2020-01-02T03:04:05.12Z",'
                '"docker_version":"1","history":[{"author":"a","created":"0001-01-01T00:00:00Z","created_by":"b"},'
                '{"created":"0001-01-01T00:00:00Z","empty_layer":true}],"os":"linux",'
                '"rootfs":{"type":"layers","diff_ids":[]},"config":{"Cmd":["a",""],"Healthcheck":{},'
                '"Labels":{"a":"1","z":"","é":"\\u003c"},"OpenStdin":true,'
                '"ExposedPorts":{"443/tcp":{},"80/tcp":{}},"Shell":["sh"]},'
                '"os.version":"10","variant":"v8","os.features":["f"]}'
            ),
        ),
    ],
)
def test_a_config_has_gos_order_and_omissions(value: dict[str, Any], expected: str) -> None:
    assert written(value, go_json.CONFIG_FILE) == expected


def test_a_manifest_has_gos_order_and_omissions() -> None:
    value = {
        "artifactType": "",
        "annotations": {"b": "1", "a": "2"},
        "layers": [{"digest": "sha256:1", "annotations": {}, "urls": [], "size": 1}],
        "config": {"digest": "sha256:2", "size": 0, "data": "e30=", "mediaType": "m"},
        "mediaType": "t",
        "schemaVersion": 2,
    }
    assert written(value, go_json.MANIFEST) == (
        '{"schemaVersion":2,"mediaType":"t","config":{"mediaType":"m","size":0,"digest":"sha256:2","data":"e30="},'
        '"layers":[{"mediaType":"","size":1,"digest":"sha256:1"}],"annotations":{"a":"2","b":"1"}}'
    )


def test_an_index_has_gos_order_and_omissions() -> None:
    platform = {"variant": "v8", "os": "linux", "features": [], "architecture": "arm64"}
    value = {
        "manifests": [{"platform": platform, "digest": "d", "size": 2}, {"platform": {}}],
        "schemaVersion": 2,
    }
    assert written(value, go_json.INDEX) == (
        '{"schemaVersion":2,"manifests":[{"mediaType":"","size":2,"digest":"d","platform":'
        '{"architecture":"arm64","os":"linux","variant":"v8"}},{"mediaType":"","size":0,"digest":"",'
        '"platform":{"architecture":"","os":""}}]}'
    )
    assert written({"schemaVersion": 2}, go_json.INDEX) == '{"schemaVersion":2,"manifests":null}'


def test_unknown_fields_follow_in_their_order() -> None:
    value = {"z": 1, "os": "linux", "a": {"c": 1, "b": 2}, "config": {"Memory": 0, "Cmd": ["x"]}}
    assert list(go_json.ordered(value, go_json.CONFIG_FILE))[-2:] == ["z", "a"]
    assert written(value, go_json.CONFIG_FILE).endswith(
        '"config":{"Cmd":["x"],"Memory":0},"z":1,"a":{"c":1,"b":2}}'
    )


@pytest.mark.parametrize(
    ("time", "expected"),
    [
        ("2020-01-02T03:04:05Z", "2020-01-02T03:04:05Z"),
        ("2020-01-02T03:04:05.000Z", "2020-01-02T03:04:05Z"),
        ("2020-01-02T03:04:05.100Z", "2020-01-02T03:04:05.1Z"),
        ("2020-01-02T03:04:05.123456789987Z", "2020-01-02T03:04:05.123456789Z"),
        ("2020-01-02T03:04:05.5-07:00", "2020-01-02T03:04:05.5-07:00"),
        ("2020-01-02T03:04:05+00:00", "2020-01-02T03:04:05Z"),
        ("2020-01-02T03:04:05.0-00:00", "2020-01-02T03:04:05Z"),
        ("yesterday", "yesterday"),
        ("2020-01-02T03:04:05", "2020-01-02T03:04:05"),
    ],
)
def test_times_are_written_as_go_writes_them(time: str, expected: str) -> None:
    assert go_json.ordered({"created": time}, go_json.HISTORY)["created"] == expected


def test_the_object_that_is_ordered_is_not_changed() -> None:
    value = {"config": {"Labels": {"b": "1", "a": "2"}}, "created": "2020-01-02T03:04:05.0Z"}
    before = json.dumps(value)
    go_json.ordered(value, go_json.CONFIG_FILE)
    assert json.dumps(value) == before


@pytest.mark.parametrize(
    "raw", [b"[" + b"[]," * 9 + b"[]]", b'{"a":[1,2,3,4],"b":[5,6,7,8]}', b"[[[[[[[[[[[]]]]]]]]]]]"]
)
def test_more_values_than_allowed_are_refused_before_they_are_made(raw: bytes) -> None:
    with pytest.raises(LimitExceededError, match="it has more than 9 JSON values"):
        go_json.loads(raw, "it", Limits(json_values=9))


def test_signs_inside_of_strings_are_no_values() -> None:
    text = ",[{" * 20 + '\\",'
    assert go_json.loads(b'{"' + text.encode() + b'":1}', "it", Limits(json_values=3)) == {
        text.replace("\\", ""): 1
    }


def test_counting_values_takes_little_memory_for_a_long_string() -> None:
    raw = b'["' + b"," * 40 + b"a" * 2**20 + b'"]'
    tracemalloc.start()
    try:
        go_json.loads(raw, "it", Limits(json_values=9))
        peak = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    assert peak < 16 * 2**20


@pytest.mark.parametrize("end", [b"", b"\\", b"\\\n"])
def test_counting_values_takes_linear_time_where_a_string_does_not_end(end: bytes) -> None:
    began = time.monotonic()
    with pytest.raises(LimitExceededError, match="JSON values"):
        go_json.loads(b"," * 40 + b'"' + b'\\"' * 200_000 + end, "it", Limits(json_values=9))
    assert time.monotonic() - began < 10


def test_counting_values_takes_time_in_proportion_to_the_text() -> None:
    raw = b"[" + b"," * 20 + b'"' + b'\\"' * 400_000
    began = time.process_time()
    with pytest.raises(LimitExceededError):
        go_json.loads(raw, "it", Limits(json_values=10))
    assert time.process_time() - began < 5

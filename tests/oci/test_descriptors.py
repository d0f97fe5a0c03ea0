"""Descriptors are read strictly and written as they came."""

from __future__ import annotations

import base64
import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pycrane._errors import MalformedError
from pycrane._oci.descriptor import Descriptor
from pycrane._oci.digest import Digest
from pycrane._oci.platform import Platform

CONTENT = b"content"
DIGEST = str(Digest.of(CONTENT))
PLAIN = {"mediaType": "application/x", "size": 7, "digest": DIGEST}

anything: st.SearchStrategy[Any] = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
    max_leaves=6,
)
KEYS = ("mediaType", "size", "digest", "urls", "annotations", "platform", "artifactType", "data")


def test_all_fields_are_read() -> None:
    value = {
        **PLAIN,
        "urls": ["https://example.com/a"],
        "annotations": {"b": "1", "a": "2"},
        "platform": {"os": "linux", "architecture": "arm64", "variant": "v8"},
        "artifactType": "application/y",
        "data": base64.b64encode(CONTENT).decode(),
    }
    assert Descriptor.from_json(value, "it") == Descriptor(
        "application/x",
        Digest.of(CONTENT),
        7,
        ("https://example.com/a",),
        {"b": "1", "a": "2"},
        Platform("linux", "arm64", "v8"),
        "application/y",
        CONTENT,
        value,
    )


def test_what_was_read_is_written_as_it_came() -> None:
    value = {"com.example": [1, None], "size": 7, "digest": DIGEST, "annotations": {}, "mediaType": ""}
    assert json.dumps(Descriptor.from_json(value, "it").to_json()) == json.dumps(value)


def test_what_is_made_here_is_written_in_gos_order() -> None:
    made = Descriptor(
        "application/x",
        Digest.of(CONTENT),
        7,
        ("https://example.com",),
        {"b": "1", "a": "2"},
        Platform("linux", "amd64"),
        "application/y",
        CONTENT,
    )
    assert json.dumps(made.to_json(), separators=(",", ":")) == (
        f'{{"mediaType":"application/x","size":7,"digest":"{DIGEST}","data":"Y29udGVudA==",'
        '"urls":["https://example.com"],"annotations":{"a":"2","b":"1"},'
        '"platform":{"architecture":"amd64","os":"linux"},"artifactType":"application/y"}'
    )


def test_equal_descriptors_hash_alike() -> None:
    one, other = Descriptor.from_json(PLAIN, "it"), Descriptor("application/x", Digest.of(CONTENT), 7)
    assert one == other
    assert len({one, other}) == 1


@pytest.mark.parametrize(
    "change",
    [
        {"size": -1},
        {"size": 2**63},
        {"size": 7.0},
        {"size": "7"},
        {"size": True},
        {"size": None},
        {"digest": None},
        {"digest": ""},
        {"digest": "sha256:abc"},
        {"digest": 5},
        {"mediaType": 5},
        {"urls": "https://example.com"},
        {"urls": 5},
        {"urls": [5]},
        {"annotations": []},
        {"annotations": {"a": 1}},
        {"annotations": {"a": None}},
        {"platform": "linux/amd64"},
        {"artifactType": {}},
        {"data": 5},
        {"data": "?"},
        {"data": "Y29udGVudA"},
        {"data": "Y29udGVudA==", "size": 8},
        {"data": "b3RoZXIgIQ=="},
    ],
)
def test_what_is_no_descriptor_is_refused_and_its_place_named(change: dict[str, Any]) -> None:
    with pytest.raises(MalformedError, match=r"layers\[2\]"):
        Descriptor.from_json({**PLAIN, **change}, "layers[2]")


@pytest.mark.parametrize("value", [None, [], "text", 5])
def test_what_is_no_object_is_refused(value: object) -> None:
    with pytest.raises(MalformedError, match="it is not a descriptor: expected an object"):
        Descriptor.from_json(value, "it")


@given(st.dictionaries(st.sampled_from(KEYS) | st.text(), anything))
def test_any_json_is_a_descriptor_or_refused(changes: dict[str, Any]) -> None:
    value = {**PLAIN, **changes}
    try:
        descriptor = Descriptor.from_json(value, "it")
    except MalformedError:
        return
    assert descriptor.to_json() == value
    hash(descriptor)


def test_data_of_an_algorithm_that_is_not_known_is_measured_only() -> None:
    value = {**PLAIN, "digest": "blake9:abc", "data": base64.b64encode(CONTENT).decode()}
    assert Descriptor.from_json(value, "it").data == CONTENT

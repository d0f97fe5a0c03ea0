"""Configurations are read for what images need, and keep every field."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from peers import images

from pycrane._errors import MalformedError, PycraneError
from pycrane._oci.config import parse_config
from pycrane._oci.digest import Digest
from pycrane._oci.platform import Platform

IMAGE = images.image(platform="linux/arm64/v8", extra={"author": "me", "com.example": {"b": 1, "a": 2}})
DOCUMENT: dict[str, Any] = json.loads(IMAGE.config.data)


def parse(**changes: Any):
    return parse_config(json.dumps({**DOCUMENT, **changes}).encode(), "the config")


def test_what_images_need_is_read() -> None:
    config = parse_config(IMAGE.config.data)
    assert config.platform == Platform("linux", "arm64", "v8")
    assert config.created == "2024-01-02T03:04:05Z"
    assert config.author == "me"
    assert config.config["Cmd"] == ["/bin/true"]
    assert [entry["created_by"] for entry in config.history] == ["the tests"]
    assert config.diff_ids == tuple(Digest.parse(layer.diff_id) for layer in IMAGE.layers)
    assert json.dumps(config.raw) == json.dumps(DOCUMENT)


def test_null_is_the_same_as_absent() -> None:
    keys = ("architecture", "os", "variant", "author", "created", "config", "history", "rootfs")
    assert parse(**dict.fromkeys(keys)).config == {} == parse_config(b"{}").config
    assert parse(rootfs={"type": "layers", "diff_ids": None}).diff_ids == ()


@pytest.mark.parametrize(
    "changes",
    [
        {"rootfs": []},
        {"rootfs": {"type": "overlay"}},
        {"rootfs": {"diff_ids": "sha256:abc"}},
        {"rootfs": {"diff_ids": ["sha256:abc"]}},
        {"rootfs": {"diff_ids": [None]}},
        {"history": {}},
        {"history": ["RUN x"]},
        {"created": 5},
        {"author": []},
        {"config": "x"},
        {"os": 5},
        {"os.features": "x"},
    ],
)
def test_a_field_of_a_wrong_type_is_refused(changes: dict[str, Any]) -> None:
    with pytest.raises(MalformedError, match="the config"):
        parse(**changes)


@given(st.binary() | st.text().map(lambda text: json.dumps({"os": text, text: None}).encode()))
def test_any_bytes_are_a_config_or_refused(raw: bytes) -> None:
    try:
        config = parse_config(raw)
    except PycraneError:
        return
    assert config.raw == json.loads(raw)

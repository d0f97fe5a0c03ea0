"""Manifests and indexes are read strictly: what could be taken for two things is neither."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from peers import images

from pycrane._errors import LimitExceededError, MalformedError, PycraneError, UnsupportedError
from pycrane._limits import Limits
from pycrane._oci.digest import Digest
from pycrane._oci.manifest import IndexManifest, Manifest, parse_manifest

IMAGE = images.image()
INDEX = images.multi_platform()
KEYS = (
    "schemaVersion", "mediaType", "config", "layers", "manifests", "annotations", "subject", "artifactType",
)  # fmt: skip

anything: st.SearchStrategy[Any] = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
    max_leaves=6,
)


def changed(one: images.Image | images.Index, **changes: Any) -> bytes:
    return json.dumps({**one.manifest, **changes}).encode()


def without(one: images.Image | images.Index, *keys: str) -> bytes:
    return json.dumps({key: item for key, item in one.manifest.items() if key not in keys}).encode()


@pytest.mark.parametrize("family", ["oci", "docker"])
def test_an_image_is_read(family: images.Family) -> None:
    image = images.image(family=family, manifest={"annotations": {"a": "1"}, "com.example": 1})
    manifest = parse_manifest(image.data, image.media_type)
    assert isinstance(manifest, Manifest)
    assert manifest.media_type == image.media_type
    assert manifest.config.digest == Digest.parse(image.config.digest)
    assert [str(layer.digest) for layer in manifest.layers] == [layer.digest for layer in image.layers]
    assert manifest.annotations == {"a": "1"}
    assert manifest.raw == image.manifest


@pytest.mark.parametrize("family", ["oci", "docker"])
def test_an_index_is_read(family: images.Family) -> None:
    index = images.multi_platform(family=family)
    manifest = parse_manifest(index.data, index.media_type)
    assert isinstance(manifest, IndexManifest)
    assert [str(entry.digest) for entry in manifest.manifests] == [child.digest for child in index.children]
    assert [str(entry.platform) for entry in manifest.manifests] == ["linux/amd64", "linux/arm64/v8"]


def test_subject_and_artifact_type_are_read() -> None:
    raw = changed(IMAGE, subject=IMAGE.descriptor, artifactType="application/x")
    manifest = parse_manifest(raw)
    assert manifest.subject
    assert str(manifest.subject.digest) == IMAGE.digest
    assert manifest.artifact_type == "application/x"


def test_without_a_media_type_the_outside_says_what_it_is() -> None:
    docker = "application/vnd.docker.distribution.manifest.v2+json"
    assert parse_manifest(without(IMAGE, "mediaType"), docker).media_type == docker


@pytest.mark.parametrize("said", ["", "application/json", "text/plain"])
def test_without_any_media_type_the_structure_says_what_it_is(said: str) -> None:
    assert isinstance(parse_manifest(without(IMAGE, "mediaType"), said), Manifest)
    assert isinstance(parse_manifest(without(INDEX, "mediaType"), said), IndexManifest)


def test_lists_that_are_null_or_missing_are_empty() -> None:
    for raw in (changed(IMAGE, layers=None), without(IMAGE, "layers")):
        manifest = parse_manifest(raw)
        assert isinstance(manifest, Manifest)
        assert manifest.layers == ()
    for raw in (changed(INDEX, manifests=None), without(INDEX, "manifests")):
        index = parse_manifest(raw, INDEX.media_type)
        assert isinstance(index, IndexManifest)
        assert index.manifests == ()


@pytest.mark.parametrize("key", ["layers", "config"])
def test_what_has_both_manifests_and_layers_is_ambiguous(key: str) -> None:
    with pytest.raises(MalformedError, match="ambiguous"):
        parse_manifest(changed(INDEX, **{key: IMAGE.manifest[key]}))


@pytest.mark.parametrize(("one", "said"), [(IMAGE, INDEX.media_type), (INDEX, IMAGE.media_type)])
def test_what_is_announced_as_something_else_is_refused(one: images.Image | images.Index, said: str) -> None:
    with pytest.raises(MalformedError, match="calls itself"):
        parse_manifest(one.data, said)
    with pytest.raises(MalformedError, match="holds something else"):
        parse_manifest(without(one, "mediaType"), said)


def test_schema_1_is_known_and_not_read() -> None:
    with pytest.raises(UnsupportedError, match="schema 1"):
        parse_manifest(b'{"schemaVersion":1,"name":"x","fsLayers":[]}')


def test_another_kind_of_manifest_is_not_read() -> None:
    with pytest.raises(UnsupportedError, match=r"application/vnd\.example"):
        parse_manifest(changed(IMAGE, mediaType="application/vnd.example"))


@pytest.mark.parametrize(
    "changes",
    [
        {"schemaVersion": None},
        {"schemaVersion": "2"},
        {"schemaVersion": 3},
        {"schemaVersion": 2.0},
        {"mediaType": 5},
        {"mediaType": []},
        {"artifactType": 0},
        {"config": None},
        {"config": []},
        {"layers": {}},
        {"layers": [None]},
        {"annotations": []},
        {"annotations": {"a": 1}},
        {"subject": "sha256:abc"},
    ],
)
def test_what_is_no_manifest_is_refused(changes: dict[str, Any]) -> None:
    with pytest.raises(MalformedError, match="the manifest"):
        parse_manifest(changed(IMAGE, **changes), what="the manifest")


@given(st.dictionaries(st.sampled_from(KEYS) | st.text(), anything), st.sampled_from([IMAGE, INDEX]))
def test_any_json_is_a_manifest_or_refused(changes: dict[str, Any], one: images.Image | images.Index) -> None:
    raw = changed(one, **changes)
    try:
        assert parse_manifest(raw).raw == json.loads(raw)
    except PycraneError:
        return


@given(st.binary())
def test_any_bytes_are_refused(raw: bytes) -> None:
    with pytest.raises(PycraneError):
        parse_manifest(raw)


def test_more_entries_than_allowed_are_refused() -> None:
    with pytest.raises(LimitExceededError, match="2 manifests, more than 1"):
        parse_manifest(INDEX.data, limits=Limits(index_entries=1))
    with pytest.raises(LimitExceededError, match="1 layers, more than 0"):
        parse_manifest(IMAGE.data, limits=Limits(layers=0))

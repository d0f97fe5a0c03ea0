"""Conversion between OCI's and Docker's formats: what changes, what stays, what a format cannot hold."""

from __future__ import annotations

import json

import pytest

from pycrane._errors import UnsupportedError
from pycrane._image.content import MemoryContent
from pycrane._image.view import Image, Index, open_view
from pycrane._mutate.convert import convert
from pycrane._oci import media_types as types
from pycrane._oci.digest import Digest

CONFIG = (
    b'{"os":"linux","architecture":"arm64",'
    b'"config":{"Healthcheck":{"Test":["NONE"]},"Shell":["/bin/sh"]},"x":1}'
)
STYLES = {
    "compact": {"separators": (",", ":")},
    "Docker's": {"indent": 3, "separators": (",", ": ")},
    "skopeo's": {"indent": 2},
    "Python's": {},
}


def described(media_type: str, data: bytes, **more: object) -> dict[str, object]:
    return {"mediaType": media_type, "digest": str(Digest.of(data)), "size": len(data), **more}


def docker_image(style: str = "compact", layer: bytes = b"layer", **more: object) -> Image:
    manifest = {
        "schemaVersion": 2,
        "mediaType": types.DOCKER_MANIFEST,
        "config": described(types.DOCKER_CONFIG, CONFIG, **{"com.example.<b>": "ü"}),
        "layers": [described(types.DOCKER_LAYER_GZIP, layer)],
        **more,
    }
    raw = json.dumps(manifest, ensure_ascii=False, **STYLES[style]).encode()
    content = MemoryContent({Digest.of(CONFIG): CONFIG, Digest.of(layer): layer})
    image = open_view(content, raw)
    assert isinstance(image, Image)
    return image


def oci_image(
    layer_type: str = types.OCI_LAYER_GZIP, config_type: str = types.OCI_CONFIG, **more: object
) -> Image:
    manifest = {
        "schemaVersion": 2,
        "mediaType": types.OCI_MANIFEST,
        "config": described(config_type, CONFIG),
        "layers": [described(layer_type, b"layer")],
        **more,
    }
    content = MemoryContent({Digest.of(CONFIG): CONFIG, Digest.of(b"layer"): b"layer"})
    image = open_view(content, json.dumps(manifest).encode())
    assert isinstance(image, Image)
    return image


def index_of(
    *entries: tuple[Image, dict[str, object]], media_type: str = types.OCI_INDEX, **more: object
) -> Index:
    manifests = [described(image.media_type, image.raw_manifest, **fields) for image, fields in entries]
    held = {image.digest: image.raw_manifest for image, _ in entries}
    held |= {Digest.of(data): data for data in (CONFIG, b"layer", b"{}")}
    raw = json.dumps({"schemaVersion": 2, "mediaType": media_type, "manifests": manifests, **more}).encode()
    index = open_view(MemoryContent(held), raw)
    assert isinstance(index, Index)
    return index


@pytest.mark.parametrize("style", STYLES)
def test_a_round_trip_gives_the_first_digest_again(style):
    image = docker_image(style)
    there = convert(image, "oci")
    assert there.media_type == types.OCI_MANIFEST
    assert there.digest != image.digest
    assert convert(there, "docker").raw_manifest == image.raw_manifest


def test_media_types_change_and_nothing_else():
    image = docker_image()
    there = convert(image, "oci")
    expected = json.loads(image.raw_manifest)
    expected["mediaType"] = types.OCI_MANIFEST
    expected["config"]["mediaType"] = types.OCI_CONFIG
    expected["layers"][0]["mediaType"] = types.OCI_LAYER_GZIP
    assert json.loads(there.raw_manifest) == expected
    assert there.raw_config_file == CONFIG
    assert there.media_type == there.descriptor.media_type == types.OCI_MANIFEST


def test_an_image_of_the_family_stays_as_it_is():
    image = oci_image()
    assert convert(image, "oci").raw_manifest == image.raw_manifest


def test_a_manifest_without_a_media_type_gets_docker_s():
    image = oci_image()
    fields = {name: value for name, value in json.loads(image.raw_manifest).items() if name != "mediaType"}
    bare = open_view(image.content, json.dumps(fields).encode())
    there = json.loads(convert(bare, "docker").raw_manifest)
    assert list(there)[:2] == ["schemaVersion", "mediaType"]
    assert there["mediaType"] == types.DOCKER_MANIFEST


@pytest.mark.parametrize(
    ("more", "named"),
    [
        ({"annotations": {"a": "b"}}, "annotations"),
        ({"subject": described(types.OCI_MANIFEST, b"x")}, "subject"),
        ({"artifactType": "application/x"}, "artifactType"),
    ],
)
def test_fields_that_docker_cannot_hold_are_named_and_left_out_only_on_request(more, named):
    image = oci_image(**more)
    with pytest.raises(UnsupportedError, match=rf"has {named}, which Docker's format cannot hold"):
        assert convert(image, "docker").digest
    assert named not in json.loads(convert(image, "docker", lossy=True).raw_manifest)


@pytest.mark.parametrize("lossy", [False, True])
def test_layers_that_docker_cannot_hold_are_an_error_in_any_case(lossy):
    with pytest.raises(UnsupportedError, match=r"layer 0 .* is of type .*zstd") as caught:
        assert convert(oci_image(types.OCI_LAYER_ZSTD), "docker", lossy=lossy).digest
    assert caught.value.hint == "compress it with --compression gzip"
    with pytest.raises(UnsupportedError, match="encrypted"):
        assert convert(oci_image(types.OCI_LAYER_GZIP + "+encrypted"), "docker", lossy=lossy).digest


def test_an_artifact_is_not_an_image_of_docker_s():
    with pytest.raises(UnsupportedError, match="is an artifact with a config of type application/x"):
        assert convert(oci_image(config_type="application/x"), "docker").digest


def test_an_index_is_converted_with_its_images_and_their_attestations_follow():
    image = oci_image()
    attestation = oci_image("application/vnd.in-toto+json")
    unknown = {"architecture": "unknown", "os": "unknown"}
    refers = {
        "vnd.docker.reference.digest": str(image.digest),
        "vnd.docker.reference.type": "attestation-manifest",
    }
    index = index_of((image, {}), (attestation, {"platform": unknown, "annotations": refers}))
    there = convert(index, "docker")
    assert there.media_type == types.DOCKER_INDEX
    first, second = there.index_manifest.manifests
    assert first.media_type == types.DOCKER_MANIFEST
    assert first.platform is not None
    assert first.platform.to_json() == {"architecture": "arm64", "os": "linux"}
    assert second.annotations == {**refers, "vnd.docker.reference.digest": str(first.digest)}
    child = there.child(first)
    assert isinstance(child, Image)
    assert child.raw_config_file == CONFIG
    assert child.manifest.layers[0].media_type == types.DOCKER_LAYER_GZIP


def test_an_index_comes_back_with_its_digest():
    index = index_of(
        (docker_image(), {"platform": {"architecture": "arm64", "os": "linux"}}),
        media_type=types.DOCKER_INDEX,
    )
    there = convert(index, "oci")
    assert there.media_type == types.OCI_INDEX
    assert convert(there, "docker").raw_manifest == index.raw_manifest


def test_indexes_within_are_converted_too():
    inner = index_of(
        (docker_image(), {"platform": {"architecture": "arm64", "os": "linux"}}),
        media_type=types.DOCKER_INDEX,
    )
    entry = described(inner.media_type, inner.raw_manifest)
    raw = json.dumps({"schemaVersion": 2, "mediaType": types.DOCKER_INDEX, "manifests": [entry]}).encode()
    outer = open_view(MemoryContent({inner.digest: inner.raw_manifest}, inner.content), raw)
    assert isinstance(outer, Index)
    child = convert(outer, "oci").image_index(convert(inner, "oci").digest)
    image = child.image(child.index_manifest.manifests[0].digest)
    assert image.media_type == types.OCI_MANIFEST
    assert image.raw_config_file == CONFIG

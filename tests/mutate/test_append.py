"""Layers are put on top of images, and the result has the digest that crane gives it."""

from __future__ import annotations

import base64
import json
import struct
import zlib
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from peers import images

from pycrane._errors import NotFoundError
from pycrane._image.empty import empty_image
from pycrane._image.validate import validate
from pycrane._image.view import Image, Index, Layer, View
from pycrane._layers.local import LayerFiles
from pycrane._mutate.append import append_layers, is_windows, layer_of
from pycrane._oci.descriptor import Descriptor
from pycrane._oci.digest import Digest
from pycrane._reference import parse_reference

BASE = parse_reference("registry.example.com/base:v1")


def stored_gzip(data: bytes) -> bytes:
    """Gzip without compression: the same bytes whatever program Python was built with."""
    header = bytes([0x1F, 0x8B, 8, 0, 0, 0, 0, 0, 0, 0xFF])
    block = struct.pack("<BHH", 1, len(data), len(data) ^ 0xFFFF) + data
    return header + block + struct.pack("<II", zlib.crc32(data), len(data))


def stored_zstd(data: bytes) -> bytes:
    """A zstd frame of one raw block."""
    header = b"\x28\xb5\x2f\xfd" + bytes([0x60]) + struct.pack("<H", len(data) - 256)
    return header + struct.pack("<I", 1 | len(data) << 3)[:3] + data


TAR, OTHER = images.tar({"a": b"hello\n"}), images.tar({"b/": None, "b/c": b"more\n"})
FIRST, SECOND, THIRD = stored_gzip(TAR), stored_gzip(OTHER), stored_zstd(TAR)
LAYERS = {"1.tar.gz": FIRST, "2.tar.gz": SECOND, "3.tar.zst": THIRD}

BOTTOM = images.tar({"base": b"1\n"})
BOTTOM_ID = images.digest_of(BOTTOM)
BUILDKIT: dict[str, Any] = {
    "architecture": "arm64",
    "config": {
        "Env": ["PATH=/usr/bin", "X=<a>&b"],
        "Cmd": ["/bin/sh", "-c", "echo \u2028 é"],
        "WorkingDir": "/",
        "Labels": {"z": "1", "a": "<html>"},
        "OnBuild": None,
        "ArgsEscaped": True,
    },
    "created": "2024-05-01T10:00:00.120000000Z",
    "history": [
        {
            "created": "2024-05-01T10:00:00Z",
            "created_by": "RUN /bin/sh -c a && b > c # buildkit",
            "comment": "buildkit.dockerfile.v0",
        },
        {"created": "2024-05-01T10:00:00.5+00:00", "created_by": "ENV X", "empty_layer": True},
    ],
    "os": "linux",
    "rootfs": {"type": "layers", "diff_ids": [BOTTOM_ID]},
    "variant": "v8",
}
DOCKER: dict[str, Any] = {
    "architecture": "amd64",
    "config": {
        "Hostname": "",
        "AttachStdin": False,
        "Env": ["PATH=/x"],
        "Cmd": ["sh"],
        "Image": "sha256:abc",
        "Volumes": {"/v": {}, "/a": {}},
        "Entrypoint": None,
        "OnBuild": [],
        "Labels": None,
        "ExposedPorts": {"80/tcp": {}, "443/tcp": {}},
        "Healthcheck": {"Test": ["CMD", "x"], "Interval": 30000000000, "Timeout": 0, "Retries": 3},
        "Shell": ["/bin/bash", "-c"],
        "StopSignal": "SIGTERM",
    },
    "container": "cafe",
    "created": "2019-01-01T00:00:00.123456789Z",
    "docker_version": "18.06",
    "history": [{"created": "2019-01-01T00:00:00Z", "author": "me <me@example.com>", "empty_layer": False}],
    "os": "linux",
    "rootfs": {"type": "layers", "diff_ids": [BOTTOM_ID]},
    "author": "A <a@b>",
    "os.version": "10",
    "os.features": ["win32k"],
}
NULLS: dict[str, Any] = {
    "architecture": "amd64",
    "os": "linux",
    "rootfs": {"diff_ids": [BOTTOM_ID], "type": "layers"},
    "config": None,
    "history": None,
    "created": None,
    "author": None,
}
CONFIGS = {"buildkit": BUILDKIT, "docker": DOCKER, "nulls": NULLS}
ANNOTATED = {"annotations": {"z": "<1>", "a.b": ""}, "artifactType": "application/x"}

# What `crane append -f 1.tar.gz -f 2.tar.gz` answers, by config and base.
CRANE: dict[tuple[str, images.Family, bool], str] = {
    ("buildkit", "docker", False): "sha256:6655a56f6d60b9b772d58685090196b936637f27541a3fc06f9672fb67d257c0",
    ("buildkit", "docker", True): "sha256:c89b375a7d1ca58a4d716ddd3e636c6bdbd508b080b97f9a16c193ba9c3da964",
    ("buildkit", "oci", False): "sha256:269855d0245f9a1d720df776d0af2fddbf548eadce60d18c28f96d7c98386ff6",
    ("buildkit", "oci", True): "sha256:37f07d9697c5290c3a3961a1fbe1af42f1139c014f7a40212d3d4c1e2c459c16",
    ("docker", "docker", False): "sha256:fd4d7822e25e922858dd2040d78c38911eb8f1bb4ede86c521689523bcaa6ce2",
    ("docker", "docker", True): "sha256:28dee6cff92865a6b36a32a2e699a5b12767395e01bc3ba7837ba0b19d0f83cc",
    ("docker", "oci", False): "sha256:e3b51b47d686fb9a402f4574911bd2b7079c1d5fccda9cf169da42d2a05b6b03",
    ("docker", "oci", True): "sha256:7c47053d757014ce25b53a4c50303bf74f736ba18ed0d484d94af1caeb600658",
}
# What `crane append` without a base answers, by layers and --oci-empty-base.
CRANE_EMPTY: dict[tuple[tuple[str, ...], bool], str] = {
    (("1.tar.gz",), False): "sha256:7b82e809675636870f1651aedf8514cbf8116c6a3b76db6f373da0c3af1bff9c",
    (("1.tar.gz",), True): "sha256:cb860f8cb5446522f4895ec5556c36ae09bfa09b2e4ec79a28717d3a67c6ced2",
    (
        ("1.tar.gz", "2.tar.gz"),
        False,
    ): "sha256:aeb5623bbb772117416fe1681c4388db77d5c731e9fe176fdbbe11a473bd4767",
    (
        ("1.tar.gz", "2.tar.gz"),
        True,
    ): "sha256:1797bd145635ba25d61d23679ed7d1b93ded97297ae9a101076b3cb1295f2da2",
    (
        ("1.tar.gz", "1.tar.gz"),
        False,
    ): "sha256:3ddc6bf6297b61670c13c216cfc51aa136921228f4475118d4d5a71dced48c24",
    (
        ("1.tar.gz", "1.tar.gz"),
        True,
    ): "sha256:8049f288052fb483b31062971ea381dd4ce3e949357424749ce8dbb3afa6f6f8",
    (
        ("2.tar.gz", "3.tar.zst"),
        False,
    ): "sha256:d2e397a4f2eab5f755c531b11c33acb608696e5ce59695da75d1be520a22b2b0",
    (
        ("2.tar.gz", "3.tar.zst"),
        True,
    ): "sha256:2ed425499f09e7ad45dc77dff31c806e2440f21a9cc0c00141a7a8c489337219",
}


def base_image(config: str, family: images.Family, annotated: bool) -> images.Image:
    """A base with one layer and a config of this shape."""
    document = {**CONFIGS[config]}
    kind = images.DOCKER_CONFIG if family == "docker" else images.OCI_CONFIG
    bottom = images.Layer(
        images.DOCKER_LAYER + ".gzip" if family == "docker" else images.OCI_LAYER + "+gzip",
        stored_gzip(BOTTOM),
        content=BOTTOM,
    )
    return images.assemble(
        images.Blob(kind, json.dumps(document, indent=1).encode()),
        [bottom],
        media_type=images.DOCKER_MANIFEST if family == "docker" else images.OCI_MANIFEST,
        manifest=ANNOTATED if annotated else None,
    )


@pytest.fixture
def layers(tmp_path: Path) -> Iterator[Callable[..., list[Layer]]]:
    """Layers by the names of their files."""
    for name, data in LAYERS.items():
        (tmp_path / name).write_bytes(data)
    with LayerFiles() as files:
        yield lambda *names: [layer_of(files.read(tmp_path / name)) for name in names]


def as_json(image: Image) -> tuple[dict[str, Any], dict[str, Any]]:
    """Manifest and config."""
    return json.loads(image.raw_manifest), json.loads(image.raw_config_file)


def all_content(view: View) -> dict[Digest, bytes]:
    """Every blob below a view, verified, read as a transfer reads it: through the view it was found in."""
    if isinstance(view, Index):
        found: dict[Digest, bytes] = {}
        for entry in view.index_manifest.manifests:
            found |= all_content(view.child(entry))
        return found
    found = {layer.digest: layer.compressed().read() for layer in view.layers}
    return found | {view.config_name: view.raw_config_file}


@pytest.mark.parametrize(("names", "oci"), CRANE_EMPTY)
def test_on_an_empty_base_the_digest_is_cranes(layers, names: tuple[str, ...], oci: bool) -> None:
    image = append_layers(empty_image(oci=oci), layers(*names))
    assert str(image.digest) == CRANE_EMPTY[names, oci]


@pytest.mark.parametrize(("config", "family", "annotated"), CRANE)
def test_on_a_base_the_digest_is_cranes(
    layers, view_of, config: str, family: images.Family, annotated: bool
) -> None:
    base = view_of(base_image(config, family, annotated))
    image = append_layers(base, layers("1.tar.gz", "2.tar.gz"))
    assert str(image.digest) == CRANE[config, family, annotated]


@pytest.mark.parametrize("family", ["docker", "oci"])
def test_every_blob_of_the_result_can_be_read(layers, view_of, family: images.Family) -> None:
    image = append_layers(view_of(base_image("docker", family, True)), layers("1.tar.gz", "3.tar.zst"))
    assert {FIRST, THIRD, stored_gzip(BOTTOM), image.raw_config_file} == set(all_content(image).values())
    assert [layer.uncompressed().read() for layer in image.layers] == [BOTTOM, TAR, TAR]
    assert [layer.diff_id for layer in image.layers] == [Digest.of(BOTTOM), Digest.of(TAR), Digest.of(TAR)]


@pytest.mark.parametrize(
    ("family", "media_types"),
    [
        ("docker", [images.DOCKER_LAYER + ".gzip", images.OCI_LAYER + "+zstd"]),
        ("oci", [images.OCI_LAYER + "+gzip", images.OCI_LAYER + "+zstd"]),
    ],
)
def test_layers_have_the_media_types_of_the_bases_family(
    layers, view_of, family: images.Family, media_types: list[str]
) -> None:
    image = append_layers(view_of(images.image(family=family)), layers("1.tar.gz", "3.tar.zst"))
    assert [layer.media_type for layer in image.layers[1:]] == media_types


def test_a_layer_of_a_docker_image_becomes_an_oci_one_in_an_oci_image(view_of) -> None:
    other = view_of(images.image(family="docker"))
    image = append_layers(view_of(images.image()), other.layers)
    assert image.layers[1].media_type == images.OCI_LAYER + "+gzip"
    assert image.layers[1].uncompressed().read() == other.layers[0].uncompressed().read()


def test_fields_that_nobody_knows_are_kept(layers, view_of) -> None:
    base = images.image(
        config={"Healthcheck": {"Test": ["NONE"], "StartInterval": 5}, "Memory": 12},
        extra={"moby.buildkit.cache.v0": {"z": [1.5, None], "a": True}},
        manifest={"com.example": {"b": 1, "a": 2}, "subject": images.image().descriptor},
    )
    manifest, config = as_json(append_layers(view_of(base), layers("1.tar.gz")))
    assert manifest["com.example"] == {"b": 1, "a": 2}
    assert manifest["subject"] == images.image().descriptor
    assert config["moby.buildkit.cache.v0"] == {"z": [1.5, None], "a": True}
    assert config["config"]["Healthcheck"] == {"Test": ["NONE"], "StartInterval": 5}
    assert config["config"]["Memory"] == 12


def test_each_layer_has_a_history_entry(layers, view_of) -> None:
    base = view_of(images.image())
    image = append_layers(base, layers("1.tar.gz", "2.tar.gz"), history={"created_by": "me", "comment": "it"})
    entry = {"created": "0001-01-01T00:00:00Z", "created_by": "me", "comment": "it"}
    assert as_json(image)[1]["history"] == [*base.config_file.history, entry, entry]


@pytest.mark.parametrize("family", ["docker", "oci"])
def test_a_base_without_history_gets_an_entry_for_each_layer(layers, view_of, family) -> None:
    base = view_of(base_image("nulls", family, False))
    image = append_layers(base, layers("1.tar.gz"), history={"created_by": "mine"})
    empty = {"created": "0001-01-01T00:00:00Z"}
    below = [empty] * len(base.manifest.layers)
    assert list(image.config_file.history) == [*below, {**empty, "created_by": "mine"}]
    assert validate(image) == []


def test_a_base_is_noted_by_name_and_digest(layers, view_of) -> None:
    base = view_of(base_image("nulls", "oci", True))
    image = append_layers(base, layers("1.tar.gz"), based_on=BASE)
    assert image.manifest.annotations == {
        "a.b": "",
        "org.opencontainers.image.base.digest": str(base.digest),
        "org.opencontainers.image.base.name": "registry.example.com/base:v1",
        "z": "<1>",
    }


def test_a_base_named_by_digest_is_noted_by_digest_alone(layers, view_of) -> None:
    base = view_of(images.image())
    image = append_layers(base, layers("1.tar.gz"), based_on=BASE.with_digest(base.digest))
    assert image.manifest.annotations == {"org.opencontainers.image.base.digest": str(base.digest)}


def test_embedded_config_is_brought_up_to_date(layers, view_of) -> None:
    config = images.image().config
    embedded = {**config.descriptor, "data": base64.b64encode(config.data).decode()}
    base = images.assemble(config, images.image().layers, manifest={"config": embedded})
    image = append_layers(view_of(base), layers("1.tar.gz"))
    assert image.manifest.config.data != config.data
    assert image.manifest.config.data == all_content(image)[image.config_name]


def test_an_artifact_keeps_its_config(layers, view_of) -> None:
    base = images.assemble(images.Blob("application/vnd.example+json", b'{"b" : 1}'), [images.layer({})])
    image = append_layers(view_of(base), layers("1.tar.gz"))
    assert image.raw_config_file == b'{"b" : 1}'
    assert [layer.digest for layer in image.layers][1:] == [Digest.of(FIRST)]


def test_the_base_is_not_changed(layers, view_of) -> None:
    base = view_of(images.image())
    before = json.dumps(base.manifest.raw), json.dumps(base.config_file.raw)
    append_layers(base, layers("1.tar.gz"), based_on=BASE)
    assert (json.dumps(base.manifest.raw), json.dumps(base.config_file.raw)) == before


def test_every_image_of_an_index_gets_the_layers(layers, view_of) -> None:
    index = view_of(images.multi_platform("linux/amd64", "linux/arm64/v8", "windows/amd64"))
    result = append_layers(index, layers("1.tar.gz"), based_on=BASE)
    for before, after in zip(index.index_manifest.manifests, result.index_manifest.manifests, strict=True):
        image = result.child(after)
        assert after.platform == before.platform
        assert (
            image.raw_manifest
            == append_layers(index.child(before), layers("1.tar.gz"), based_on=BASE).raw_manifest
        )
        assert image.manifest.annotations["org.opencontainers.image.base.digest"] == str(before.digest)
        assert image.layers[-1].compressed().read() == FIRST
    assert len(all_content(result)) == 3 + 3 + 1


def test_attestations_artifacts_and_everything_else_of_an_index_stay(layers, view_of) -> None:
    subject = images.image()
    attested, notes = images.attestation(subject)
    artifact = images.assemble(images.Blob("application/vnd.example+json", b"{}"), [images.layer({})])
    index = view_of(
        images.index(
            subject,
            attested,
            artifact,
            annotations={attested.digest: notes, subject.digest: {"k": "<v>"}},
            manifest={
                "annotations": {"b": "1", "a": "2"},
                "com.example": [1],
                "subject": artifact.descriptor,
            },
        )
    )
    result = append_layers(index, layers("1.tar.gz"))
    before, after = json.loads(index.raw_manifest), json.loads(result.raw_manifest)
    assert after.pop("manifests")[1:] == before["manifests"][1:]
    assert before.pop("manifests")
    assert after == before
    assert result.index_manifest.manifests[0].annotations == {"k": "<v>"}
    assert all_content(result)


def test_an_index_within_an_index_is_appended_to(layers, view_of) -> None:
    result = append_layers(view_of(images.nested()), layers("1.tar.gz"))
    inner, image = (result.child(entry) for entry in result.index_manifest.manifests)
    assert all(
        inner.child(entry).layers[-1].digest == Digest.of(FIRST) for entry in inner.index_manifest.manifests
    )
    assert image.layers[-1].digest == Digest.of(FIRST)
    assert FIRST in all_content(result).values()


def test_an_image_that_stands_twice_in_an_index_is_changed_in_both_places(layers, view_of) -> None:
    image = images.image()
    result = append_layers(view_of(images.index(image, image)), layers("1.tar.gz"))
    one, other = result.index_manifest.manifests
    assert one.digest == other.digest != Digest.parse(image.digest)


def test_an_index_of_attestations_alone_is_left_as_it_is(layers, view_of) -> None:
    index = view_of(images.index(images.attestation(images.image())[0]))
    assert append_layers(index, layers("1.tar.gz")).raw_manifest == index.raw_manifest


def test_an_appended_image_can_be_appended_to(layers, view_of) -> None:
    index = view_of(images.nested())
    twice = append_layers(append_layers(index, layers("1.tar.gz")), layers("2.tar.gz"))
    assert {FIRST, SECOND} <= set(all_content(twice).values())


def test_content_that_is_nowhere_is_not_found(layers, view_of) -> None:
    image = append_layers(view_of(images.image()), layers("1.tar.gz"))
    with pytest.raises(NotFoundError):
        image.content.open_blob(Descriptor("", Digest.of(b"nothing"), 7))


def test_windows_images_of_an_index_get_layers_of_their_own(layers, view_of) -> None:
    index = view_of(images.multi_platform("linux/amd64", "windows/amd64"))
    result = append_layers(index, layers("1.tar.gz"), windows_layers=lambda: layers("2.tar.gz"))
    tops = [result.child(entry).layers[-1].compressed().read() for entry in result.index_manifest.manifests]
    assert tops == [FIRST, SECOND]


def test_without_windows_images_no_layers_are_made_for_them(layers, view_of) -> None:
    def never() -> list[Layer]:
        raise AssertionError("nobody asked for these")

    append_layers(view_of(images.multi_platform()), layers("1.tar.gz"), windows_layers=never)


def test_only_images_for_windows_are_windows_images(view_of) -> None:
    assert is_windows(view_of(images.image(platform="windows/amd64")))
    assert not is_windows(view_of(images.image()))
    artifact = images.assemble(images.Blob("application/vnd.example+json", b'{"os":"windows"}'), [])
    assert not is_windows(view_of(artifact))

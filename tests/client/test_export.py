"""export writes an image's file system as one tar, from every medium, whole or not at all."""

from __future__ import annotations

import io
import tarfile
from pathlib import Path

import pytest
from peers import images, media

from pycrane import Client
from pycrane._archive.source import open_path
from pycrane._errors import DigestMismatchError, PlatformNotFoundError, UnsupportedError
from pycrane._oci.platform import Platform

CLIENT = Client()

LAYERS = [
    images.layer({"a": b"old", "d": None, "d/b": b"1"}, compression="gzip"),
    images.layer({"a": b"new", "d/.wh.b": b""}, compression="zstd"),
    images.layer({"c": b"3"}, compression=""),
]
IMAGE = images.image(*LAYERS)


def files(tar: bytes) -> dict[str, bytes | None]:
    with tarfile.open(fileobj=io.BytesIO(tar)) as archive:
        return {
            member.name: content.read() if (content := archive.extractfile(member)) else None
            for member in archive
        }


def test_layers_of_all_compressions_become_one_tar(tmp_path: Path) -> None:
    layout = media.write_layout(tmp_path / "layout", IMAGE)
    with open_path(layout) as source:
        CLIENT.export(source.select(), tmp_path / "out.tar")
    assert files((tmp_path / "out.tar").read_bytes()) == {"c": b"3", "a": b"new", "d": None}


def test_a_docker_archive_gives_the_same(tmp_path: Path) -> None:
    saved = media.write_docker_save(tmp_path / "saved.tar", IMAGE, tags={IMAGE.digest: ["example.com/a:1"]})
    with open_path(saved) as source:
        assert files(CLIENT.exported(source.select()).read()) == {"c": b"3", "a": b"new", "d": None}


def test_an_index_gives_the_image_for_the_platform(tmp_path: Path) -> None:
    layout = media.write_layout(tmp_path / "layout", images.multi_platform("linux/amd64", "linux/arm64/v8"))
    with open_path(layout) as source:
        view = source.select()
        assert files(CLIENT.exported(view).read()) == {"hello.txt": b"hello linux/amd64\n"}
        arm = Platform.parse("linux/arm64")
        assert files(CLIENT.exported(view, arm).read()) == {"hello.txt": b"hello linux/arm64/v8\n"}
        with pytest.raises(PlatformNotFoundError):
            CLIENT.exported(view, Platform.parse("linux/s390x"))


def artifact(*contents: bytes) -> images.Image:
    blobs = [images.Layer("application/x-note", data) for data in contents]
    return images.assemble(images.Blob("application/vnd.oci.empty.v1+json", b"{}"), blobs)


def test_the_one_blob_of_an_artifact_is_passed_on_as_it_is(tmp_path: Path) -> None:
    content = LAYERS[0].data
    with open_path(media.write_layout(tmp_path / "layout", artifact(content))) as source:
        assert CLIENT.exported(source.select()).read() == content


def test_several_blobs_are_no_file_system(tmp_path: Path) -> None:
    with open_path(media.write_layout(tmp_path / "layout", artifact(b"1", b"2"))) as source:
        view = source.select()
        with pytest.raises(UnsupportedError, match="no file system"):
            CLIENT.exported(view)


def test_a_broken_layer_leaves_the_file_that_was_there(tmp_path: Path) -> None:
    layout, out = media.write_layout(tmp_path / "layout", IMAGE), tmp_path / "out.tar"
    out.write_bytes(b"before")
    there = set(tmp_path.iterdir())
    blob = layout / "blobs" / LAYERS[2].digest.replace(":", "/")
    blob.write_bytes(blob.read_bytes().replace(b"3", b"4"))
    with open_path(layout) as source, pytest.raises(DigestMismatchError):
        CLIENT.export(source.select(), out)
    assert out.read_bytes() == b"before"
    assert set(tmp_path.iterdir()) == there


@pytest.mark.parametrize("compression", ["gzip", "zstd", ""])
def test_a_layer_whose_diff_id_is_wrong_is_found_out(tmp_path: Path, compression: images.Compression) -> None:
    layers = [images.layer({name: b"1"}, compression=compression) for name in "ab"]
    diff_ids = [layers[0].diff_id, "sha256:" + "0" * 64]
    wrong = images.image(*layers, extra={"rootfs": {"type": "layers", "diff_ids": diff_ids}})
    with (
        open_path(media.write_layout(tmp_path / "layout", wrong)) as source,
        pytest.raises(DigestMismatchError, match=f"layer {layers[1].digest} without its compression"),
    ):
        CLIENT.export(source.select(), tmp_path / "out.tar")
    assert not (tmp_path / "out.tar").exists()

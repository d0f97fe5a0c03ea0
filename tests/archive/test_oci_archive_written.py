"""An OCI archive is a layout in one tar: complete, always the same bytes, and whole or not there."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from archive.views import bring, everything_in, golden, members, names_in, view_of
from peers.images import Image, Index, every_blob, every_manifest, image, layer, multi_platform

from pycrane._archive.oci_archive_sink import OciArchiveSink
from pycrane._archive.source import open_path
from pycrane._errors import PycraneError
from pycrane._image.validate import validate

ROOTS = [image(layer({"a": b"A"}), layer({"b": b"B"})), multi_platform()]
roots = pytest.mark.parametrize("root", ROOTS, ids=["image", "index"])


def entries_of(path: Path) -> list[dict[str, object]]:
    entries: list[dict[str, object]] = json.loads(members(path)["index.json"])["manifests"]
    return entries


@roots
def test_the_archive_holds_a_layout_with_every_blob(folder, root: Image | Index):
    bring(OciArchiveSink(folder / "a.tar", exact_names=True), (root, "v1"))
    found = members(folder / "a.tar")
    blobs = [*every_blob(root).values(), *every_manifest(root)]
    assert set(found) == {"oci-layout", "index.json", *(f"blobs/{b.digest.replace(':', '/')}" for b in blobs)}
    assert json.loads(found["oci-layout"]) == {"imageLayoutVersion": "1.0.0"}
    with open_path(folder / "a.tar") as archive:
        assert archive.select("v1").raw_manifest == root.data
        assert validate(archive.select()) == []


def test_only_what_was_asked_for_is_listed_in_the_index(folder):
    both, one = ROOTS[1], ROOTS[0]
    bring(OciArchiveSink(folder / "a.tar"), (both, None), (one, "example.com/app:1"))
    assert [entry["digest"] for entry in entries_of(folder / "a.tar")] == [both.digest, one.digest]
    assert [entry.get("annotations") for entry in entries_of(folder / "a.tar")] == [None, None]


@pytest.mark.parametrize("name", ["v1", "docker.io/library/app:v1", "a/b--c"])
def test_the_reference_name_is_kept_as_it_is(folder, name):
    bring(OciArchiveSink(folder / "a.tar", exact_names=True), (golden(), name))
    [entry] = entries_of(folder / "a.tar")
    assert entry["annotations"] == {"k": "v", "org.opencontainers.image.ref.name": name}


def test_the_same_image_gives_the_same_bytes(folder):
    for name in ("a", "b"):
        bring(OciArchiveSink(folder / name), (ROOTS[1], None))
    assert (folder / "a").read_bytes() == (folder / "b").read_bytes()


def test_digests_that_are_longer_than_a_header_holds_are_whole(folder):
    one = image(layer({"a": b""}, algorithm="sha512"), algorithm="sha512")
    bring(OciArchiveSink(folder / "a.tar"), (one, None))
    with open_path(folder / "a.tar") as archive:
        assert validate(archive.select()) == []


def test_what_fails_leaves_the_old_file_and_nothing_else(folder):
    (folder / "a.tar").write_bytes(b"old")
    broken = view_of(golden(), without=golden().layers[0].digest, instead=b"x")
    with pytest.raises(PycraneError):
        bring(OciArchiveSink(folder / "a.tar"), (broken, None))
    assert everything_in(folder) == {"a.tar": b"old"}


def test_nothing_but_the_file_is_made(folder):
    bring(OciArchiveSink(folder / "a.tar"), (golden(), None))
    assert names_in(folder) == ["a.tar"]


def test_standard_output_gets_the_file_once_it_is_whole(folder, capfdbinary):
    bring(OciArchiveSink(folder / "a.tar"), (golden(), None))
    bring(OciArchiveSink(None), (golden(), None))
    assert capfdbinary.readouterr().out == (folder / "a.tar").read_bytes()


@pytest.mark.peer
@roots
def test_skopeo_and_umoci_read_it(folder, skopeo, umoci, root: Image | Index):
    bring(OciArchiveSink(folder / "a.tar", exact_names=True), (root, "v1"))
    skopeo("copy", "--all", f"oci-archive:{folder / 'a.tar'}:v1", f"oci:{folder / 'layout'}:v1")
    assert umoci("ls", "--layout", str(folder / "layout")).stdout.split() == ["v1"]
    with open_path(folder / "layout") as layout:
        assert layout.select("v1").raw_manifest == root.data

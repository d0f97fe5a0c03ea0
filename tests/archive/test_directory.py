"""Image directories, skopeo's `dir:`: read and written, and the same ones by the real skopeo."""

from __future__ import annotations

import json
import os
import stat
from pathlib import Path

import pytest
from archive.views import bring, everything_in, golden, view_of
from peers.images import Image, Index, every_blob, every_manifest, image, layer, multi_platform
from peers.media import write_layout

from pycrane._archive.directory import open_directory
from pycrane._archive.directory_sink import DirectorySink
from pycrane._archive.new_files import NewFiles
from pycrane._archive.source import open_path
from pycrane._errors import (
    ArchiveError,
    DigestMismatchError,
    IntegrityError,
    PycraneError,
    UnsupportedError,
)
from pycrane._image.medium import Item
from pycrane._image.validate import validate
from pycrane._image.view import Index as IndexView
from pycrane._limits import Limits
from pycrane._oci.digest import Digest
from pycrane._transfer.engine import transfer

ROOTS = [image(layer({"a": b"A"}), layer({"b": b"B"})), multi_platform()]
VERSION = b"Directory Transport Version: 1.1\n"


def encoded(digest: str) -> str:
    return digest.partition(":")[2]


def files_of(root: Image | Index) -> dict[str, bytes]:
    """The files that skopeo has for an image or index of sha256 digests."""
    files = {encoded(blob.digest): blob.data for blob in every_blob(root).values()}
    files |= {f"{encoded(each.digest)}.manifest.json": each.data for each in every_manifest(root)}
    del files[f"{encoded(root.digest)}.manifest.json"]
    return {**files, "manifest.json": root.data, "version": VERSION}


def written(path: Path, root: Image | Index, **changed: bytes | None) -> Path:
    path.mkdir(exist_ok=True)
    for name, data in {**files_of(root), **changed}.items():
        if data is not None:
            (path / name).write_bytes(data)
    return path


def present(path: Path) -> dict[str, bytes]:
    return {name: data for name, data in everything_in(path).items() if data is not None}


# Reading


@pytest.mark.parametrize("root", ROOTS, ids=["image", "index"])
def test_what_is_in_a_directory_is_read_whole_and_verified(folder, root):
    with open_path(written(folder, root)) as directory:
        view = directory.select()
        assert view.raw_manifest == root.data
        assert validate(view) == []
        assert directory.index is (view if isinstance(root, Index) else None)
        assert [(entry.names, entry.positions) for entry in directory.entries] == [((), (0,))]
        assert directory.select("@0") is view
        with pytest.raises(ArchiveError, match="holds no images called v1"):
            directory.select("v1")


def test_children_of_an_index_are_manifest_files_of_their_own(folder):
    both = multi_platform()
    view = open_directory(written(folder, both)).select()
    assert isinstance(view, IndexView)
    for child in both.children:
        assert view.image(child.digest).raw_manifest == child.data


@pytest.mark.parametrize("version", [None, b"Directory Transport Version: 1.0\n", VERSION, b"garbage"])
def test_older_versions_are_read(folder, version):
    written(folder, golden(), version=version)
    if version is None:
        (folder / "version").unlink(missing_ok=True)
    assert open_directory(folder).select().raw_manifest == golden().data


def test_newer_versions_are_refused(folder):
    written(folder, golden(), version=b"Directory Transport Version: 9.9\n")
    with pytest.raises(ArchiveError, match=r"is of version 9.9, expected 1.2 at most"):
        open_path(folder)
    with pytest.raises(ArchiveError, match=r"is of version 9.9"):
        bring(DirectorySink(folder), (golden(), None))


def test_a_blob_with_other_bytes_is_refused(folder):
    one = golden()
    view = open_directory(written(folder, one, **{encoded(one.layers[0].digest): b"x" * 100})).select()
    with pytest.raises(IntegrityError):
        view.layers[0].compressed().read()


def test_a_blob_that_is_not_there_is_named(folder):
    one = golden()
    written(folder, one)
    (folder / encoded(one.layers[0].digest)).unlink()
    with pytest.raises(ArchiveError, match=f"could not open {encoded(one.layers[0].digest)} of directory"):
        open_directory(folder).select().layers[0].compressed()


def test_a_link_to_a_file_outside_gives_out_nothing_but_the_blob(folder, tmp_path):
    one = golden()
    written(folder, one)
    blob = folder / encoded(one.layers[0].digest)
    secret = tmp_path / "secret"
    secret.write_bytes(b"s" * len(one.layers[0].data))
    blob.unlink()
    blob.symlink_to(secret)
    with pytest.raises(DigestMismatchError):
        open_directory(folder).select().layers[0].compressed()
    secret.write_bytes(one.layers[0].data)
    assert open_directory(folder).select().layers[0].compressed().read() == one.layers[0].data


@pytest.mark.parametrize(
    ("content", "match"), [(b"nonsense", "not valid JSON"), (b"{}", "schemaVersion"), (None, "manifest.json")]
)
def test_a_broken_manifest_is_named(folder, content, match):
    written(folder, golden(), **{"manifest.json": content})
    with pytest.raises(PycraneError, match=match):
        open_directory(folder)


def test_a_fifo_instead_of_a_manifest_is_not_waited_for(folder):
    written(folder, golden())
    (folder / "manifest.json").unlink()
    os.mkfifo(folder / "manifest.json")
    with pytest.raises(ArchiveError, match="is not a regular file"):
        open_directory(folder)


def test_sizes_and_counts_are_bounded(folder):
    written(folder, golden(), **{f"signature-{number}": b"s" for number in (1, 2, 3)})
    with pytest.raises(ArchiveError, match="larger than 10 bytes"):
        open_directory(folder, Limits(manifest_size=10))
    with pytest.raises(ArchiveError, match="has more than 2 signatures"):
        open_directory(folder, Limits(signatures=2)).signatures()
    (folder / "signature-1").write_bytes(b"s" * 2000)
    with pytest.raises(ArchiveError, match="larger than 1000 bytes"):
        open_directory(folder, Limits(manifest_size=1000)).signatures()


# Writing


@pytest.mark.parametrize("root", ROOTS, ids=["image", "index"])
def test_the_files_are_those_that_skopeo_writes(folder, root):
    bring(DirectorySink(folder / "new" / "x"), (root, "example.com/app:1"))
    assert present(folder / "new" / "x") == files_of(root)
    modes = {stat.S_IMODE(path.stat().st_mode) for path in (folder / "new" / "x").iterdir()}
    assert modes == {0o644}


def test_digests_of_other_algorithms_have_their_algorithm_in_the_name(folder):
    one = image(layer({"a": b""}, algorithm="sha512"), algorithm="sha512")
    bring(DirectorySink(folder), (one, None))
    assert (folder / "version").read_bytes() == b"Directory Transport Version: 1.2\n"
    assert (folder / f"sha512-{encoded(one.layers[0].digest)}").is_file()
    with open_path(folder) as directory:
        assert validate(directory.select()) == []


def test_what_is_there_and_right_is_not_fetched_again(folder):
    one = golden()
    bring(DirectorySink(folder), (one, None))
    (folder / encoded(one.layers[1].digest)).write_bytes(b"broken")
    without = view_of(one, without=one.layers[0].digest)
    bring(DirectorySink(folder), (without, None))
    assert present(folder) == files_of(one)


def test_an_image_is_replaced_with_all_that_belonged_to_it(folder):
    both, one = multi_platform(), golden()
    signatures = {Digest.parse(each.digest): [b"a", b"b"] for each in (both, both.children[0])}
    bring(DirectorySink(folder, signatures=signatures), (both, None))
    (folder / "notes.txt").write_text("mine")
    bring(DirectorySink(folder), (one, None))
    assert present(folder) == {**files_of(one), "notes.txt": b"mine"}


def test_what_fails_leaves_the_image_that_was_there(folder):
    bring(DirectorySink(folder), (image(), None))
    before = present(folder)
    broken = view_of(golden(), without=golden().layers[0].digest, instead=b"x" * 100)
    with pytest.raises(PycraneError):
        bring(DirectorySink(folder), (broken, None))
    assert present(folder) == before


def test_what_fails_leaves_nothing_where_nothing_was(folder):
    with pytest.raises(PycraneError):
        bring(DirectorySink(folder / "x" / "y"), (view_of(golden(), without=golden().layers[0].digest), None))
    assert everything_in(folder) == {}


def test_a_directory_that_a_killed_writer_began_is_gone_on_with(folder):
    one = golden()
    (folder / "version").write_bytes(VERSION)
    (folder / encoded(one.layers[0].digest)).write_bytes(one.layers[0].data)
    with pytest.raises(ArchiveError, match=r"manifest.json"):
        open_path(folder)
    bring(DirectorySink(folder), (view_of(one, without=one.layers[0].digest), None))
    assert present(folder) == files_of(one)


@pytest.mark.parametrize("name", ["index.json", "a.txt", "0" * 64])
def test_a_directory_of_another_kind_is_not_touched(folder, name):
    (folder / name).write_text("mine")
    with pytest.raises(UnsupportedError, match=f"not an image directory: it holds {name}"):
        bring(DirectorySink(folder), (golden(), None))
    assert present(folder) == {name: b"mine"}


def test_several_images_are_refused(folder):
    with pytest.raises(UnsupportedError, match="2 images are to be written to"):
        bring(DirectorySink(folder), (golden(), "a"), (image(), "b"))
    bring(DirectorySink(folder), (golden(), "a"), (golden(), "b"))
    assert present(folder) == files_of(golden())


def test_a_file_in_the_way_is_named(folder):
    (folder / "x").write_text("mine")
    with pytest.raises(PycraneError, match="x: it is a file, expected a directory"):
        bring(DirectorySink(folder / "x"), (golden(), None))


def test_a_blob_that_disappears_meanwhile_is_noticed(folder):
    one = golden()
    sink = DirectorySink(folder)
    transfer([Item(view_of(one), None)], sink)
    (folder / encoded(one.layers[0].digest)).unlink()
    with pytest.raises(PycraneError, match="disappeared from"):
        sink.__exit__(None, None, None)
    assert present(folder) == {}


def test_signatures_are_written_beside_their_manifests_and_read(folder):
    both = multi_platform()
    child = Digest.parse(both.children[0].digest)
    signatures = {Digest.parse(both.digest): [b"\xa3one", b"\x00x\n"], child: [b"three"]}
    bring(DirectorySink(folder, signatures=signatures), (both, None))
    assert (folder / "signature-2").read_bytes() == b"\x00x\n"
    assert (folder / f"{child.encoded}.signature-1").read_bytes() == b"three"
    directory = open_directory(folder)
    assert directory.signatures() == (b"\xa3one", b"\x00x\n")
    assert directory.signatures(child) == (b"three",)
    assert directory.signatures(Digest.parse(both.children[1].digest)) == ()


def test_a_signature_never_stands_beside_a_manifest_that_it_was_not_made_for(folder, monkeypatch):
    one, two = golden(), image()
    bring(DirectorySink(folder, signatures={Digest.parse(one.digest): [b"one"]}), (one, None))
    signed: dict[str, bool] = {}
    write = NewFiles.write

    def writing(self: NewFiles, path: Path, *given: object, **options: object) -> None:
        signed[path.name] = (folder / "signature-1").exists()
        write(self, path, *given, **options)

    monkeypatch.setattr(NewFiles, "write", writing)
    bring(DirectorySink(folder, signatures={Digest.parse(two.digest): [b"two"]}), (two, None))
    assert signed == {"manifest.json": False, "signature-1": False}
    assert open_directory(folder).signatures() == (b"two",)


# The real skopeo


@pytest.mark.peer
@pytest.mark.parametrize("root", ROOTS, ids=["image", "index"])
def test_skopeo_reads_what_is_written(folder, skopeo, root):
    bring(DirectorySink(folder / "x"), (root, None))
    skopeo("copy", "--all", f"dir:{folder / 'x'}", f"oci:{folder / 'layout'}:v1")
    with open_path(folder / "layout") as layout:
        assert layout.select("v1").raw_manifest == root.data
        assert validate(layout.select("v1")) == []


@pytest.mark.peer
@pytest.mark.parametrize("root", ROOTS, ids=["image", "index"])
def test_what_skopeo_writes_is_read(folder, skopeo, root):
    write_layout(folder / "layout", root, names={root.digest: "v1"})
    skopeo("copy", "--all", f"oci:{folder / 'layout'}:v1", f"dir:{folder / 'x'}")
    assert (folder / "x" / "version").read_bytes() == VERSION
    with open_path(folder / "x") as directory:
        view = directory.select()
        assert validate(view) == []
        assert json.loads(view.raw_manifest)["schemaVersion"] == 2
        if isinstance(root, Index):
            assert view.raw_manifest == root.data
    bring(DirectorySink(folder / "x"), (root, None))
    assert present(folder / "x") == files_of(root)

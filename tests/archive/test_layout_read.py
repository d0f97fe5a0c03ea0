"""Layouts of all writers are read, and nothing in them is trusted: names, links, sizes, digests."""

from __future__ import annotations

import os
import socket
from pathlib import Path

import pytest
from archive.views import golden
from peers.images import image, index, multi_platform
from peers.media import write_layout

from pycrane._archive.layout import LayoutContent, open_layout
from pycrane._archive.source import open_path
from pycrane._errors import (
    ArchiveError,
    DigestMismatchError,
    InvalidReferenceError,
    MalformedError,
    PycraneError,
    UnsupportedError,
)
from pycrane._image.view import Image, Index
from pycrane._limits import Limits
from pycrane._oci.descriptor import Descriptor
from pycrane._oci.digest import Digest


def blob_file(layout, blob):
    return layout / "blobs" / blob.digest.replace(":", "/")


def test_the_only_image_is_the_one_that_is_meant(folder):
    one = golden()
    with open_path(write_layout(folder, one)) as layout:
        view = layout.select()
        assert isinstance(view, Image)
        assert view.raw_manifest == one.data
        assert view.raw_config_file == one.config.data
        with view.layers[0].compressed() as stream:
            assert stream.read() == one.layers[0].data


def test_the_index_is_the_file_as_it_is(folder):
    write_layout(folder, multi_platform())
    with open_path(folder) as layout:
        assert isinstance(layout.select(), Index)
        assert layout.index is not None
        assert layout.index.raw_manifest == (folder / "index.json").read_bytes()


def test_an_image_is_chosen_by_its_name(folder):
    one, two = golden(), image()
    write_layout(folder, one, two, names={one.digest: "v1", two.digest: "docker.io/library/app:v2"})
    layout = open_layout(folder)
    assert layout.select("v1").raw_manifest == one.data
    assert layout.select("docker.io/library/app:v2").raw_manifest == two.data
    assert layout.select("app:v2").raw_manifest == two.data
    with pytest.raises(ArchiveError, match=r"no images called v3; it has v1, docker.io/library/app:v2"):
        layout.select("v3")
    with pytest.raises(ArchiveError, match=r"holds 2 images: v1, docker.io/library/app:v2"):
        layout.select()


def test_a_layout_without_its_version_file_is_read(folder):
    write_layout(folder, golden())
    (folder / "oci-layout").unlink()
    assert open_layout(folder).select()


@pytest.mark.parametrize(
    ("name", "content", "reason"),
    [
        ("oci-layout", "{}", "has version None, expected 1.0.0"),
        ("oci-layout", "nonsense", "oci-layout is not valid JSON"),
        ("index.json", "nonsense", "index.json is not valid JSON"),
        ("index.json", '{"schemaVersion":1}', "schema 1"),
        ("index.json", '{"schemaVersion":2,"layers":[]}', "index.json"),
    ],
)
def test_a_broken_file_is_named(folder, name, content, reason):
    write_layout(folder, golden())
    (folder / name).write_text(content)
    with pytest.raises(PycraneError, match=reason):
        open_layout(folder)


def test_a_directory_that_is_not_a_layout_is_named(folder):
    with pytest.raises(ArchiveError, match=f"{folder} is not an OCI layout: it has no index.json"):
        open_path(folder)


def test_what_is_not_there_is_named(folder):
    with pytest.raises(ArchiveError, match=f"there is no file or directory {folder / 'a.tar'}"):
        open_path(folder / "a.tar")


def test_an_empty_layout_has_nothing_to_choose(folder):
    with pytest.raises(ArchiveError, match="holds no image"):
        open_layout(write_layout(folder)).select()


def test_a_missing_blob_is_named(folder):
    one = golden()
    write_layout(folder, one)
    (folder / "blobs" / one.digest.replace(":", "/")).unlink()
    with pytest.raises(ArchiveError, match=f"blob {one.digest} of layout"):
        open_layout(folder).select()


def test_a_blob_with_other_bytes_is_refused(folder):
    one = golden()
    write_layout(folder, one)
    (folder / "blobs" / one.digest.replace(":", "/")).write_bytes(one.data.replace(b"linux", b"lunix") + b" ")
    with pytest.raises(PycraneError, match=one.digest):
        open_layout(folder).select()


def moved_away(blob, target):
    """Leave a link to `target` where a blob was."""
    target.parent.mkdir(parents=True, exist_ok=True)
    blob.rename(target)
    blob.symlink_to(target)


@pytest.mark.parametrize("where", ["layout/elsewhere", "outside/elsewhere"])
def test_blobs_may_be_links(folder, where):
    one = golden()
    layout = write_layout(folder / "layout", one)
    for number, each in enumerate([one, *one.blobs]):
        moved_away(blob_file(layout, each), folder / where / str(number))
    view = open_layout(layout).select()
    assert view.raw_manifest == one.data
    assert view.raw_config_file == one.config.data
    with view.layers[0].compressed() as stream:
        assert stream.read() == one.layers[0].data


def test_the_directory_of_all_blobs_may_be_a_link(folder):
    layout = write_layout(folder / "layout", golden())
    moved_away(layout / "blobs", folder / "shared/blobs")
    assert open_layout(layout).select().raw_config_file == golden().config.data


def test_a_link_to_other_bytes_inside_is_found_out_when_they_are_read(folder):
    one = golden()
    layout = write_layout(folder, one)
    blob = blob_file(layout, one.layers[0])
    moved_away(blob, folder / "elsewhere")
    (folder / "elsewhere").write_bytes(bytes(len(one.layers[0].data)))
    with open_layout(layout).select().layers[0].compressed() as stream, pytest.raises(DigestMismatchError):
        stream.read()


@pytest.mark.parametrize("parent", [False, True])
@pytest.mark.parametrize("algorithm", ["sha256", "blake3"])
def test_no_byte_of_a_file_outside_is_given_out_unless_it_is_the_blob(folder, parent, algorithm):
    secret = b"the key of the house\n" * 200_000
    (folder / "private").mkdir()
    (folder / "private" / ("0" * 64)).write_bytes(secret)
    named = folder / "layout/blobs" / algorithm
    if parent:
        named.parent.mkdir(parents=True)
        named.symlink_to(folder / "private")
    else:
        named.mkdir(parents=True)
        (named / ("0" * 64)).symlink_to(folder / "private" / ("0" * 64))
    descriptor = Descriptor("", Digest(algorithm, "0" * 64), len(secret))
    content = LayoutContent(folder / "layout")
    for read in (content.open_blob, content.read_manifest):
        with pytest.raises((DigestMismatchError, UnsupportedError)):
            read(descriptor)


@pytest.mark.parametrize("name", ["index.json", "oci-layout"])
@pytest.mark.parametrize("elsewhere", ["layout/elsewhere", "elsewhere"])
def test_what_says_what_a_layout_is_may_be_a_link_as_build_sandboxes_have_them(folder, name, elsewhere):
    layout = write_layout(folder / "layout", golden())
    moved_away(layout / name, folder / elsewhere)
    assert open_layout(layout).select().raw_manifest == golden().data


def a_pipe(path):
    os.mkfifo(path)


def a_socket(path):
    with socket.socket(socket.AF_UNIX) as listener:
        listener.bind(str(path))


@pytest.mark.parametrize("linked", [False, True])
@pytest.mark.parametrize("make", [a_pipe, a_socket, Path.mkdir])
@pytest.mark.parametrize("name", ["index.json", "oci-layout", "blob"])
def test_what_is_not_a_regular_file_is_refused_and_not_waited_for(folder, monkeypatch, make, linked, name):
    one = golden()
    write_layout(folder, one)
    monkeypatch.chdir(folder)  # the path of a socket may not be long
    path = blob_file(folder, one) if name == "blob" else folder / name
    path.unlink()
    make(Path("odd"))
    if linked:
        path.symlink_to(folder / "odd")
    else:
        Path("odd").rename(path)
    with pytest.raises(ArchiveError, match="is not a regular file"):
        open_layout(folder).select()


@pytest.mark.parametrize("target", ["/dev/zero", "/dev/null", "/dev/tty"])
def test_a_link_to_a_device_is_refused(folder, target):
    one = golden()
    write_layout(folder, one)
    blob_file(folder, one).unlink()
    blob_file(folder, one).symlink_to(target)
    with pytest.raises(ArchiveError, match="is not a regular file"):
        open_layout(folder).select()


@pytest.mark.parametrize(
    ("target", "reason"), [("nowhere", "No such file"), ("itself", "Too many levels of symbolic links")]
)
def test_a_link_that_leads_nowhere_is_named(folder, target, reason):
    one = golden()
    write_layout(folder, one)
    blob = blob_file(folder, one)
    blob.unlink()
    blob.symlink_to(blob if target == "itself" else target)
    with pytest.raises(ArchiveError, match=f"blob {one.digest} of layout .*: {reason}"):
        open_layout(folder).select()


@pytest.mark.parametrize("encoded", ["../../secret", "/etc/passwd", "a/b", ""])
def test_a_digest_that_leads_elsewhere_is_refused_before_a_file_is_opened(folder, encoded):
    (folder / "secret").write_bytes(b"secret")
    (folder / "layout").mkdir()
    with pytest.raises(InvalidReferenceError):
        LayoutContent(folder / "layout").open_blob(Descriptor("", Digest("sha256", encoded), 6))


def test_a_huge_index_is_not_read(folder):
    write_layout(folder, golden())
    with pytest.raises(ArchiveError, match="larger than 10 bytes"):
        open_layout(folder, Limits(archive_json=10))


def test_a_huge_manifest_is_not_read(folder):
    write_layout(folder, golden())
    with pytest.raises(ArchiveError, match="larger than 10 bytes"):
        open_layout(folder, Limits(manifest_size=10)).select()


def test_an_index_below_an_index_is_opened(folder):
    inner = index(golden())
    write_layout(folder, inner, names={inner.digest: "v1"})
    view = open_layout(folder).select("v1")
    assert isinstance(view, Index)
    assert view.image(Digest.parse(golden().digest)).raw_manifest == golden().data


def test_json_that_is_not_utf_8_is_refused(folder):
    write_layout(folder, golden())
    (folder / "index.json").write_bytes(b'{"schemaVersion":2,"\xff":1}')
    with pytest.raises(MalformedError):
        open_layout(folder)


def test_a_name_that_the_file_system_refuses_is_named(folder):
    with pytest.raises(ArchiveError, match="File name too long"):
        open_path(folder / ("x" * 300))

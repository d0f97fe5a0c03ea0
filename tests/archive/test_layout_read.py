"""A layout is read by anyone's rules and trusted in nothing: names, links, sizes, digests."""

from __future__ import annotations

import os

import pytest
from archive.views import golden
from peers.images import image, index, multi_platform
from peers.media import write_layout

from pycrane._archive.layout import LayoutContent, open_layout
from pycrane._archive.source import open_path
from pycrane._errors import ArchiveError, InvalidReferenceError, MalformedError, PycraneError
from pycrane._image.view import Image, Index
from pycrane._limits import Limits
from pycrane._oci.descriptor import Descriptor
from pycrane._oci.digest import Digest


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


def test_a_folder_that_is_no_layout_is_named(folder):
    with pytest.raises(ArchiveError, match=f"{folder} is not an OCI layout: it has no index.json"):
        open_path(folder)


def test_what_is_not_there_is_named(folder):
    with pytest.raises(ArchiveError, match=f"there is no file or folder {folder / 'a.tar'}"):
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


def test_a_link_is_not_followed(folder):
    one = golden()
    write_layout(folder, one)
    blob = folder / "blobs" / one.digest.replace(":", "/")
    blob.rename(folder / "elsewhere")
    blob.symlink_to(folder / "elsewhere")
    with pytest.raises(ArchiveError, match="is a symbolic link"):
        open_layout(folder).select()


def test_a_pipe_is_not_waited_for(folder):
    one = golden()
    write_layout(folder, one)
    blob = folder / "blobs" / one.digest.replace(":", "/")
    blob.unlink()
    os.mkfifo(blob)
    with pytest.raises(ArchiveError, match="is not a regular file"):
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


def test_json_that_is_no_utf_8_is_refused(folder):
    write_layout(folder, golden())
    (folder / "index.json").write_bytes(b'{"schemaVersion":2,"\xff":1}')
    with pytest.raises(MalformedError):
        open_layout(folder)


def test_a_name_that_the_file_system_refuses_is_named(folder):
    with pytest.raises(ArchiveError, match="File name too long"):
        open_path(folder / ("x" * 300))

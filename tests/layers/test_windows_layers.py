"""Layers are brought into the form that Windows images take."""

from __future__ import annotations

import io
import tarfile
from pathlib import Path

import pytest
from peers import images

from pycrane._errors import LayerError
from pycrane._io.measured import MeasuredStream
from pycrane._layers.local import LayerFiles
from pycrane._layers.tar.windows import open_for_windows

# The owner and group BUILTIN\Users as a self-relative security descriptor.
USERS = "AQAAgBQAAAAkAAAAAAAAAAAAAAABAgAAAAAABSAAAAAhAgAAAQIAAAAAAAUgAAAAIQIAAA=="


def for_windows(tar: bytes) -> tarfile.TarFile:
    return tarfile.open(fileobj=io.BytesIO(open_for_windows(io.BytesIO(tar)).read()))


def hard_link(name: str, target: str) -> tarfile.TarInfo:
    link = tarfile.TarInfo(name)
    link.type, link.linkname = tarfile.LNKTYPE, target
    return link


def test_files_are_moved_below_files_with_their_content() -> None:
    tar = for_windows(
        images.tar({"folder/": None, "./folder/a.txt": b"hello", "b" * 200: b"long", "empty": b""})
    )
    assert tar.getnames() == [
        "Files",
        "Hives",
        "Files/folder",
        "Files/folder/a.txt",
        f"Files/{'b' * 200}",
        "Files/empty",
    ]
    content = tar.extractfile("Files/folder/a.txt")
    assert content
    assert content.read() == b"hello"


def test_the_two_folders_may_be_read_by_all_and_have_no_time() -> None:
    tar = for_windows(bytes(1024))
    for name in ("Files", "Hives"):
        folder = tar.getmember(name)
        assert (folder.isdir(), folder.mode, folder.mtime, folder.uid) == (True, 0o555, 0, 0)


def test_every_entry_belongs_to_the_users() -> None:
    for entry in for_windows(images.tar({"a": b"1", "b/": None, "c": "a"})).getmembers()[2:]:
        assert entry.pax_headers["MSWINDOWS.rawsd"] == USERS


def test_other_records_and_fields_stay() -> None:
    info = tarfile.TarInfo("a")
    info.pax_headers, info.mtime, info.mode = {"SCHILY.xattr.user.x": "y"}, 1234, 0o640
    entry = for_windows(images.tar([info])).getmember("Files/a")
    assert entry.pax_headers["SCHILY.xattr.user.x"] == "y"
    assert (entry.mtime, entry.mode) == (1234, 0o640)


def test_a_hard_link_follows_its_target_and_a_symbolic_one_stays() -> None:
    tar = for_windows(images.tar([("a", b"1"), hard_link("b", "./a")]))
    assert tar.getmember("Files/b").linkname == "Files/a"
    assert for_windows(images.tar({"c": "../a"})).getmember("Files/c").linkname == "../a"


def header_block(name: bytes, kind: bytes, mode: int, size: int, mtime: int, devices: bytes) -> bytes:
    """A header block of root's, written field by field."""
    made = name.ljust(100, b"\0") + b"%07o\0" % mode + b"0000000\0" * 2 + b"%011o\0%011o\0" % (size, mtime)
    rest = (kind + bytes(100) + b"ustar\x0000" + bytes(64) + devices).ljust(356, b"\0")
    return made + b"%06o\0 " % (sum(made) + 8 * 32 + sum(rest)) + rest


@pytest.mark.parametrize("form", [tarfile.GNU_FORMAT, tarfile.USTAR_FORMAT, tarfile.PAX_FORMAT])
def test_the_bytes_are_those_of_go_whatever_the_format_of_the_layer(form: int) -> None:
    devices = b"0000000\0" * 2
    record = b"108 MSWINDOWS.rawsd=%s\n" % USERS.encode()
    record = b"%d MSWINDOWS.rawsd=%s\n" % (len(record) - 1, USERS.encode())
    assert len(record) == int(record.split()[0])
    directory = [header_block(name, b"5", 0o555, 0, 0, devices) for name in (b"Files", b"Hives")]
    extension = header_block(b"Files/PaxHeaders.0/a", b"x", 0, len(record), 0, b"")
    main = header_block(b"Files/a", b"0", 0o640, 1, 1234, devices)
    expected = b"".join(
        [*directory, extension, record.ljust(512, b"\0"), main, b"1".ljust(512, b"\0"), bytes(1024)]
    )
    info = tarfile.TarInfo("./a")
    info.size, info.mode, info.mtime = 1, 0o640, 1234
    layer = info.tobuf(form) + b"1".ljust(512, b"\0") + bytes(1024)
    assert open_for_windows(io.BytesIO(layer)).read() == expected


@pytest.mark.parametrize(("name", "content"), [("Files/a", b"1"), ("Files/", None)])
def test_a_layer_that_is_in_this_form_already_is_refused(name: str, content: bytes | None) -> None:
    with pytest.raises(LayerError, match="in the form for Windows already: it has 'Files"):
        for_windows(images.tar({name: content}))


@pytest.mark.parametrize("name", ["../a", "a/../../b"])
def test_an_entry_that_climbs_out_is_refused(name: str) -> None:
    with pytest.raises(LayerError, match="outside of the root"):
        for_windows(images.tar({name: b"1"}))


def test_closing_closes_the_stream_below() -> None:
    source = io.BytesIO(images.tar({"a": b"1"}))
    open_for_windows(source).close()
    assert source.closed


def test_a_layer_file_becomes_another_one(tmp_path: Path) -> None:
    (tmp_path / "layer.tar").write_bytes(images.tar({"a": b"1"}))
    with LayerFiles() as files:
        plain = files.read(tmp_path / "layer.tar")
        layer = files.for_windows(plain)
        assert layer.descriptor.digest != plain.descriptor.digest
        stream = MeasuredStream(layer.open_blob(layer.descriptor))
        with tarfile.open(fileobj=io.BytesIO(stream.read())) as archive:
            assert archive.getnames() == ["Files", "Hives", "Files/a"]
        assert (stream.digest, stream.size) == (layer.descriptor.digest, layer.descriptor.size)

"""A header is written with another name or target, and other programs read it with all else as it was."""

from __future__ import annotations

import io
import subprocess
import tarfile
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from layers.hard_images import file, layer, link, symlink
from peers.programs import locate

from pycrane._layers.tar.rewrite import directory_header, pointing, rewritten, with_added_records
from pycrane._layers.tar.walk import END, TarWalk

LONG = "a/" + "long/" * 60 + "name"
STYLES = [tarfile.PAX_FORMAT, tarfile.GNU_FORMAT, tarfile.USTAR_FORMAT]


def header_of(tar: bytes) -> bytes:
    (one,) = TarWalk(io.BytesIO(tar))
    return one.header


def member_of(header: bytes) -> tarfile.TarInfo:
    """What tarfile reads of a header."""
    with tarfile.open(fileobj=io.BytesIO(header + END)) as archive:
        (member,) = archive
    return member


@pytest.mark.parametrize(
    ("style", "old"),
    [
        (style, old)
        for style in STYLES
        for old in ("short", "d" * 90 + "/" + "f" * 90, LONG)
        if (style, old) != (tarfile.USTAR_FORMAT, LONG)  # ustar has no such names
    ],
)
@pytest.mark.parametrize("new", ["x", "ä" * 60, "d" * 90 + "/" + "g" * 90, LONG + "/new"])
def test_a_new_name_is_read_and_all_else_stays(style: int, old: str, new: str) -> None:
    header = header_of(layer(file(old, mode=0o4711, uid=7, gid=8, uname="u", gname="g"), style=style))
    before, after = member_of(header), member_of(rewritten(header, name=new.encode()))
    assert after.name == new
    for field in ("mode", "uid", "gid", "uname", "gname", "mtime", "type", "size"):
        assert getattr(after, field) == getattr(before, field)


@pytest.mark.parametrize("style", STYLES)
@pytest.mark.parametrize("new", ["x", LONG + "/new"])
def test_a_new_target_is_read(style: int, new: str) -> None:
    header = header_of(layer(link("h", "old"), style=style))
    after = member_of(pointing(header, new.encode()))
    assert (after.name, after.linkname, after.type) == ("h", new, tarfile.LNKTYPE)


def test_both_may_be_new_at_once() -> None:
    header = header_of(layer(symlink(LONG, LONG + "/old")))
    after = member_of(rewritten(header, name=b"n", link=LONG.encode() + b"/new"))
    assert (after.name, after.linkname) == ("n", LONG + "/new")


@pytest.mark.parametrize("target", ["a", LONG])
@pytest.mark.parametrize("style", [tarfile.PAX_FORMAT, tarfile.GNU_FORMAT])
def test_a_target_that_is_right_already_leaves_the_header_alone(style: int, target: str) -> None:
    header = header_of(layer(link("h", target), style=style))
    assert pointing(header, target.encode()) is header


def test_other_records_stay() -> None:
    records = {"SCHILY.xattr.user.x": "y", "mtime": "1.5", "path": LONG}
    header = header_of(layer(file(LONG, pax_headers=records)))
    assert member_of(rewritten(header, name=b"n")).pax_headers == records | {"path": "n"}


def test_a_name_that_is_no_utf_8_is_kept_byte_by_byte() -> None:
    header = header_of(layer(file("a")))
    name = b"\xff" * 150
    (one,) = TarWalk(io.BytesIO(rewritten(header, name=name)))
    assert one.name == name
    assert b"hdrcharset=BINARY" in one.header


@pytest.mark.parametrize("version", ["old", "0.0", "0.1", "1.0"])
@pytest.mark.parametrize("name", ["renamed", "d/" * 80 + "renamed"])
def test_a_sparse_file_stays_whole_under_another_name(version: str, name: str, tmp_path: Path) -> None:
    sparse = tmp_path / "sparse"
    with sparse.open("wb") as out:
        for number in range(40):
            out.seek(number * 100_000)
            out.write(b"x" * 4096)
        out.truncate(5_000_000)
    style = ["--format=gnu"] if version == "old" else ["--format=posix", f"--sparse-version={version}"]
    tar = [locate("tar"), "-C", str(tmp_path)]
    made = subprocess.run([*tar, "-c", "-S", *style, "sparse"], capture_output=True, check=True).stdout
    walked, parts = TarWalk(io.BytesIO(made)), []
    for one in walked:
        parts += [rewritten(one.header, name=name.encode()), *walked.blocks()]
    subprocess.run([*tar, "-x"], input=b"".join([*parts, END]), check=True)
    assert (tmp_path / name).read_bytes() == sparse.read_bytes()


def test_a_directory_can_be_made() -> None:
    member = member_of(directory_header(LONG.encode()))
    assert (member.name, member.isdir(), member.mode, member.mtime) == (LONG, True, 0o755, 0)


_KEYS = st.sampled_from(["mtime", "SCHILY.xattr.user.x", "comment", "gname"])
_VALUES = st.text(st.characters(exclude_characters="\0", codec="utf-8"), min_size=1, max_size=120)


@given(st.dictionaries(_KEYS.filter(lambda key: key != "mtime"), _VALUES))
def test_records_of_any_length_are_read_back(records: dict[str, str]) -> None:
    raw = {key.encode(): value.encode() for key, value in records.items()}
    assert member_of(with_added_records(header_of(layer(file("a"))), raw)).pax_headers == records

"""A tar is walked header by header, in every dialect, and what is broken is named with its place."""

from __future__ import annotations

import io
import os
import subprocess
import tarfile
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from layers.hard_images import directory, entry, file, layer, link, symlink
from peers.programs import locate

from pycrane._errors import LayerError, LimitExceededError, PycraneError
from pycrane._layers.tar.walk import END, LayerEntry, TarWalk
from pycrane._limits import Limits

BLOCK = 512
LONG = "a/" + "long/" * 60 + "ä"


class Trickle(io.BytesIO):
    """A stream that gives a few bytes at a time."""

    def __init__(self, data: bytes, most: int) -> None:
        super().__init__(data)
        self.most = most

    def read(self, size: int | None = -1, /) -> bytes:
        return super().read(self.most if size is None or size < 0 else min(size, self.most))


def walk(tar: bytes, limits: Limits | None = None) -> list[LayerEntry]:
    return list(TarWalk(io.BytesIO(tar), limits=limits or Limits()))


def contents(tar: bytes, most: int) -> Iterator[tuple[bytes, bytes]]:
    walked = TarWalk(Trickle(tar, most))
    for one in walked:
        yield one.name, b"".join(walked.data())


def with_checksum(block: bytes) -> bytes:
    total = sum(block[:148]) + 8 * 32 + sum(block[156:512])
    return block[:148] + b"%06o\0 " % total + block[156:]


def changed(tar: bytes, at: int, field: bytes) -> bytes:
    """The tar with a field of its first header changed, and a checksum that fits."""
    return with_checksum(tar[:at] + field + tar[at + len(field) :])


@pytest.mark.parametrize("style", [tarfile.PAX_FORMAT, tarfile.GNU_FORMAT, tarfile.USTAR_FORMAT])
def test_names_kinds_targets_and_sizes_are_read(style: int) -> None:
    made = layer(file("a/b", b"12345"), directory("d"), symlink("s", "../x"), link("h", "a/b"), style=style)
    assert [one[:4] for one in walk(made)] == [
        (b"a/b", ord("0"), b"", 5),
        (b"d/", ord("5"), b"", 0),
        (b"s", ord("2"), b"../x", 0),
        (b"h", ord("1"), b"a/b", 0),
    ]


@pytest.mark.parametrize("style", [tarfile.PAX_FORMAT, tarfile.GNU_FORMAT])
def test_long_names_and_targets_are_read(style: int) -> None:
    (one,) = walk(layer(symlink(LONG, LONG + "x"), style=style))
    assert (one.name, one.link) == (LONG.encode(), LONG.encode() + b"x")


def test_a_long_name_may_stand_in_the_prefix() -> None:
    (one,) = walk(layer(file("d" * 90 + "/" + "f" * 90), style=tarfile.USTAR_FORMAT))
    assert one.name == b"d" * 90 + b"/" + b"f" * 90


@pytest.mark.parametrize("most", [1, 7, 511, 512, 1000, 1 << 20])
def test_contents_are_whole_however_the_stream_comes(most: int) -> None:
    data = {f"f{size}".encode(): os.urandom(size) for size in (0, 1, 511, 512, 513, 5000)}
    made = layer(*(file(name.decode(), content) for name, content in data.items()))
    assert dict(contents(made, most)) == data


def test_what_is_not_asked_for_is_skipped() -> None:
    made = layer(file("a", bytes(3 << 20)), file("b", b"x" * 600))
    assert [name for name, _ in ((one.name, one) for one in TarWalk(Trickle(made, 999)))] == [b"a", b"b"]


@pytest.mark.parametrize("most", [100, 1 << 20])
def test_headers_and_blocks_are_the_tar_itself(most: int) -> None:
    made = layer(file(LONG, b"x" * 700), directory("d"), file("e", b"y" * 512), link("h", LONG))
    walked, parts = TarWalk(Trickle(made, most)), []
    for one in walked:
        assert one.offset == sum(map(len, parts))
        parts += [one.header, *walked.blocks()]
    assert b"".join(parts) == made.rstrip(b"\0").ljust(len(b"".join(parts)), b"\0")


def test_a_size_may_be_in_base_256_or_in_a_pax_record() -> None:
    plain = layer(file("a", b"12345"), style=tarfile.GNU_FORMAT)
    assert walk(changed(plain, 124, b"\x80" + bytes(10) + b"\5"))[0].size == 5
    pax = layer(file("a", b"12345", pax_headers={"size": "5"}))
    wrong = pax[:1024] + changed(pax[1024:], 124, b"00000000001\0")
    assert walk(wrong)[0].size == 5


def test_a_global_header_becomes_part_of_each_entry() -> None:
    out = io.BytesIO()
    headers = {"SCHILY.xattr.user.all": "x", "comment": "no one's"}
    with tarfile.open(fileobj=out, mode="w", format=tarfile.PAX_FORMAT, pax_headers=headers) as archive:
        for member, content in (file("a", b"1"), file("b", b"2", pax_headers={"SCHILY.xattr.user.b": "y"})):
            archive.addfile(member, io.BytesIO(content))
    walked, parts = TarWalk(io.BytesIO(out.getvalue())), []
    for one in walked:
        parts += [one.header, *walked.blocks()]
    with tarfile.open(fileobj=io.BytesIO(b"".join([*parts, END]))) as archive:
        found = {member.name: member.pax_headers for member in archive}
    assert found == {
        "a": {"SCHILY.xattr.user.all": "x"},
        "b": {"SCHILY.xattr.user.all": "x", "SCHILY.xattr.user.b": "y"},
    }


def test_an_old_tar_marks_a_directory_by_its_slash() -> None:
    made = changed(changed(layer(file("d/")), 156, b"\0"), 257, bytes(8))
    assert [(one.name, one.kind) for one in walk(made)] == [(b"d/", ord("5"))]


def test_old_checksums_sum_signed_bytes() -> None:
    made = layer(file("ä"), style=tarfile.GNU_FORMAT)
    signed = sum(byte - 256 if byte > 127 else byte for byte in made[:148] + made[156:512]) + 8 * 32
    (one,) = walk(made[:148] + b"%06o\0 " % signed + made[156:])
    assert one.name == "ä".encode()


@pytest.mark.parametrize("tar", [b"", bytes(512), bytes(1024), bytes(10240), b"\0" * 700])
def test_a_tar_may_be_empty(tar: bytes) -> None:
    assert walk(tar) == []


def test_what_ends_a_tar_may_be_missing() -> None:
    made = layer(file("a", b"12345"))
    assert len(walk(made[:1024])) == len(walk(made[:1536])) == 1
    assert dict(contents(made[: 512 + 5], 99)) == {b"a": b"12345"}


def test_the_stream_is_read_out_behind_the_end() -> None:
    stream = io.BytesIO(layer(file("a")) + b"signature")
    assert len(list(TarWalk(stream))) == 1
    assert stream.read() == b""


@pytest.mark.parametrize("version", ["old", "0.0", "0.1", "1.0"])
def test_sparse_files_keep_their_maps(version: str, tmp_path: Path) -> None:
    with (tmp_path / "sparse").open("wb") as out:
        for number in range(40):
            out.seek(number * 100_000)
            out.write(b"x" * 4096)
        out.truncate(5_000_000)
    style = ["--format=gnu"] if version == "old" else ["--format=posix", f"--sparse-version={version}"]
    command = [locate("tar"), "-c", "-S", *style, "-C", str(tmp_path), "sparse"]
    made = subprocess.run(command, capture_output=True, check=True).stdout
    walked = TarWalk(io.BytesIO(made))
    ((name, size, whole),) = ((one.name, one.size, one.header + b"".join(walked.blocks())) for one in walked)
    assert name == b"sparse"
    assert size < 500_000
    assert whole == made[: len(whole)]
    assert made[len(whole) :].strip(b"\0") == b""


@pytest.mark.parametrize(
    ("tar", "message"),
    [
        (b"no tar at all" * 100, "is not a tar"),
        (layer(file("a", bytes(5000)))[:3000], r"cut short: its tar ends after 3000 bytes"),
        (layer(file("a"))[:300], "cut short: its tar ends after 300 bytes, within a header"),
        (
            layer(file("a"))[:512] + b"x" * 512,
            "at byte 512 of its tar, has a broken header: a wrong checksum",
        ),
        (layer(file("a"))[:512] + bytes(512) + layer(file("b")), "a lone block of zeros"),
        (changed(layer(file("a")), 124, b"\xff" * 12), "a negative number"),
        (changed(layer(file("a")), 124, b"0x10       \0"), "is not an octal number"),
        (changed(layer(file("a")), 124, b"8          \0"), "no size"),
        (changed(layer(file("a")), 124, b"\x80" + b"\xff" * 11), "cut short"),
        (layer(file(LONG))[:1024], "an extended header that belongs to no entry"),
        (layer(file(LONG)).replace(b"path=", b"path "), "an invalid pax record"),
        (layer(file(LONG)).replace(b" path=", b"9path="), "an invalid pax record"),
        (layer(file("a", pax_headers={"path": "x\0y"})), "a name with a NUL byte"),
        (layer(file("a", pax_headers={"size": "-5"})), "a size of b'-5'"),
        (layer(file("a", pax_headers={"size": "9" * 5000})), "a size of b'999"),
    ],
)
def test_what_is_broken_is_named_with_its_place(tar: bytes, message: str) -> None:
    with pytest.raises(LayerError, match=message) as caught:
        walk(tar)
    assert str(caught.value).startswith("the layer")


@pytest.mark.parametrize(
    ("limits", "tar"),
    [
        (Limits(layer_entries=1), layer(file("a"), file("b"))),
        (Limits(tar_name=100), layer(file(LONG))),
        (Limits(tar_name=100), layer(symlink("a", LONG))),
        (Limits(tar_extension=1000), layer(file("a", pax_headers={"SCHILY.xattr.user.x": "y" * 2000}))),
        (Limits(tar_extension=1000), changed(layer(file(LONG)), 124, b"77777777777\0")),
    ],
)
def test_what_is_too_much_is_refused(limits: Limits, tar: bytes) -> None:
    with pytest.raises(LimitExceededError):
        walk(tar, limits)


def test_a_sparse_map_without_end_is_refused() -> None:
    sparse = changed(changed(layer(entry("a", b"S")), 482, b"\1"), 257, b"ustar  \0")
    endless = sparse[:512] + (bytes(504) + b"\1" + bytes(7)) * 100
    with pytest.raises(LimitExceededError):
        walk(endless, Limits(tar_extension=10_000))
    with pytest.raises(LayerError, match="within a header"):
        walk(endless)


_MADE = layer(
    file(LONG, b"x" * 600), directory("d"), link("h", LONG), file("e", pax_headers={"mtime": "1.5"})
)


@given(st.integers(0, len(_MADE) - 1), st.binary(min_size=1, max_size=600))
def test_nothing_but_pycranes_own_errors_comes_of_bad_bytes(at: int, noise: bytes) -> None:
    bad = _MADE[:at] + noise + _MADE[at + len(noise) :]
    for made in (bad, with_checksum(bad[:512]) + bad[512:], bad[:at]):
        with suppress(PycraneError):
            walk(made)

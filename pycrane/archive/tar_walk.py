"""The headers of a tar file one after another, without its contents.

POSIX.1-1988 ustar, POSIX.1-2001 pax, and GNU's long names and big numbers.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from dataclasses import dataclass, field

from pycrane.archive.streams import reading
from pycrane.errors import ArchiveError

REGULAR = frozenset(b"0\x007")
HARD_LINK = ord("1")
SYMBOLIC_LINK = ord("2")
_WITHOUT_CONTENT = frozenset(b"123456")
_SPARSE = ord("S")
_PAX, _PAX_GLOBAL = ord("x"), ord("g")
_LONG = {ord("L"): "path", ord("K"): "linkpath"}
_BLOCK = 512
_EXTENSION_LIMIT = 1 << 20  # bytes of one pax header or long name; real ones have a few hundred


@dataclass(frozen=True, slots=True)
class TarEntry:
    """One entry: its name, its type flag, where its content lies and, of a link, where it points."""

    name: str
    kind: int
    offset: int
    size: int
    link: str


def walk(fd: int, size: int, what: str) -> Iterator[TarEntry]:
    """The entries of an open file of `size` bytes that `what` names in errors.

    Raises:
        ArchiveError: the file is no tar, is cut short, or has sparse files or a header that cannot be read.
    """
    yield from _Walk(fd, size, what).entries()


@dataclass(slots=True)
class _Walk:
    fd: int
    size: int
    what: str
    position: int = 0
    extended: dict[str, str] = field(default_factory=dict)

    def entries(self) -> Iterator[TarEntry]:
        while block := self._block():
            try:
                size, kind = _number(block[124:136]), block[156]
                if kind == _SPARSE:
                    raise ArchiveError(f"{self.what} has a sparse entry, which no archive of images has")
                if kind == _PAX_GLOBAL:
                    self.position += _padded(size)
                elif kind == _PAX:
                    self.extended.update(_records(self._extension(size)))
                elif kind in _LONG:
                    self.extended[_LONG[kind]] = _text(self._extension(size))
                else:
                    yield self._entry(block, kind, size)
            except ValueError as error:
                raise self._broken(str(error)) from error

    def _entry(self, block: bytes, kind: int, size: int) -> TarEntry:
        if any(key.startswith("GNU.sparse.") for key in self.extended):
            raise ArchiveError(f"{self.what} has a sparse entry, which no archive of images has")
        size = 0 if kind in _WITHOUT_CONTENT else int(self.extended.get("size", size))
        name = self.extended.get("path", _name(block))
        link = self.extended.get("linkpath", _text(block[157:257]))
        entry = TarEntry(name, kind, self.position, size, link if kind in (HARD_LINK, SYMBOLIC_LINK) else "")
        self.extended = {}
        if size < 0 or self.position + size > self.size:
            raise ArchiveError(f"{self.what} is cut short: {name!r} does not end inside it")
        self.position += _padded(size)
        return entry

    def _extension(self, size: int) -> bytes:
        if not 0 <= size <= _EXTENSION_LIMIT:
            raise ValueError(f"an extended header of {size} bytes")
        data = self._read(size)
        self.position += _padded(size) - size
        return data

    def _block(self) -> bytes:
        """The next header; empty at the end, which is a block of zeros or the end of the file."""
        if self.position == self.size:
            return b""
        start = self.position
        block = self._read(_BLOCK)
        if not any(block):
            return b""
        if not _checksum_fits(block):
            if start == 0:
                raise ArchiveError(f"{self.what} is not a tarball")
            raise self._broken("a wrong checksum")
        return block

    def _read(self, size: int) -> bytes:
        with reading(self.what):
            data = os.pread(self.fd, size, self.position)
        if len(data) < size:
            kind = "is cut short" if self.position else "is not a tarball"
            raise ArchiveError(f"{self.what} {kind}: it ends after {self.position + len(data)} bytes")
        self.position += size
        return data

    def _broken(self, why: str) -> ArchiveError:
        return ArchiveError(f"{self.what} has a broken header before byte {self.position}: {why}")


def _padded(size: int) -> int:
    return size + -size % _BLOCK


def _checksum_fits(block: bytes) -> bool:
    try:
        expected = _number(block[148:156])
    except ValueError:
        return False
    unsigned = sum(block) - sum(block[148:156]) + 8 * ord(" ")
    # Some old programs summed signed bytes.
    return expected in (unsigned, unsigned - 256 * sum(byte > 127 for byte in block[:148] + block[156:]))


def _number(field: bytes) -> int:
    if field[0] & 0x80:
        value = int.from_bytes(bytes([field[0] & 0x7F]) + field[1:], "big")
        if field[0] & 0x40:
            raise ValueError("a negative number")
        return value
    text = field.strip(b" \0").partition(b"\0")[0].strip(b" ")
    if not all(byte in b"01234567" for byte in text):
        raise ValueError("a number that is not octal")
    return int(text or b"0", 8)


def _name(block: bytes) -> str:
    prefix = _text(block[345:500]) if block[257:263] == b"ustar\0" else ""
    name = _text(block[:100])
    return f"{prefix}/{name}" if prefix else name


def _text(field: bytes) -> str:
    return field.partition(b"\0")[0].decode("utf-8", "surrogateescape")


def _records(data: bytes) -> dict[str, str]:
    """The records of a pax header, `LENGTH KEY=VALUE` and a line end each."""
    records = {}
    while data:
        digits, space, _ = data[:12].partition(b" ")
        length = int(digits) if digits.isdigit() and space else 0
        record = data[len(digits) + 1 : length]
        key, equals, value = record.partition(b"=")
        if length > len(data) or not record.endswith(b"\n") or not equals:
            raise ValueError("a pax record that is none")
        records[key.decode("utf-8", "surrogateescape")] = value[:-1].decode("utf-8", "surrogateescape")
        data = data[length:]
    return records

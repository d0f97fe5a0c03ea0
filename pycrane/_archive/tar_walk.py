"""The headers of a tar file one after another; contents are passed over by position and not read.

POSIX.1-1988 ustar, POSIX.1-2001 pax, and GNU's long names and big numbers.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from dataclasses import dataclass, field

from pycrane._errors import ArchiveError, LimitExceededError
from pycrane._io.files import reading
from pycrane._layers.tar.header import (
    BLOCK,
    FIELDS,
    HARD_LINK,
    LONG_LINK,
    LONG_NAME,
    PAX,
    PAX_GLOBAL,
    SPARSE,
    SYMBOLIC_LINK,
    WITHOUT_CONTENT,
    checksum_fits,
    number,
    padded,
    parse_records,
    prefix_length,
    text,
)
from pycrane._limits import DEFAULT_LIMITS, Limits

_LONG = {LONG_NAME: b"path", LONG_LINK: b"linkpath"}


@dataclass(frozen=True, slots=True)
class TarEntry:
    """One entry: its name, its type flag, the place of its content and, of a link, its target."""

    name: str
    kind: int
    offset: int
    size: int
    link: str


def walk(fd: int, size: int, what: str, limits: Limits = DEFAULT_LIMITS) -> Iterator[TarEntry]:
    """The entries of an open file of `size` bytes that `what` names in errors.

    Raises:
        ArchiveError: the file is not a tar, is cut short, or has sparse files or a broken header.
        LimitExceededError: a longer name or header than `limits` allow.
    """
    yield from _Walk(fd, size, what, limits).entries()


@dataclass(slots=True)
class _Walk:
    fd: int
    size: int
    what: str
    limits: Limits
    position: int = 0
    extended: int = 0
    named: int = 0
    records: dict[bytes, bytes] = field(default_factory=dict)

    def entries(self) -> Iterator[TarEntry]:
        while block := self._header():
            try:
                size, kind = number(block[124:136]), block[156]
                if kind in PAX:
                    self.records.update(parse_records(self._extension(size)))
                elif kind in _LONG:
                    self.records[_LONG[kind]] = text(self._extension(size))
                elif kind == PAX_GLOBAL:
                    self.position += padded(size)
                else:
                    yield self._entry(block, kind, size)
            except ValueError as error:
                raise self._broken(str(error)) from error

    def _header(self) -> bytes:
        """The next header; empty at the end, which is a block of zeros or the end of the file."""
        if self.position >= self.size:
            return b""
        block = self._read(BLOCK)
        if not any(block):
            return b""
        if not checksum_fits(block):
            raise self._broken("a wrong checksum")
        return block

    def _entry(self, block: bytes, kind: int, size: int) -> TarEntry:
        records, self.records, self.extended = self.records, {}, 0
        if kind == SPARSE or any(key.startswith(b"GNU.sparse.") for key in records):
            raise ArchiveError(f"{self.what} has a sparse entry, which no archive of images has")
        size = 0 if kind in WITHOUT_CONTENT else int(records.get(b"size", size))
        name, link = _names(block)
        name, link = records.get(b"path", name), records.get(b"linkpath", link)
        self.named += len(name) + len(link)
        if self.named > self.limits.archive_names:
            raise LimitExceededError(f"{self.what} has more than {self.limits.archive_names} bytes of names")
        entry = TarEntry(
            _decoded(name),
            kind,
            self.position,
            size,
            _decoded(link) if kind in (HARD_LINK, SYMBOLIC_LINK) else "",
        )
        if not 0 <= size <= self.size - self.position:
            raise ArchiveError(f"{self.what} is cut short: {entry.name!r} does not end inside it")
        self.position += padded(size)
        return entry

    def _extension(self, size: int) -> bytes:
        # Several may stand before one entry, and what they say is held until it comes.
        self.extended += size
        if self.extended > self.limits.tar_extension:
            raise LimitExceededError(f"{self.what} has {self.extended} bytes of headers before one entry")
        return self._read(padded(size))[:size]

    def _read(self, size: int) -> bytes:
        with reading(self.what):
            data = os.pread(self.fd, size, self.position)
        if len(data) < size:
            kind = "is cut short" if self.position else "is not a tarball"
            raise ArchiveError(f"{self.what} {kind}: it ends after {self.position + len(data)} bytes")
        self.position += size
        return data

    def _broken(self, why: str) -> ArchiveError:
        if self.position == BLOCK:
            return ArchiveError(f"{self.what} is not a tarball: its first block has {why}")
        return ArchiveError(f"{self.what} has a broken header before byte {self.position}: {why}")


def _names(block: bytes) -> tuple[bytes, bytes]:
    """The name and the link of an entry, as far as its header holds them."""
    name, _, _, _, link, magic, prefix, trailer = FIELDS.unpack(block)
    prefix = text(prefix[: prefix_length(magic, trailer)])
    return (prefix + b"/" + text(name) if prefix else text(name)), text(link)


def _decoded(name: bytes) -> str:
    return name.decode("utf-8", "surrogateescape")

"""A walker over the raw header blocks of a layer's tar stream (POSIX pax, ustar, GNU tar, v7).

Headers and data are passed on as they came; only what is needed to follow the stream is read from them.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

from pycrane._errors import LayerError, LimitExceededError
from pycrane._io.stream import CHUNK, ByteStream
from pycrane._layers.tar.header import (
    BLOCK,
    DIRECTORY,
    EXTENSIONS,
    FIELDS,
    LONG_LINK,
    LONG_NAME,
    PAX_GLOBAL,
    POSIX_MAGIC,
    SPARSE,
    WITHOUT_CONTENT,
    checksum_fits,
    number,
    padded,
    parse_records,
    prefix_length,
    sums_to,
    text,
)
from pycrane._layers.tar.rewrite import with_default_records
from pycrane._limits import DEFAULT_LIMITS, Limits

END = bytes(2 * BLOCK)
"""The end mark of a tar."""

_ZEROS = bytes(BLOCK)
_LONGEST_SIZE = 20  # digits
_USUAL = frozenset(b"0125")  # files, links of both kinds, directories
_SPACE = ord(" ")


class LayerEntry(NamedTuple):
    """One entry of a tar: `kind` is its type flag, names are bytes as they stand in the tar.

    `size` is that of the data that follows, which for sparse files is less than the file's. `header` is all
    its header blocks, unchanged, but for records of a global pax header, which become the entry's own.
    `offset` is where it begins in the stream, its extensions included.
    """

    name: bytes
    kind: int
    link: bytes
    size: int
    header: bytes
    offset: int


class TarWalk:
    """The entries of an uncompressed tar stream, once, front to back. The stream stays open.

    After an entry its content may be had from `data` or, with the padding after it, from `blocks_at_hand` or
    `blocks`; what is not asked for is skipped. At the end the stream is read out, that it may verify itself.

    Raises, while it is walked:
        LayerError: the tar is cut short or has a header that cannot be read; says where.
        LimitExceededError: more entries, or a longer name or header, than `limits` allows.
    """

    def __init__(self, stream: ByteStream, what: str = "the layer", limits: Limits = DEFAULT_LIMITS) -> None:
        self._stream = stream
        self._what = what
        self._limits = limits
        self._buffer, self._at = b"", 0
        self._base = 0  # where in the stream the buffer begins
        self._start = 0  # where in the stream the entry in hand begins
        self._data = self._padding = 0  # what is left of it
        self._extension = b""
        self._long: dict[int, bytes] = {}
        self._records: dict[bytes, bytes] = {}
        self._globals: dict[bytes, bytes] = {}
        self._added = 0  # bytes that they have added to headers

    def __iter__(self) -> Iterator[LayerEntry]:
        entries, room = self._limits.layer_entries, self._limits.layer_names
        while entry := self._usual() or self._any():
            entries -= 1
            room -= len(entry.name)
            if entries < 0:
                raise LimitExceededError(f"{self._what} has more than {self._limits.layer_entries} entries")
            if room < 0:
                raise LimitExceededError(
                    f"{self._what} has names of more than {self._limits.layer_names} bytes"
                )
            yield entry
            if self._data or self._padding:
                self._skip()
        while self._stream.read(CHUNK):
            pass

    def _usual(self) -> LayerEntry | None:
        """The next entry if its header is as most are, with no extension: read here because it is fast."""
        at = self._at
        block = self._buffer[at : at + BLOCK]
        if len(block) < BLOCK or self._globals:
            return None
        name, digits, check, kind, link, _, prefix, _ = FIELDS.unpack(block)
        octal, spaced = digits[:11], check[:6]
        if kind not in _USUAL or prefix[0] or digits[11] > _SPACE:
            return None
        if not octal.isdigit() or not spaced.isdigit():
            return None
        try:
            size, expected = int(octal, 8), int(spaced, 8)
        except ValueError:
            return None
        if not sums_to(block, expected, check):
            return None
        self._start = self._base + at
        self._at = at + BLOCK
        if kind in WITHOUT_CONTENT:
            size = 0
        elif size:
            self._data, self._padding = size, -size % BLOCK
        name, _, _ = name.partition(b"\0")
        return LayerEntry(name, kind, text(link) if link[0] else b"", size, block, self._start)

    def _any(self) -> LayerEntry | None:
        """The next entry; None at the end."""
        while block := self._header():
            kind = block[156]
            if kind not in EXTENSIONS:
                return self._entry(block, kind)
            self._extend(block, kind)
        if self._extension:
            raise self._broken("an extended header that belongs to no entry")
        return None

    def data(self) -> Iterator[bytes]:
        """The content of the entry in hand, or what is left of it, in pieces."""
        while self._data:
            yield self._take()

    def blocks_at_hand(self) -> bytes | None:
        """The content of the entry in hand in whole blocks, if none of it has to be read; None otherwise."""
        size = self._data + self._padding
        at = self._at
        if size > len(self._buffer) - at:
            return None
        self._at = at + size
        self._data = self._padding = 0
        return self._buffer[at : at + size]

    def blocks(self) -> Iterator[bytes]:
        """The content of the entry in hand in whole blocks, as it stands in the tar, in pieces."""
        yield from self.data()
        if self._padding:
            yield self._pad()

    def _header(self) -> bytes:
        """The next header block; empty where the tar ends."""
        if len(self._buffer) - self._at < BLOCK and not self._fill(BLOCK):
            if self._buffer:
                raise self._cut("within a header")
            return b""
        block = self._buffer[self._at : self._at + BLOCK]
        if block == _ZEROS:
            self._check_end()
            return b""
        if not checksum_fits(block):
            raise self._broken("a wrong checksum")
        if not self._extension:
            self._start = self._base + self._at
        self._at += BLOCK
        return block

    def _entry(self, block: bytes, kind: int) -> LayerEntry:
        name, digits, _, _, link, magic, prefix, trailer = FIELDS.unpack(block)
        end = name.find(0)
        if end >= 0:
            name = name[:end]
        if prefix[0] and magic == POSIX_MAGIC:
            name = text(prefix[: prefix_length(magic, trailer)]) + b"/" + name
        link = text(link) if link[0] else b""
        size = self._number(digits)
        if kind == SPARSE:
            block += self._sparse_map(block)
        header = block
        if self._extension or self._globals:
            name, link, size, header = self._extended(name, link, size, block)
        if not kind and name.endswith(b"/"):
            kind = DIRECTORY  # v7 has no type for it
        if kind in WITHOUT_CONTENT:
            size = 0
        self._data, self._padding = size, -size % BLOCK
        return LayerEntry(name, kind, link, size, header, self._start)

    def _extend(self, block: bytes, kind: int) -> None:
        size = self._number(block[124:136])
        if size + len(self._extension) > self._limits.tar_extension:
            raise LimitExceededError(f"{self._where()} has {size} bytes of extended header")
        raw = self._exactly(padded(size))
        payload = raw[:size]
        if kind == PAX_GLOBAL:
            self._globals.update(self._parse(payload))
            # Comments are about the tar, not about what is in it.
            self._globals = {
                key: value for key, value in self._globals.items() if value and key != b"comment"
            }
            if sum(map(len, self._globals.values())) > self._limits.tar_extension:
                raise LimitExceededError(f"{self._where()} has too many global pax records")
            return
        self._extension += block + raw
        if kind in (LONG_NAME, LONG_LINK):
            self._long[kind] = text(payload)
        else:
            self._records.update(self._parse(payload))

    def _extended(self, name: bytes, link: bytes, size: int, block: bytes) -> tuple[bytes, bytes, int, bytes]:
        records, long, header = self._records, self._long, self._extension + block
        self._records, self._long, self._extension = {}, {}, b""
        if self._globals:
            own = len(header)
            header = with_default_records(header, self._globals)
            self._added += max(0, len(header) - own)
            if self._added > self._limits.global_records:
                raise LimitExceededError(
                    f"{self._where()} has global pax records that add more than "
                    f"{self._limits.global_records} bytes to its entries"
                )
            records = self._globals | records
        name = long.get(LONG_NAME, name)
        name = records.get(b"GNU.sparse.name") or records.get(b"path") or name
        link = records.get(b"linkpath") or long.get(LONG_LINK, link)
        if b"\0" in name or b"\0" in link:
            raise self._broken("a name with a NUL byte")
        if max(len(name), len(link)) > self._limits.tar_name:
            raise LimitExceededError(f"{self._where()} has a name of {max(len(name), len(link))} bytes")
        if digits := records.get(b"size"):
            if not digits.isdigit() or len(digits) > _LONGEST_SIZE:
                raise self._broken(f"a size of {digits[:40]!r}")
            size = int(digits)
        return name, link, size, header

    def _sparse_map(self, block: bytes) -> bytes:
        """The blocks that continue an old GNU header with the map of a sparse file."""
        parts, more = [b""], block[482]
        while more:
            parts.append(self._exactly(BLOCK))
            more = parts[-1][504]
            if len(parts) * BLOCK > self._limits.tar_extension:
                raise LimitExceededError(f"{self._where()} has a sparse map of more than {len(parts)} blocks")
        return b"".join(parts)

    def _parse(self, payload: bytes) -> dict[bytes, bytes]:
        try:
            return parse_records(payload)
        except ValueError as error:
            raise self._broken(str(error)) from None

    def _number(self, field: bytes) -> int:
        try:
            if field[:11].isdigit() and field[11] in b"\0 ":
                return int(field[:11], 8)
            return number(field)
        except ValueError as error:
            raise self._broken(f"no size: {error}") from None

    def _exactly(self, size: int) -> bytes:
        if not self._fill(size):
            raise self._cut("within a header")
        self._at += size
        return self._buffer[self._at - size : self._at]

    def _fill(self, least: int) -> bool:
        """Have so many bytes ahead; false where the stream ends before."""
        if len(self._buffer) - self._at >= least:
            return True
        parts = [self._buffer[self._at :]]
        ahead = len(parts[0])
        while ahead < least and (more := self._stream.read(CHUNK)):
            parts.append(more)
            ahead += len(more)
        self._base += self._at
        self._buffer, self._at = b"".join(parts), 0
        return ahead >= least

    def _take(self) -> bytes:
        """Some of the data in hand."""
        if self._at < len(self._buffer):
            piece = self._buffer[self._at : self._at + self._data]
            self._at += len(piece)
        else:
            piece = self._stream.read(min(self._data, CHUNK))
            self._base += self._at + len(piece)
            self._buffer, self._at = b"", 0
            if not piece:
                raise self._cut(f"{self._data} bytes before the content of an entry ends")
        self._data -= len(piece)
        return piece

    def _pad(self) -> bytes:
        """The padding in hand. The last of a tar may be missing, as every reader lets it be."""
        size, self._padding = self._padding, 0
        self._fill(size)
        padding = self._buffer[self._at : self._at + size]
        self._at += len(padding)
        return padding.ljust(size, b"\0")

    def _skip(self) -> None:
        size = self._data + self._padding
        if size <= len(self._buffer) - self._at:
            self._at += size
            self._data = self._padding = 0
            return
        while self._data:
            self._take()
        self._pad()

    def _check_end(self) -> None:
        self._at += BLOCK
        if self._fill(BLOCK) and self._buffer[self._at : self._at + BLOCK] != _ZEROS:
            raise self._broken("a lone block of zeros before it")

    def _where(self) -> str:
        return f"{self._what}, at byte {self._base + self._at} of its tar,"

    def _broken(self, why: str) -> LayerError:
        if self._base + self._at == 0:
            return LayerError(f"{self._what} is not a tar: its first block has {why}")
        return LayerError(f"{self._where()} has a broken header: {why}")

    def _cut(self, where: str) -> LayerError:
        end = self._base + len(self._buffer)
        return LayerError(f"{self._what} is cut short: its tar ends after {end} bytes, {where}")

"""Tar written out of order: headers as Go's archive/tar writes them, and the place of every entry.

POSIX.1-1988 ustar, with pax records (POSIX.1-2001) only for what ustar cannot hold.
"""

from __future__ import annotations

from pycrane._layers.tar.header import BLOCK, checksum, format_records, padded

END = bytes(2 * BLOCK)
_NAME_SIZE = 100
_USTAR_SIZE = 8**11
_MODE = 0o644
_REGULAR, _EXTENSION = b"0", b"x"


class TarPlan:
    """Regular entries one after another; their sizes are known before their bytes are there.

    `headers` are the bytes to write and their offsets. All other bytes are zero.
    """

    def __init__(self) -> None:
        self.headers: list[tuple[int, bytes]] = []
        self._end = 0

    @property
    def size(self) -> int:
        """Bytes of the whole file, the end mark included."""
        return self._end + len(END)

    def add(self, name: str, size: int) -> int:
        """Append an entry and return the offset of its content."""
        header = regular_header(name, size)
        self.headers.append((self._end, header))
        offset = self._end + len(header)
        self._end = offset + padded(size)
        return offset


def regular_header(name: str, size: int) -> bytes:
    """The header of a regular file of mode 0644, all else zero. `name` is ASCII without long directories."""
    records = {}
    if len(name) > _NAME_SIZE:
        records[b"path"] = name.encode()
    if size >= _USTAR_SIZE:
        records[b"size"] = b"%d" % size
    device = _octal(0, 8) * 2
    block = _block(name, _REGULAR, 0 if b"size" in records else size, _octal(_MODE, 8), device)
    return _extension(name, records) + block if records else block


def _extension(name: str, records: dict[bytes, bytes]) -> bytes:
    data = format_records(records)
    directory, _, file = name.rpartition("/")
    extension_name = "/".join(part for part in (directory, "PaxHeaders.0", file) if part)
    header = _block(extension_name, _EXTENSION, len(data), _octal(0, 8), bytes(16))
    return header + data.ljust(padded(len(data)), b"\0")


def _block(name: str, kind: bytes, size: int, mode: bytes, device: bytes) -> bytes:
    start = name.encode()[:_NAME_SIZE].ljust(_NAME_SIZE, b"\0") + mode + _octal(0, 8) * 2
    start += _octal(size, 12) + _octal(0, 12)
    rest = (kind + bytes(100) + b"ustar\x0000" + bytes(64) + device).ljust(BLOCK - 156, b"\0")
    return start + b"%06o\0 " % checksum(start + bytes(8) + rest) + rest


def _octal(value: int, width: int) -> bytes:
    return b"%0*o\0" % (width - 1, value)

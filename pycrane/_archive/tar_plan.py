"""Tar written out of order: headers as Go's archive/tar writes them, and the place of every entry.

POSIX.1-1988 ustar, with pax records (POSIX.1-2001) only for what ustar cannot hold.
"""

from __future__ import annotations

from pycrane._layers.tar.header import BLOCK, block, format_records, padded

END = bytes(2 * BLOCK)
_NAME_SIZE = 100
_USTAR_SIZE = 8**11
_MODE = 0o644
_REGULAR, _EXTENSION = ord("0"), ord("x")


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
    counted = 0 if b"size" in records else size
    main = block(_REGULAR, name.encode(), counted, mode=_MODE, devices=True)
    return _extension(name, records) + main if records else main


def _extension(name: str, records: dict[bytes, bytes]) -> bytes:
    data = format_records(records)
    directory, _, file = name.rpartition("/")
    extension_name = "/".join(part for part in (directory, "PaxHeaders.0", file) if part)
    header = block(_EXTENSION, extension_name.encode(), len(data), mode=0)
    return header + data.ljust(padded(len(data)), b"\0")

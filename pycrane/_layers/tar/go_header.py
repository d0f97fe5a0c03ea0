"""Headers of tar entries as Go's archive/tar writes them in its pax format.

Go reads all fields of an entry and writes them anew: records only for what the block cannot hold, those of
no field of the block, and those that said before what they say now.
"""

from __future__ import annotations

import re
from typing import NamedTuple

from pycrane._layers.tar.header import (
    BLOCK,
    EXTENSIONS,
    PAX,
    POSIX_MAGIC,
    block,
    format_records,
    number,
    padded,
    parse_records,
    text,
)
from pycrane._layers.tar.walk import LayerEntry

_OF_FIELDS = frozenset(
    (b"path", b"linkpath", b"size", b"uid", b"gid", b"uname", b"gname", b"mtime", b"atime", b"ctime")
)
_NUMBER = re.compile(rb"-?[0-9]{1,18}")
_TIME = re.compile(rb"(-?)([0-9]{1,18})(?:\.([0-9]*))?")
_GNU_MAGIC = b"ustar  \0"
_KINDS = frozenset(b"0123456\0")
_SMALL, _LARGE = 8**7, 8**11  # numbers that fields of 8 and of 12 bytes do not hold


def go_header(entry: LayerEntry, name: bytes, link: bytes, added: dict[bytes, bytes]) -> bytes | None:
    """The header blocks of an entry of this name and target, with added records.

    None for what Go does not write so: sparse files, star's format, times of access in GNU's format, numbers
    that are not valid.
    """
    own, main = _taken_apart(entry.header)
    magic = main[257:265]
    if entry.kind not in _KINDS or any(key.startswith(b"GNU.sparse.") for key in own):
        return None
    if main[508:512] == b"tar\0" or (magic == _GNU_MAGIC and main[345:369].strip(b"\0")):
        return None
    try:
        return _written(_Fields.read(own, main), own, entry, name, link, added)
    except ValueError:
        return None


class _Fields(NamedTuple):
    """The fields of an entry as Go has them, once pax records have overridden those of the block."""

    mode: int
    uid: int
    gid: int
    size: int
    mtime: bytes
    names: tuple[bytes, bytes]
    devices: tuple[int, int]

    @classmethod
    def read(cls, own: dict[bytes, bytes], main: bytes) -> _Fields:
        """Read the fields. Raises ValueError for a number that is not valid."""
        whole = main[257:263] == POSIX_MAGIC or main[257:265] == _GNU_MAGIC
        mtime = own.get(b"mtime") or b"%d" % number(main[136:148])
        names = (text(main[265:297]), text(main[297:329])) if whole else (b"", b"")
        return cls(
            number(main[100:108]),
            _integer(own.get(b"uid")) if own.get(b"uid") else number(main[108:116]),
            _integer(own.get(b"gid")) if own.get(b"gid") else number(main[116:124]),
            _integer(own.get(b"size")) if own.get(b"size") else number(main[124:136]),
            _time(mtime),
            (own.get(b"uname") or names[0], own.get(b"gname") or names[1]),
            (number(main[329:337]), number(main[337:345])) if whole else (0, 0),
        )


def _written(
    fields: _Fields,
    own: dict[bytes, bytes],
    entry: LayerEntry,
    name: bytes,
    link: bytes,
    added: dict[bytes, bytes],
) -> bytes:
    if max(fields.mode, *fields.devices) >= _SMALL:
        raise ValueError("a mode or device that no record can hold")
    texts = ((b"path", name, 100), (b"linkpath", link, 100))
    owners = ((b"uname", fields.names[0], 32), (b"gname", fields.names[1], 32))
    records = {
        key: value
        for key, value, room in texts + owners
        if len(value) > room or not value.isascii() or own.get(key) == value
    }
    counts = ((b"uid", fields.uid, _SMALL), (b"gid", fields.gid, _SMALL), (b"size", fields.size, _LARGE))
    records |= {
        key: b"%d" % count
        for key, count, most in counts
        if not 0 <= count < most or own.get(key) == b"%d" % count
    }
    seconds = int(fields.mtime.partition(b".")[0])
    fits = not fields.mtime.startswith(b"-") and seconds < _LARGE
    if not fits or b"." in fields.mtime or own.get(b"mtime") == fields.mtime:
        records[b"mtime"] = fields.mtime
    records |= {key: _time(own[key]) for key in (b"atime", b"ctime") if own.get(key)}
    others = own | added
    records |= {key: value for key, value in others.items() if key not in _OF_FIELDS}
    main = block(
        ord("0") if entry.kind == 0 else entry.kind,
        _field(name),
        fields.size if 0 <= fields.size < _LARGE else 0,
        mode=fields.mode,
        link=_field(link),
        owner=(_fitting(fields.uid), _fitting(fields.gid)),
        names=(_ascii(fields.names[0]), _ascii(fields.names[1])),
        mtime=seconds if fits else 0,
        devices=fields.devices,
    )
    return _extension(name, records) + main


def _extension(name: bytes, records: dict[bytes, bytes]) -> bytes:
    payload = format_records(dict(sorted(records.items())))
    directory, _, file = name.rpartition(b"/")
    parts = [part for part in (directory, b"PaxHeaders.0", file) if part]
    title = _ascii(b"/".join(parts))[:100].rstrip(b"/")
    return block(ord("x"), title, len(payload), mode=0) + payload.ljust(padded(len(payload)), b"\0")


def _fitting(count: int) -> int:
    return count if 0 <= count < _SMALL else 0


def _ascii(value: bytes) -> bytes:
    return bytes(byte for byte in value if byte < 128)


def _field(value: bytes) -> bytes:
    """A name as it stands in its field of 100 bytes, where none that is cut ends with a slash."""
    value = _ascii(value)
    return value[:100].rstrip(b"/") if len(value) > 100 and value[99:100] == b"/" else value


def _integer(value: bytes | None) -> int:
    if value is None or not _NUMBER.fullmatch(value):
        raise ValueError("a number that is not valid")
    return int(value)


def _time(value: bytes) -> bytes:
    """A time in seconds as Go writes it: to nanoseconds, without zeros that say nothing."""
    match = _TIME.fullmatch(value)
    if match is None:
        raise ValueError("a time that is not valid")
    sign, seconds, fraction = match[1], int(match[2]), (match[3] or b"")[:9].rstrip(b"0")
    if not seconds and not fraction:
        return b"0"
    return b"%s%d.%s" % (sign, seconds, fraction) if fraction else b"%s%d" % (sign, seconds)


def _taken_apart(header: bytes) -> tuple[dict[bytes, bytes], bytes]:
    """The pax records and the main block of an entry's header."""
    records: dict[bytes, bytes] = {}
    at = 0
    while (kind := header[at + 156]) in EXTENSIONS:
        size = number(header[at + 124 : at + 136])
        if kind in PAX:
            records.update(parse_records(header[at + BLOCK : at + BLOCK + size]))
        at += BLOCK + padded(size)
    return records, header[at : at + BLOCK]

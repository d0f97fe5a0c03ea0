"""Header blocks of a tar entry with another name, link target, time or pax records; the rest as it was."""

from __future__ import annotations

from pycrane._layers.tar.header import (
    BLOCK,
    DIRECTORY,
    EXTENSIONS,
    LONG_LINK,
    LONG_NAME,
    PAX,
    POSIX_MAGIC,
    Pairs,
    block,
    format_pairs,
    number,
    padded,
    parse_pairs,
    prefix_length,
    seal,
    text,
)

_FIELD = 100  # bytes of a name or link target in a header block
_LONG_NAME_OF = {b"path": LONG_NAME, b"linkpath": LONG_LINK}
_NAMES = frozenset({b"path", b"linkpath", b"GNU.sparse.name"})
_FIELD_OF = {b"path": 0, b"linkpath": 157}
_TIMES = frozenset({b"atime", b"ctime", b"LIBARCHIVE.creationtime"})
_OTHER_TIMES = {b"ustar  \0": (345, 357)}  # GNU tar's fields of access and of change of the entry
_STAR_TRAILER = b"tar\0"


def rewritten(header: bytes, *, name: bytes | None = None, link: bytes | None = None) -> bytes:
    """The header blocks of `LayerEntry.header`, for another name or link target (None: as it was).

    A name goes where the old one stood, or into a pax record or GNU's long name if it is too long for that.
    """
    parts = _Parts(header)
    if name is not None:
        sparse = parts.has(b"GNU.sparse.name")
        parts.put(b"GNU.sparse.name" if sparse else b"path", name)
    if link is not None:
        parts.put(b"linkpath", link)
    return parts.joined()


def pointing(header: bytes, target: bytes) -> bytes:
    """The header blocks of a hard link that names this target; the same ones if it does already."""
    if len(header) == BLOCK and text(header[157:257]) == target:
        return header
    parts = _Parts(header)
    return header if parts.link == target else rewritten(header, link=target)


def with_default_records(header: bytes, records: dict[bytes, bytes]) -> bytes:
    """The header blocks of `LayerEntry.header` with these pax records, except for keys that it has."""
    parts = _Parts(header)
    for key, value in records.items():
        if not parts.has(key):
            parts.record(key, value)
    return parts.joined()


def with_added_records(header: bytes, records: dict[bytes, bytes]) -> bytes:
    """The header blocks of `LayerEntry.header` with these pax records, in place of its own of their keys."""
    parts = _Parts(header)
    for key, value in records.items():
        parts.record(key, value)
    return parts.joined()


def at_time(header: bytes, seconds: int) -> bytes:
    """The header blocks of `LayerEntry.header` with every time in them set to this many seconds after 1970.

    That is the time of change, and where there are such, those of access, of change of the entry and of
    creation, in pax records or in the fields that GNU tar and star have for them.
    """
    parts = _Parts(header)
    parts.set_times(seconds)
    return parts.joined()


def directory_header(path: bytes) -> bytes:
    """The header blocks of a directory that is root's, of mode 0755 and of the epoch's time."""
    return rewritten(block(DIRECTORY, b"", 0, mode=0o755), name=path + b"/")


class _Parts:
    """The blocks of one entry's header, taken apart."""

    def __init__(self, header: bytes) -> None:
        self.records: Pairs = []
        self.changed = False
        self._long: dict[int, bytes] = {}
        self._pax = b""
        at = 0
        while (kind := header[at + 156]) in EXTENSIONS:
            size = number(header[at + 124 : at + 136])
            end = at + BLOCK + padded(size)
            payload = header[at + BLOCK : at + BLOCK + size]
            if kind in PAX:
                self.records += parse_pairs(payload)
                self._pax += header[at:end]
            else:
                self._long[kind] = text(payload)
            at = end
        self._main = bytearray(header[at : at + BLOCK])
        self._map = header[at + BLOCK :]

    @property
    def link(self) -> bytes:
        """The target of the link."""
        written = dict(self.records).get(b"linkpath") or self._long.get(LONG_LINK)
        return written or text(bytes(self._main[157:257]))

    def has(self, key: bytes) -> bool:
        """Whether there is a pax record of this key."""
        return any(key == one for one, _ in self.records)

    def put(self, key: bytes, value: bytes) -> None:
        """Have this name or target, where one stood or where it fits."""
        posix = self._main[257:263] == POSIX_MAGIC
        field = _FIELD_OF.get(key)
        if field is not None:
            self._long.pop(_LONG_NAME_OF[key], None)
        if self.has(key) or field is None or (len(value) > _FIELD and posix):
            self.record(key, value)
        elif len(value) > _FIELD:
            self._long[_LONG_NAME_OF[key]] = value
        if field is not None:
            self._main[field : field + _FIELD] = value[:_FIELD].ljust(_FIELD, b"\0")
            if not field:
                self._clear_prefix()

    def record(self, key: bytes, value: bytes) -> None:
        """Have this record in place of any of its key."""
        self.records = [record for record in self.records if record[0] != key] + [(key, value)]
        self.changed = True
        if key in _NAMES and not _is_utf8(value) and not self.has(b"hdrcharset"):
            self.records.insert(0, (b"hdrcharset", b"BINARY"))

    def set_times(self, seconds: int) -> None:
        """Have this time wherever there is one."""
        field = _time_field(seconds)
        self._main[136:148] = field
        for at in _OTHER_TIMES.get(bytes(self._main[257:265]), ()) or self._star_times():
            if self._main[at : at + 12].strip(b" \0"):
                self._main[at : at + 12] = field
        kept = [(key, value) for key, value in self.records if key != b"mtime"]
        self.records = [(key, b"%d" % seconds if key in _TIMES else value) for key, value in kept]
        self.changed = self.changed or bool(self._pax)  # the extension has a time of its own

    def _star_times(self) -> tuple[int, ...]:
        star = self._main[257:263] == POSIX_MAGIC and self._main[508:512] == _STAR_TRAILER
        return (476, 488) if star else ()

    def _clear_prefix(self) -> None:
        length = prefix_length(bytes(self._main[257:263]), bytes(self._main[508:512]))
        self._main[345 : 345 + length] = bytes(length)

    def joined(self) -> bytes:
        """The blocks, with a checksum that fits."""
        pax = self._pax
        if self.changed:
            pax = _extension(ord("x"), _PAX_NAME, format_pairs(self.records)) if self.records else b""
        long = [_extension(kind, _LONG_LINK_NAME, value + b"\0") for kind, value in self._long.items()]
        seal(self._main)
        return b"".join([pax, *long, self._main, self._map])


def _time_field(seconds: int) -> bytes:
    """A time as a header has it: in octal digits, or in base 256 from the year 2242 on."""
    return b"%011o\0" % seconds if seconds < 8**11 else b"\x80" + seconds.to_bytes(11, "big")


_PAX_NAME = b"PaxHeaders/entry"
_LONG_LINK_NAME = b"././@LongLink"
_GNU_MAGIC, _POSIX_MAGIC = b"ustar  \0", b"ustar\x0000"


def _extension(kind: int, name: bytes, payload: bytes) -> bytes:
    magic = _GNU_MAGIC if kind in _LONG_NAME_OF.values() else _POSIX_MAGIC
    return block(kind, name, len(payload), magic=magic) + payload.ljust(padded(len(payload)), b"\0")


def _is_utf8(value: bytes) -> bool:
    try:
        value.decode()
    except UnicodeDecodeError:
        return False
    return True

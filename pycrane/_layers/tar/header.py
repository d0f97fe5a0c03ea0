"""The fields of a tar header block and the records of a pax header (POSIX pax, ustar, GNU tar, v7)."""

from __future__ import annotations

import struct
from zlib import adler32

BLOCK = 512

REGULAR = frozenset(b"0\x007")
HARD_LINK = ord("1")
SYMBOLIC_LINK = ord("2")
DIRECTORY = ord("5")
SPARSE = ord("S")
PAX = frozenset(b"xX")  # X is Solaris's name for the same
PAX_GLOBAL = ord("g")
LONG_NAME, LONG_LINK = ord("L"), ord("K")
EXTENSIONS = PAX | {PAX_GLOBAL, LONG_NAME, LONG_LINK}
WITHOUT_CONTENT = frozenset(b"123456")
"""Links, devices, directories and pipes: whatever their size field says, no content follows."""

POSIX_MAGIC = b"ustar\0"
_STAR_TRAILER = b"tar\0"
_STAR_PREFIX = 131

FIELDS = struct.Struct("100s24x12s12x8sB100s6s82x155s8x4s")
"""Name, size, checksum, type, link, magic, prefix and star's trailer."""

_FIELD_AS_SPACES = 8 * ord(" ")
_ADLER = 65521


def padded(size: int) -> int:
    """The bytes that content of this size takes in a tar."""
    return size + -size % BLOCK


def number(field: bytes) -> int:
    """A number in octal digits or in base 256. Raises ValueError for anything else, and below zero."""
    if field[0] & 0x80:
        if field[0] & 0x40:
            raise ValueError("a negative number")
        return int.from_bytes(bytes([field[0] & 0x7F]) + field[1:], "big")
    digits = field.lstrip(b" \0").partition(b"\0")[0].rstrip(b" ")
    if digits and not digits.isdigit():
        raise ValueError(f"{digits!r} is not an octal number")
    return int(digits or b"0", 8)


def text(field: bytes) -> bytes:
    """A field up to its first NUL."""
    end = field.find(0)
    return field if end < 0 else field[:end]


def prefix_length(magic: bytes, trailer: bytes) -> int:
    """Length of the prefix of a name: only POSIX has one, and star's is shorter."""
    if magic != POSIX_MAGIC:
        return 0
    return _STAR_PREFIX if trailer == _STAR_TRAILER else 155


def checksum(block: bytes) -> int:
    """The sum of a header's bytes, its checksum field taken for spaces."""
    return sum(block) - sum(block[148:156]) + _FIELD_AS_SPACES


def sums_to(block: bytes, expected: int, field: bytes) -> bool:
    """Whether the bytes of a header that has this checksum field sum up to it, modulo 65521.

    That is how zlib sums bytes, several times faster than Python does exactly.
    """
    return adler32(block) & 0xFFFF == (1 + expected - _FIELD_AS_SPACES + sum(field)) % _ADLER


def checksum_fits(block: bytes) -> bool:
    """Whether a header has its checksum; some old programs summed signed bytes."""
    field = block[148:156]
    try:
        expected = number(field)
    except ValueError:
        return False
    if sums_to(block, expected, field):
        return True
    high = sum(byte > 127 for byte in block[:148] + block[156:])
    return expected == checksum(block) - 256 * high


def block(
    kind: int,
    name: bytes,
    size: int,
    *,
    mode: int = 0o644,
    link: bytes = b"",
    owner: tuple[int, int] = (0, 0),
    names: tuple[bytes, bytes] = (b"", b""),
    mtime: int = 0,
    magic: bytes = b"ustar\x0000",
    devices: tuple[int, int] | bool = False,
) -> bytes:
    """A header block with its checksum. `devices` are written if there are any; True writes zeros."""
    made = bytearray(BLOCK)
    made[: min(len(name), 100)] = name[:100]
    made[100:148] = b"%07o\0%07o\0%07o\0%011o\0%011o\0" % (mode, owner[0], owner[1], size, mtime)
    made[156] = kind
    made[157 : 157 + min(len(link), 100)] = link[:100]
    made[257:265] = magic
    made[265:297] = names[0][:32].ljust(32, b"\0")
    made[297:329] = names[1][:32].ljust(32, b"\0")
    if devices:
        major, minor = (0, 0) if isinstance(devices, bool) else devices
        made[329:345] = b"%07o\0%07o\0" % (major, minor)
    seal(made)
    return bytes(made)


def seal(made: bytearray) -> None:
    """Set the checksum of a header block."""
    made[148:156] = b"%06o\0 " % checksum(bytes(made))


Pairs = list[tuple[bytes, bytes]]
"""Keys and values of a pax header in their order. Maps of sparse files repeat keys; else the last counts."""


def parse_records(payload: bytes) -> dict[bytes, bytes]:
    """The records of a pax header, of equal keys the last. Raises ValueError."""
    return dict(parse_pairs(payload))


def parse_pairs(payload: bytes) -> Pairs:
    """All records of a pax header, `LENGTH KEY=VALUE` and a line end each. Raises ValueError."""
    records: Pairs = []
    start = 0
    while start < len(payload):
        digits, space, _ = payload[start : start + 20].partition(b" ")
        end = start + int(digits) if digits.isdigit() and space else 0
        key, equals, value = payload[start + len(digits) + 1 : end].partition(b"=")
        if end > len(payload) or not key or not equals or not value.endswith(b"\n"):
            if not payload[start:].strip(b"\0"):
                break  # some programs count the padding in
            raise ValueError(f"an invalid pax record: {payload[start : start + 40]!r}")
        records.append((key, value[:-1]))
        start = end
    return records


def format_records(records: dict[bytes, bytes]) -> bytes:
    """The payload of a pax header of these records."""
    return format_pairs(list(records.items()))


def format_pairs(records: Pairs) -> bytes:
    """The payload of a pax header of records whose keys may repeat."""
    return b"".join(_record(key, value) for key, value in records)


def _record(key: bytes, value: bytes) -> bytes:
    rest = len(key) + len(value) + 3
    length = rest + len(str(rest))
    # The length counts its own digits, which may make it one digit longer.
    length = rest + len(str(length))
    return b"%d %s=%s\n" % (length, key, value)

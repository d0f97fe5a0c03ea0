"""A layer's tar in the form that Windows containers take: files below `Files`, and a place for `Hives`.

The bytes are those that Go's archive/tar writes, so that diff ids are crane's, except for two cases: hard
links lead to their files below `Files`, and global pax records become records of each entry. Each entry gets
a security descriptor that lets users execute it (OCI image spec, layer.md; [MS-DTYP] 2.4.6).
"""

from __future__ import annotations

import base64
import struct
from collections.abc import Iterator

from pycrane._errors import LayerError
from pycrane._io.stream import ByteStream, PiecedStream
from pycrane._layers.tar.go_header import go_header
from pycrane._layers.tar.header import DIRECTORY, HARD_LINK, block
from pycrane._layers.tar.paths import clean_path
from pycrane._layers.tar.rewrite import rewritten, with_added_records
from pycrane._layers.tar.walk import END, LayerEntry, TarWalk
from pycrane._limits import DEFAULT_LIMITS, Limits

_FILES, _HIVES = b"Files", b"Hives"
_USERS = struct.pack("<2B6s2I", 1, 2, bytes([0, 0, 0, 0, 0, 5]), 32, 545)  # S-1-5-32-545, BUILTIN\\Users
_SELF_RELATIVE = 0x8000
_HEADER = struct.pack("<BxH4I", 1, _SELF_RELATIVE, 20, 20 + len(_USERS), 0, 0)  # offsets of owner and group
_OWNED_BY_USERS = {b"MSWINDOWS.rawsd": base64.b64encode(_HEADER + _USERS + _USERS)}


def open_for_windows(stream: ByteStream, what: str = "layer", limits: Limits = DEFAULT_LIMITS) -> ByteStream:
    """An uncompressed layer in the form for a Windows image; the stream is closed with the one returned.

    Raises, while it is read:
        LayerError: the tar is broken, an entry climbs out, or the layer is in this form already.
        LimitExceededError: more entries or longer names than `limits` allows.
    """
    return PiecedStream(_pieces(TarWalk(stream, what, limits), what), stream.close)


def _pieces(walk: TarWalk, what: str) -> Iterator[bytes]:
    yield _directory(_FILES) + _directory(_HIVES)
    for entry in walk:
        yield _moved(entry, what)
        yield from walk.blocks()
    yield END


def _moved(entry: LayerEntry, what: str) -> bytes:
    name = clean_path(entry.name, what)
    if name.startswith(_FILES + b"/") or entry.name.startswith(_FILES + b"/"):
        raise LayerError(
            f"{what} is in the form for Windows already: it has {name.decode(errors='replace')!r}"
        )
    moved = _below_files(name)
    target = _below_files(clean_path(entry.link, what)) if entry.kind == HARD_LINK else entry.link
    header = go_header(entry, moved, target, _OWNED_BY_USERS)
    if header is not None:
        return header
    new_target = target if entry.kind == HARD_LINK else None
    return with_added_records(rewritten(entry.header, name=moved, link=new_target), _OWNED_BY_USERS)


def _below_files(name: bytes) -> bytes:
    return _FILES + b"/" + name if name else _FILES


def _directory(name: bytes) -> bytes:
    """The header of a directory that all may read, of no time and owner."""
    return block(DIRECTORY, name, 0, mode=0o555, devices=True)

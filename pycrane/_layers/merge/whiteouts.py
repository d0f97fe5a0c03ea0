"""Whiteouts: entries for what a layer removes from lower ones (OCI image spec, layer.md, Whiteouts)."""

from __future__ import annotations

from typing import NamedTuple

from pycrane._errors import LayerError
from pycrane._layers.tar.paths import parent_of, shown

_PREFIX = b".wh."
_RESERVED = b".wh..wh."
_OPAQUE = b".wh..wh..opq"


class Whiteout(NamedTuple):
    """A removal: of a path with all below it, or only what is below if it is an opaque directory."""

    path: bytes
    opaque: bool


def may_be_special(path: bytes) -> bool:
    """Whether a path has a name in it that layers give a meaning to."""
    return path.startswith(_PREFIX) or b"/" + _PREFIX in path


def whiteout_of(path: bytes, what: str) -> Whiteout | None:
    """The removal that an entry of this path stands for, or None. Raises LayerError for a bare `.wh.`."""
    directory = parent_of(path)
    name = path[len(directory) :].lstrip(b"/")
    if may_be_special(directory):
        return None
    if name == _OPAQUE:
        return Whiteout(directory, opaque=True)
    if not name.startswith(_PREFIX) or name.startswith(_RESERVED):
        return None
    removed = name[len(_PREFIX) :]
    if removed in (b"", b".", b".."):
        raise LayerError(f"{what} has a whiteout that names nothing: {shown(path)}")
    return Whiteout(directory + b"/" + removed if directory else removed, opaque=False)

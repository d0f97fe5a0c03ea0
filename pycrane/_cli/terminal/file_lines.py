"""Files of an image as lines: paths, or columns as of `ls -l`."""

from __future__ import annotations

import stat
from datetime import UTC, datetime
from typing import Any

from pycrane._image.file_entries import FileEntry, FileKind

_FORMATS = {
    FileKind.FILE: stat.S_IFREG,
    FileKind.DIRECTORY: stat.S_IFDIR,
    FileKind.SYMBOLIC_LINK: stat.S_IFLNK,
    FileKind.HARD_LINK: stat.S_IFREG,
    FileKind.CHARACTER_DEVICE: stat.S_IFCHR,
    FileKind.BLOCK_DEVICE: stat.S_IFBLK,
    FileKind.PIPE: stat.S_IFIFO,
}


def long_line(entry: FileEntry) -> str:
    """Return mode, owner and group by number, size, time in UTC and path, in columns."""
    mode = stat.filemode(_FORMATS[entry.kind] | entry.mode)
    time = _time(entry.mtime)
    arrow = {FileKind.SYMBOLIC_LINK: f" -> {entry.link}", FileKind.HARD_LINK: f" link to {entry.link}"}
    owner = f"{entry.uid}:{entry.gid}"
    return f"{mode} {owner:<11} {entry.size:>10} {time} {entry.path}{arrow.get(entry.kind, '')}"


def fields(entry: FileEntry) -> dict[str, Any]:
    """Return a file as an object for JSON."""
    value = {
        "path": _text(entry.path),
        "kind": entry.kind.name.lower(),
        "mode": f"{entry.mode:04o}",
        "uid": entry.uid,
        "gid": entry.gid,
        "owner": _text(entry.owner),
        "group": _text(entry.group),
        "size": entry.size,
        "modified": _time(entry.mtime),
        "link": _text(entry.link),
    }
    return value if entry.digest is None else value | {"digest": str(entry.digest)}


def _text(text: str) -> str:
    """Return a text with bytes outside of UTF-8 replaced, as JSON cannot hold them."""
    return text.encode(errors="surrogateescape").decode(errors="replace")


def _time(seconds: float) -> str:
    try:
        return f"{datetime.fromtimestamp(seconds, UTC):%Y-%m-%dT%H:%M:%SZ}"
    except (OverflowError, ValueError, OSError):  # beyond the years that Python knows
        return "-"

"""Files of an image as values: kind, mode, owner, size, time (OCI image spec, layer.md; POSIX pax)."""

from __future__ import annotations

import io
import tarfile
from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass, replace
from enum import StrEnum
from hashlib import sha256

from pycrane._errors import LayerError
from pycrane._image.content import limits_of
from pycrane._image.filesystem import flattened
from pycrane._image.view import Image
from pycrane._layers.tar.header import BLOCK
from pycrane._layers.tar.paths import clean_path, shown
from pycrane._layers.tar.walk import END, LayerEntry, TarWalk
from pycrane._oci.digest import Digest

_SETUID, _SETGID = 0o4000, 0o2000


class FileKind(StrEnum):
    """Kind of a file; its value is the letter of `ls -l`, `h` for a hard link."""

    FILE = "-"
    DIRECTORY = "d"
    SYMBOLIC_LINK = "l"
    HARD_LINK = "h"
    CHARACTER_DEVICE = "c"
    BLOCK_DEVICE = "b"
    PIPE = "p"


_KINDS = {
    tarfile.LNKTYPE: FileKind.HARD_LINK,
    tarfile.SYMTYPE: FileKind.SYMBOLIC_LINK,
    tarfile.CHRTYPE: FileKind.CHARACTER_DEVICE,
    tarfile.BLKTYPE: FileKind.BLOCK_DEVICE,
    tarfile.DIRTYPE: FileKind.DIRECTORY,
    tarfile.FIFOTYPE: FileKind.PIPE,
}


@dataclass(frozen=True, slots=True)
class FileEntry:
    """A file of an image: `path` from the root without a slash before it, bytes outside of UTF-8 as
    surrogates (PEP 383); `mode` are its permission bits; `size` in bytes; `mtime` in seconds since 1970.

    `link` is the target of a link, empty for other files; `owner` and `group` are names, often empty;
    `digest` is that of the content of a regular file, None where it was not asked for.
    """

    path: str
    kind: FileKind
    mode: int
    uid: int
    gid: int
    size: int
    mtime: float
    link: str = ""
    owner: str = ""
    group: str = ""
    digest: Digest | None = None

    @property
    def setuid(self) -> bool:
        """Whether it is a program that runs as its owner or group (setuid, setgid)."""
        return self.kind in (FileKind.FILE, FileKind.HARD_LINK) and bool(self.mode & (_SETUID | _SETGID))


def file_entries(image: Image, *, digests: bool = False) -> Iterator[FileEntry]:
    """List the files of an image, the topmost layer's first, with `digests` those of their content too.

    All layers are read and verified.

    Raises:
        UnsupportedError: the image is an artifact, or a layer is encrypted.
        LayerError: a layer is broken.
    """
    with closing(flattened(image)) as stream:
        walk = TarWalk(stream, "the file system", limits_of(image.content))
        for entry in walk:
            found = _read(entry)
            if digests and found.kind is FileKind.FILE:
                hasher = sha256()
                for piece in walk.data():
                    hasher.update(piece)
                found = replace(found, digest=Digest("sha256", hasher.hexdigest()))
            yield found


def _read(entry: LayerEntry) -> FileEntry:
    path = clean_path(entry.name, "the file system")
    try:
        member = _member(entry)
    except (tarfile.TarError, ValueError) as error:
        raise LayerError(f"the entry of {shown(path)} cannot be read: {error}") from error
    kind = _KINDS.get(member.type, FileKind.FILE)
    return FileEntry(
        path=path.decode(errors="surrogateescape"),
        kind=kind,
        mode=member.mode & 0o7777,
        uid=member.uid,
        gid=member.gid,
        size=member.size if kind is FileKind.FILE else 0,
        mtime=member.mtime,
        link=entry.link.decode(errors="surrogateescape"),
        owner=member.uname,
        group=member.gname,
    )


def _member(entry: LayerEntry) -> tarfile.TarInfo:
    if len(entry.header) == BLOCK and entry.kind != ord("S"):
        return tarfile.TarInfo.frombuf(entry.header, "utf-8", "surrogateescape")
    with tarfile.open(fileobj=io.BytesIO(entry.header + END), mode="r:", encoding="utf-8") as archive:
        member = archive.next()
    if member is None:
        raise ValueError("its header is cut short")
    return member

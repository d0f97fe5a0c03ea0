"""One file of an image's file system: found where its name leads, and put back as a layer of its own.

OCI image spec, layer.md. Owner, mode and extended attributes of a file that is there stay.
"""

from __future__ import annotations

import io
import tarfile
from collections.abc import Mapping
from contextlib import closing, suppress
from dataclasses import dataclass

from pycrane._errors import LayerError, LimitExceededError, UnsupportedError
from pycrane._image.content import limits_of
from pycrane._image.filesystem import EnoughReadError, LayerWatch, flattened
from pycrane._image.view import Image
from pycrane._layers.tar.header import DIRECTORY, HARD_LINK, SYMBOLIC_LINK
from pycrane._layers.tar.paths import MOST_LINKS, clean_path, resolve, shown
from pycrane._layers.tar.walk import END, LayerEntry, TarWalk
from pycrane._limits import Limits
from pycrane._mutate.append import is_windows
from pycrane._mutate.rebuild import is_runnable

_WINDOWS_ROOT = b"Files/"
_NEW_MODE = 0o555  # as crane has it: what is new may be a program
_OWN_RECORDS = frozenset({"path", "linkpath", "size", "mtime", "atime", "ctime", "hdrcharset"})
_SPARSE_RECORDS = "GNU.sparse."
_FILES = frozenset(b"0\x007S")  # type flags: files, also those of old, contiguous and sparse ones


@dataclass(frozen=True, slots=True)
class FoundFile:
    """A file, or that there is none: `path` from the root, links followed; `content`; how it is described."""

    path: bytes
    content: bytes = b""
    member: tarfile.TarInfo | None = None


def find_file(image: Image, name: bytes) -> FoundFile:
    """The file that a program in the image would open by this name; symbolic links are followed.

    Layers are read from the topmost down to the one that has the file, and verified; again for a name that
    leads through links.

    Raises:
        UnsupportedError: the image is an artifact, or what is there is no file.
        LimitExceededError: the file is larger than the limit `edited_file` of the image's content.
        LayerError: the name climbs out of the root, or a layer is broken.
    """
    if not is_runnable(image):
        raise UnsupportedError(f"{image.digest} is an artifact: it has no file system")
    root = _WINDOWS_ROOT if is_windows(image) else b""
    path = clean_path(name, "the path of the file")
    if not path:
        raise UnsupportedError(f"{shown(name)} is not a file")
    limits = limits_of(image.content)
    for _ in range(MOST_LINKS):
        reading = _Reading(image, root + path, limits)
        real = path if root else resolve(path, reading.links.get)
        if real == path:
            break
        path = real
    if reading.found and reading.found.kind == HARD_LINK:
        reading = _Reading(image, clean_path(reading.found.link, "the image"), limits)
    return reading.file(path)


def file_layer(file: FoundFile, content: bytes, mtime: int) -> bytes:
    """The tar of a layer that gives a file this content; `mtime` is in seconds since 1970."""
    info = tarfile.TarInfo(file.path.decode(errors="surrogateescape"))
    info.mode, info.size, info.mtime = _NEW_MODE, len(content), mtime
    if (old := file.member) is not None:
        info.mode, info.uid, info.gid = old.mode, old.uid, old.gid
        info.uname, info.gname = old.uname, old.gname
        info.pax_headers = _kept(old.pax_headers)
    out = io.BytesIO()
    with tarfile.open(fileobj=out, mode="w", format=tarfile.PAX_FORMAT, encoding="utf-8") as archive:
        archive.addfile(info, io.BytesIO(content))
    return out.getvalue()


def _kept(records: Mapping[str, str]) -> dict[str, str]:
    """The records that do not say what is about to change."""
    return {
        key: value
        for key, value in records.items()
        if key not in _OWN_RECORDS and not key.startswith(_SPARSE_RECORDS)
    }


class _Reading:
    """One reading of the file system: its symbolic links, and what stands at a path."""

    def __init__(self, image: Image, path: bytes, limits: Limits) -> None:
        self.links: dict[bytes, bytes] = {}
        self.found: LayerEntry | None = None
        self._blocks = b""
        self._limits = limits
        watch = LayerWatch()
        with suppress(EnoughReadError), closing(flattened(image, watch)) as stream:
            walk = TarWalk(stream, "the file system", limits)
            for entry in walk:
                place = clean_path(entry.name, "the file system")
                if entry.kind == SYMBOLIC_LINK:
                    self.links[place] = entry.link
                if place == path:
                    self._take(entry, walk)
                    watch.enough = True

    def file(self, path: bytes) -> FoundFile:
        """Return the file that was found. Raises UnsupportedError if it is not a regular file."""
        if self.found is None:
            return FoundFile(path)
        if self.found.kind not in _FILES:
            what = "a directory" if self.found.kind == DIRECTORY else "no file"
            raise UnsupportedError(f"{shown(path)} is {what}")
        try:
            return self._read(path, self.found.header + self._blocks + END)
        except (tarfile.TarError, ValueError) as error:
            raise LayerError(f"the entry of {shown(path)} cannot be read: {error}") from error

    def _take(self, entry: LayerEntry, walk: TarWalk) -> None:
        self.found = entry
        if entry.size > self._limits.edited_file:
            raise self._too_large(entry.name, entry.size)
        self._blocks = b"".join(walk.blocks())

    def _read(self, path: bytes, raw: bytes) -> FoundFile:
        with tarfile.open(fileobj=io.BytesIO(raw), mode="r:", encoding="utf-8") as archive:
            member = archive.next()
            if member is None:
                raise LayerError(f"the entry of {shown(path)} cannot be read")
            if member.size > self._limits.edited_file:  # a sparse file's is more than its bytes
                raise self._too_large(path, member.size)
            file = archive.extractfile(member)
            return FoundFile(path, file.read() if file else b"", member)

    def _too_large(self, path: bytes, size: int) -> LimitExceededError:
        return LimitExceededError(f"{shown(path)} has {size} bytes, more than {self._limits.edited_file}")

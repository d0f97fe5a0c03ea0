"""Index of a tar of images, made in one pass over its headers; contents are read by position.

Entries may stand in any order, and be links to others, as Docker's old format has them.
"""

from __future__ import annotations

import posixpath

from pycrane._archive.input_file import InputFile
from pycrane._archive.tar_walk import TarEntry, walk
from pycrane._errors import ArchiveError, LimitExceededError
from pycrane._io.files import FileStream, read_bounded
from pycrane._layers.tar.header import HARD_LINK, REGULAR, SYMBOLIC_LINK
from pycrane._limits import DEFAULT_LIMITS, Limits

_INDEXED = REGULAR | {HARD_LINK, SYMBOLIC_LINK}
_LINKS_FOLLOWED = 40


class TarIndex:
    """The regular entries of a tar by name. Of two with one name the first counts.

    Names are taken as they stand inside the archive: those that lead out of it are not known here. `file`
    stays the caller's, who may close it or let it close itself.
    """

    def __init__(self, file: InputFile, limits: Limits = DEFAULT_LIMITS) -> None:
        self._file = file
        self._what = file.what
        self._members: dict[str, TarEntry] = {}
        for number, entry in enumerate(walk(file.fd, file.size, file.what, limits)):
            if number >= limits.archive_entries:
                raise LimitExceededError(f"{file.what} has more than {limits.archive_entries} entries")
            inside = _inside(entry.name)
            if inside is not None and entry.kind in _INDEXED:
                self._members.setdefault(inside, entry)

    def __contains__(self, name: str) -> bool:
        inside = _inside(name)
        return inside is not None and inside in self._members

    def open(self, name: str) -> FileStream:
        """The content of an entry, links followed inside the archive.

        Raises:
            ArchiveError: there is no such entry, its name leads out of the archive, links go in circles, or
                the archive is closed.
        """
        member = self._resolve(name)
        return self._file.open(member.offset, member.size, f"{name} in {self._what}")

    def read(self, name: str, limit: int) -> bytes:
        """All of a small entry. Raises ArchiveError as `open` does, and if it is larger than `limit`."""
        return read_bounded(self.open(name), limit, f"{name} in {self._what}")

    def place(self, name: str) -> tuple[int, int]:
        """Offset and size of an entry's content: the same for all names of one. Raises as `open` does."""
        member = self._resolve(name)
        return member.offset, member.size

    def _resolve(self, name: str) -> TarEntry:
        wanted = name
        for _ in range(_LINKS_FOLLOWED):
            inside = _inside(wanted)
            if inside is None:
                raise ArchiveError(f"{self._what} names {wanted!r}, which leads out of it")
            member = self._members.get(inside)
            if member is None:
                via = "" if wanted == name else f", to which {name!r} is a link"
                raise ArchiveError(f"{self._what} has no {wanted!r}{via}")
            if member.kind in REGULAR:
                return member
            wanted = self._target(inside, member)
        raise ArchiveError(f"{self._what} has {name!r} as a link in a circle")

    def _target(self, name: str, member: TarEntry) -> str:
        """A hard link's target is a name in the archive; older programs wrote both kinds relative to it."""
        if member.kind == HARD_LINK and member.link in self:
            return member.link
        return posixpath.join(posixpath.dirname(name), member.link)


def _inside(name: str) -> str | None:
    """A name in its shortest form; None if it leads out of the archive.

    A leading slash means the root of the archive: buildpacks write names and entries with one.
    """
    clean = posixpath.normpath(name.lstrip("/")) if name else ""
    out = clean in ("", ".", "..") or clean.startswith("../") or "\0" in clean
    return None if out else clean

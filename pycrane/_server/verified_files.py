"""Blob files whose digest was verified since the process began, so that none is read twice for it."""

from __future__ import annotations

from contextlib import suppress
from pathlib import Path

from pycrane._oci.digest import Digest
from pycrane._server.folders import has_digest

_REMEMBERED = 65_536

State = tuple[int, int, int, int]
"""Device, inode, size and time of change: they differ once a file is written to."""


class VerifiedFiles:
    """Remembers verified files. May be called from several threads."""

    def __init__(self) -> None:
        self._known: set[tuple[State, Digest]] = set()

    def add(self, path: Path, digest: Digest) -> None:
        """Remember a file that has just been verified."""
        with suppress(OSError):
            self._remember(_state(path), digest)

    def verify(self, path: Path, digest: Digest) -> bool:
        """Whether a file has the content that a digest names; it is read unless that is known."""
        try:
            state = _state(path)
        except OSError:
            return False
        if (state, digest) in self._known:
            return True
        if not has_digest(path, digest):
            return False
        self._remember(state, digest)
        return True

    def _remember(self, state: State, digest: Digest) -> None:
        if len(self._known) >= _REMEMBERED:
            self._known.clear()
        self._known.add((state, digest))


def _state(path: Path) -> State:
    status = path.stat()
    return status.st_dev, status.st_ino, status.st_size, status.st_mtime_ns

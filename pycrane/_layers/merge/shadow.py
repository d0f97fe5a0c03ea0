"""Paths that the layers above have made and removed, for those that are walked below (layer.md, Changesets).

Layers count from 0, the lowest. Of everything, the highest layer that did it is kept: what that one covers
includes what lower ones would.
"""

from __future__ import annotations

from pycrane._errors import LimitExceededError
from pycrane._layers.merge.whiteouts import Whiteout
from pycrane._layers.tar.paths import parent_of
from pycrane._limits import Limits


def mark_of(level: int, *, directory: bool) -> int:
    """The mark by which `Shadow.made` notes that a layer made a path: higher layers have higher marks."""
    return 2 * level + directory


class Shadow:
    """Paths created, removed or hidden by upper layers."""

    def __init__(self, limits: Limits) -> None:
        self.made: dict[bytes, int] = {}
        """The mark of the highest layer that has an entry for a path, below no other cover."""
        self.removed: dict[bytes, int] = {}
        """Paths that a layer whited out or replaced: gone from lower ones, with all below."""
        self.emptied: dict[bytes, int] = {}
        """Opaque directories: gone from lower ones is what is below, not the directory."""
        self.implied: dict[bytes, int] = {}
        """Directories without an entry that have to be there, because something is in them."""
        self._limit = self._room = limits.layer_names

    def make(self, path: bytes, mark: int) -> None:
        """Note an entry. Raises LimitExceededError if there is no room for its name."""
        self.made[path] = mark
        self._room -= len(path)
        if self._room < 0:
            raise LimitExceededError(f"the layers have names of more than {self._limit} bytes")

    def white_out(self, gone: Whiteout, level: int) -> None:
        """Note a whiteout. Raises LimitExceededError if there is no room for its name."""
        (self.emptied if gone.opaque else self.removed).setdefault(gone.path, level)
        self._room -= len(gone.path)

    def remove_directory(self, path: bytes, level: int) -> None:
        """Note that a file of a layer, which cannot be seen, replaces a directory of lower ones."""
        if self.made.get(path, 0) & 1 or path in self.implied:
            self.removed.setdefault(path, level)

    def imply(self, directory: bytes, level: int) -> None:
        """Note that a layer needs a directory and those above it: what can be seen of them is there."""
        while directory and directory not in self.implied:
            above = parent_of(directory)
            if not self.covers_below(above, level) and not self.covers(directory, level, directory=True):
                self.implied[directory] = level
            directory = above

    def implied_only(self) -> list[bytes]:
        """When all layers are through: Implied directories that ended up empty."""
        bare = self.implied.keys() - self.made.keys() - {parent_of(path) for path in self.implied}
        for path in self.made if bare else ():
            bare.discard(parent_of(path))
            if not bare:
                break
        return sorted(bare)

    def covers(self, path: bytes, level: int, *, directory: bool) -> bool:
        """Whether an entry of a layer cannot be seen, although its directory can be seen into."""
        if self.made.get(path, -1) >= mark_of(level + 1, directory=False):
            return True
        if self.removed.get(path, -1) > level:
            return True
        return not directory and self.implied.get(path, -1) > level

    def covers_inside(self, directory: bytes, level: int) -> bool:
        """Whether what a layer has in a directory cannot be seen, as far as that depends on this one."""
        made = self.made.get(directory, -1)
        if made >= mark_of(level + 1, directory=False) and not made & 1:
            return True
        return self.removed.get(directory, -1) > level or self.emptied.get(directory, -1) > level

    def covers_below(self, directory: bytes, level: int) -> bool:
        """Whether a path is covered, as far as it depends on this directory and all above it."""
        while not self.covers_inside(directory, level):
            if not directory:
                return False
            directory = parent_of(directory)
        return True

"""One layer of a merge: entry by entry, whether it can be seen and under which name.

What an entry is and where it belongs is decided as a runtime does that applies the layers from the lowest up:
parents are followed through symbolic links, and of two entries of one path the later one counts.
"""

from __future__ import annotations

from collections.abc import Callable

from pycrane._errors import LayerError
from pycrane._layers.merge.hard_links import HardLinks
from pycrane._layers.merge.shadow import Shadow, mark_of
from pycrane._layers.merge.symlinks import SymbolicLinks
from pycrane._layers.merge.whiteouts import Whiteout, may_be_special, whiteout_of
from pycrane._layers.tar.header import DIRECTORY, HARD_LINK, SYMBOLIC_LINK
from pycrane._layers.tar.paths import clean_path, parent_of, resolve, shown
from pycrane._layers.tar.rewrite import rewritten
from pycrane._layers.tar.walk import LayerEntry

_FILE = ord("0")


class MergedLayer:
    """The entries of one layer below those that are in `shadow`, front to back.

    `below` gives the symbolic links of the layers below; it is called only if it matters.
    """

    def __init__(
        self, level: int, what: str, shadow: Shadow, links: HardLinks, below: Callable[[], SymbolicLinks]
    ) -> None:
        self._level = level
        self._what = what
        self._shadow = shadow
        self._links = links
        self._below = below
        self._mark = mark_of(level, directory=False)
        # Directories that are no symbolic links, and into which can be seen.
        self._open = set() if shadow.covers_below(b"", level) else {b""}
        self._closed: set[bytes] = set()  # other directories of this layer
        self._places: dict[bytes, tuple[bytes, bool]] = {}  # other parents, and whether they are covered
        self._implied: set[bytes] = set()
        self._symlinks: dict[bytes, bytes] = {}
        self._gone: set[Whiteout] = set()
        links.begin(level, what)

    def header_of(self, entry: LayerEntry) -> bytes | None:
        """The header to write for an entry, None to leave it out with its data.

        Raises:
            LayerError: the entry has a name outside of the root, is in a file, or is a link to nothing.
        """
        path = entry.name.rstrip(b"/")
        covered = special = False
        # The empty name is in all bytes, too.
        if path[:1] in b"./" or b"/." in path or b"//" in path:
            path = clean_path(entry.name, self._what)
            special = may_be_special(path)
            if not path and entry.kind != DIRECTORY:
                raise LayerError(f"{self._what} has a root that is not a directory")
        at = path.rfind(b"/")
        parent = path[:at] if at > 0 else b""
        if parent not in self._open and path:
            path, covered = self._place(path, parent)
            if not special and parent not in self._implied:
                self._imply(parent, parent_of(path), covered=covered)
        if special:
            return self._special(path, entry)
        kind = entry.kind
        if kind == _FILE and not covered and self._is_unknown(path):  # as nearly all are
            self._shadow.make(path, self._mark)
            return entry.header if entry.name == path else _named(entry, path)
        if kind == DIRECTORY:
            return self._directory(path, entry, covered=covered)
        if kind == HARD_LINK:
            return self._hard_link(path, entry, covered=covered)
        return self._file(path, entry, covered=covered)

    def _is_unknown(self, path: bytes) -> bool:
        """Whether neither this layer nor those above have anything to do with a path."""
        shadow = self._shadow
        return (
            path not in shadow.made
            and path not in shadow.removed
            and path not in shadow.implied
            and path not in self._places
            and not self._links.concern(path)
        )

    def _file(self, path: bytes, entry: LayerEntry, *, covered: bool) -> bytes | None:
        self._replace(path)
        if entry.kind == SYMBOLIC_LINK:
            self._symlinks[path] = entry.link
        if covered or self._shadow.covers(path, self._level, directory=False):
            self._shadow.remove_directory(path, self._level)
            shown_as = self._links.hide(path, entry.offset)
            return rewritten(entry.header, name=shown_as) if shown_as else None
        self._shadow.make(path, self._mark)
        return _named(entry, path)

    def _hard_link(self, path: bytes, entry: LayerEntry, *, covered: bool) -> bytes | None:
        target = self._link_target(entry)
        if target == path:
            raise LayerError(f"{self._what} has a hard link to itself: {shown(path)}")
        self._replace(path)
        if target in self._symlinks:
            self._symlinks[path] = self._symlinks[target]
        visible = not covered and not self._shadow.covers(path, self._level, directory=False)
        if visible:
            self._shadow.make(path, self._mark)
        else:
            self._shadow.remove_directory(path, self._level)
        return self._links.add(path, _named(entry, path), target, visible=visible)

    def _directory(self, path: bytes, entry: LayerEntry, *, covered: bool) -> bytes | None:
        self._links.meet(path)
        if self._shadow.made.get(path) == self._mark or self._links.is_hidden(path):
            # A file of this layer was here, and removed what was here before.
            self._shadow.removed.setdefault(path, self._level)
            self._symlinks.pop(path, None)
            self._links.forget(path)
        if path not in self._open:
            self._places.clear()
            closed = covered or self._shadow.covers_inside(path, self._level)
            (self._closed if closed else self._open).add(path)
        if covered or self._shadow.covers(path, self._level, directory=True):
            return None
        self._shadow.make(path, self._mark + 1)
        return _named(entry, path)

    def _special(self, path: bytes, entry: LayerEntry) -> bytes | None:
        gone = whiteout_of(path, self._what)
        if gone is not None:
            self._gone.add(gone)
            self._shadow.white_out(gone, self._level)
        elif entry.kind == HARD_LINK:
            self._links.add(path, entry.header, self._link_target(entry), visible=False)
        elif entry.kind != DIRECTORY:
            # AUFS keeps files with several links in a directory of its own.
            self._links.hide(path, entry.offset)
        return None

    def _replace(self, path: bytes) -> None:
        """Let another kind of entry take the place of what this layer had at a path."""
        self._links.meet(path)
        if path in self._symlinks or self._links.is_here(path):
            self._symlinks.pop(path, None)
            self._links.forget(path)
        implied = self._shadow.implied.get(path) == self._level
        if implied or path in self._open or path in self._closed or path in self._places:
            self._implied.clear()
            below = path + b"/"
            for directories in (self._open, self._closed):
                directories -= {one for one in directories if one == path or one.startswith(below)}
        self._places.clear()  # any of them may have led through here

    def _link_target(self, entry: LayerEntry) -> bytes:
        target = clean_path(entry.link, self._what)
        parent = parent_of(target)
        if parent in self._open or self._links.is_here(target):
            return target
        return self._place(target, parent)[0]

    def _place(self, path: bytes, parent: bytes) -> tuple[bytes, bool]:
        """A path with its parent's symbolic links followed, and whether what is in that parent is covered."""
        found = self._places.get(parent)
        if found is None:
            there = resolve(parent, self._target_of)
            covered = self._shadow.covers_below(there, self._level)
            found = self._places[parent] = there, covered
        there, covered = found
        base = path[len(parent) :].lstrip(b"/")
        return (there + b"/" + base if there else base), covered

    def _imply(self, parent: bytes, there: bytes, *, covered: bool) -> None:
        """An entry is in a directory that this layer has no entry for, or that cannot be seen into."""
        self._implied.add(parent)
        self._shadow.imply(there, self._level)
        if there == parent and not covered:
            self._open.add(parent)

    def _target_of(self, path: bytes) -> bytes | None:
        """Target of the symbolic link that is at a path now, in this layer or below."""
        if path in self._symlinks:
            return self._symlinks[path]
        if path in self._open or path in self._closed:
            return None
        if not self._links.is_here(path):
            bottom = self._level == 0 or self._is_gone(path)
            return None if bottom else self._below().target(path, self._level)
        lower = self._links.lower_target(path)
        target = None if lower is None else self._below().target(lower, self._level)
        if target is None:
            raise LayerError(f"{self._what} has an entry in {shown(path)}, which is not a directory")
        return target

    def _is_gone(self, path: bytes) -> bool:
        """Whether this layer has removed a path, or one above it, from lower ones."""
        while self._gone and path:
            if Whiteout(path, opaque=False) in self._gone:
                return True
            path = parent_of(path)
            if Whiteout(path, opaque=True) in self._gone:
                return True
        return False


def _named(entry: LayerEntry, path: bytes) -> bytes:
    """The entry's header with this path for its name; unchanged if it says so already."""
    name = entry.name
    if name == path:
        return entry.header
    if entry.kind != DIRECTORY:
        return rewritten(entry.header, name=path)
    wanted = path + b"/" if path else b"./"
    return entry.header if name in (wanted, path) else rewritten(entry.header, name=wanted)

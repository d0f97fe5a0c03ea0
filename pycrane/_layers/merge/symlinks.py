"""Symbolic links in each layer, for entries whose parent directory may be one of a lower layer.

An entry `lib/x` above a layer that has `lib -> usr/lib` is `usr/lib/x`. Layers that runtimes make have an
entry for each parent and need none of this; for others the lower layers are walked once more, before.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from contextlib import closing

from pycrane._io.stream import ByteStream
from pycrane._layers.merge.whiteouts import Whiteout, whiteout_of
from pycrane._layers.tar.header import DIRECTORY, HARD_LINK, SYMBOLIC_LINK
from pycrane._layers.tar.paths import clean_path, parent_of, resolve
from pycrane._layers.tar.walk import LayerEntry, TarWalk
from pycrane._limits import Limits


def survey(layers: Sequence[Callable[[], ByteStream]], limits: Limits) -> SymbolicLinks:
    """The symbolic links of layers, the lowest first, each walked once. Raises as `TarWalk` does."""
    links = SymbolicLinks()
    for level, opened in enumerate(layers):
        what = f"layer {level + 1}"
        with closing(opened()) as stream:
            one = _Survey(links, level, what)
            for entry in TarWalk(stream, what, limits):
                one.add(entry)
    return links


class SymbolicLinks:
    """The symbolic links that there are after each layer."""

    def __init__(self) -> None:
        self._history: dict[bytes, list[tuple[int, bytes | None]]] = {}
        self._inside: dict[bytes, set[bytes]] = {}  # a directory's entries that are or lead to links

    def target(self, path: bytes, level: int) -> bytes | None:
        """Target of the link at a path before a layer is applied; None if there is no link."""
        for since, target in reversed(self._history.get(path, [])):
            if since < level:
                return target
        return None

    def now(self, path: bytes) -> bytes | None:
        """Target of the link at a path after all that was noted."""
        history = self._history.get(path)
        return history[-1][1] if history else None

    def put(self, path: bytes, target: bytes, level: int) -> None:
        """Note that a layer has a link at a path."""
        self._history.setdefault(path, []).append((level, target))
        self._index(path)

    def remove(self, path: bytes, level: int) -> None:
        """Note that a layer leaves no link at a path."""
        if self.now(path) is not None:
            self._history[path].append((level, None))

    def remove_below(self, path: bytes, level: int, *, lower_only: bool) -> None:
        """Note that a layer leaves no link below a path, but for its own with `lower_only`."""
        directories, kept = [path], []
        while directories:
            for child in self._inside.pop(directories.pop(), ()):
                directories.append(child)
                if lower_only and self.is_from(child, level):
                    kept.append(child)
                else:
                    self.remove(child, level)
        for child in kept:
            self._index(child)

    def is_from(self, path: bytes, level: int) -> bool:
        """Whether it was this layer that noted last what stands at a path."""
        history = self._history.get(path)
        return history is not None and history[-1][0] == level

    def _index(self, path: bytes) -> None:
        while path:
            directory = parent_of(path)
            inside = self._inside.setdefault(directory, set())
            if path in inside:
                return
            inside.add(path)
            path = directory


class _Survey:
    """One layer on its way into the history."""

    def __init__(self, links: SymbolicLinks, level: int, what: str) -> None:
        self._links = links
        self._level = level
        self._what = what
        self._places: dict[bytes, bytes] = {}
        self._passed: set[bytes] = set()  # what `_places` depends on

    def add(self, entry: LayerEntry) -> None:
        """Note what an entry does to symbolic links."""
        place = self._place(clean_path(entry.name, self._what))
        gone = whiteout_of(place, self._what)
        if gone is not None:
            self._white_out(gone)
        elif entry.kind == DIRECTORY:
            if self._links.now(place) is not None:
                self._forget_places()
                self._links.remove(place, self._level)
        else:
            self._make(place, entry)

    def _make(self, place: bytes, entry: LayerEntry) -> None:
        target: bytes | None = None
        if entry.kind == SYMBOLIC_LINK:
            target = entry.link
        elif entry.kind == HARD_LINK:
            target = self._links.now(self._place(clean_path(entry.link, self._what)))
        if place in self._passed:
            self._forget_places()
        self._links.remove_below(place, self._level, lower_only=False)
        if target is None:
            self._links.remove(place, self._level)
        else:
            self._links.put(place, target, self._level)

    def _white_out(self, gone: Whiteout) -> None:
        self._forget_places()
        self._links.remove_below(gone.path, self._level, lower_only=True)
        if not gone.opaque and not self._links.is_from(gone.path, self._level):
            self._links.remove(gone.path, self._level)

    def _place(self, path: bytes) -> bytes:
        parent = parent_of(path)
        there = self._places.get(parent)
        if there is None:
            there = self._places[parent] = resolve(parent, self._target_of)
        base = path[len(parent) :].lstrip(b"/")
        return there + b"/" + base if there else base

    def _target_of(self, path: bytes) -> bytes | None:
        self._passed.add(path)
        return self._links.now(path)

    def _forget_places(self) -> None:
        self._places.clear()
        self._passed.clear()

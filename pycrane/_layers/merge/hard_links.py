"""Hard links of merged layers: which entry each one names, and under which name its file can be seen.

In a tar a link names an entry before it, of its own layer or of a lower one. When the file that is meant
cannot be seen under its own name, because a higher layer has replaced it, its first link that can be seen
becomes the file. Where the file has gone by when such a link comes, its layer has to be read again.
"""

from __future__ import annotations

from dataclasses import dataclass

from pycrane._errors import LayerError, LimitExceededError
from pycrane._layers.merge.shadow import Shadow, mark_of
from pycrane._layers.tar.paths import shown
from pycrane._layers.tar.rewrite import pointing


@dataclass(slots=True)
class HiddenFile:
    """A file that cannot be seen under its own name: where its entry begins in its layer's tar, and under
    which name it can be seen, if under any.
    """

    offset: int
    shown_as: bytes | None = None


@dataclass(frozen=True, slots=True)
class Link:
    """A hard link that can be seen: its path, its header, and the layer below which its file is."""

    path: bytes
    header: bytes
    level: int


class HardLinks:
    """The hard links of an image; `begin` and `finish` stand around each layer, the highest first."""

    def __init__(self, shadow: Shadow, limit: int) -> None:
        self._shadow = shadow
        self._limit = limit  # of bytes in the headers of links that wait
        self._held = 0
        self._waiting: dict[bytes, list[Link]] = {}  # for files of lower layers, by path
        self._level = -1
        self._what = ""
        self._hidden: dict[bytes, HiddenFile] = {}  # of this layer, as all that follows
        self._late: dict[bytes, tuple[HiddenFile, Link]] = {}
        self._lower: dict[bytes, bytes] = {}  # links to files of lower layers, and their targets
        self._met: dict[bytes, None] = {}  # in order, so that every run writes the same

    def begin(self, level: int, what: str) -> None:
        """A layer begins."""
        self._level, self._what = level, what
        self._held -= sum(len(link.header) for _, link in self._late.values())
        self._hidden, self._late, self._lower, self._met = {}, {}, {}, {}

    def is_hidden(self, path: bytes) -> bool:
        """Whether this layer has made something at a path, which cannot be seen and is not a directory."""
        return path in self._hidden

    def concern(self, path: bytes) -> bool:
        """Whether links wait for what is at a path, or might have to know about it."""
        return path in self._waiting or path in self._hidden

    def is_here(self, path: bytes) -> bool:
        """Whether this layer has made something at a path."""
        made = self._shadow.made.get(path, -1)
        return made >> 1 == self._level or path in self._hidden or path in self._lower

    def lower_target(self, path: bytes) -> bytes | None:
        """The path in lower layers of what is at a path, if this layer's link made it be there."""
        return self._lower.get(path)

    def meet(self, path: bytes) -> None:
        """An entry is here: links of higher layers may have waited for it."""
        if path in self._waiting:
            self._met[path] = None

    def hide(self, path: bytes, offset: int) -> bytes | None:
        """A file cannot be seen. Returns the path of a link that it is to be shown as at once."""
        waiting = (link.path for link in self._waiting.get(path, ()) if link.level > self._level)
        shown_as = next(waiting, None)
        self._hidden[path] = HiddenFile(offset, shown_as)
        return shown_as

    def forget(self, path: bytes) -> None:
        """The layer has another entry of this path, which replaces the one before."""
        self._hidden.pop(path, None)
        self._late.pop(path, None)
        target = self._lower.pop(path, None)
        if target is not None and target in self._waiting:
            mine = (path, self._level)
            self._waiting[target] = [one for one in self._waiting[target] if (one.path, one.level) != mine]

    def add(self, path: bytes, header: bytes, target: bytes, *, visible: bool) -> bytes | None:
        """A hard link. Returns the header to write now, or None.

        Raises:
            LayerError: its target is a directory, or is nowhere.
        """
        hidden = self._hidden.get(target)
        if hidden is None and target in self._late:
            hidden = self._late[target][0]
        if hidden is not None:
            return self._add_hidden(Link(path, header, self._level), hidden, visible=visible)
        made = self._shadow.made.get(target, -1)
        if target not in self._lower and made >> 1 == self._level:
            return self._add_seen(path, header, target, made, visible=visible)
        if self._level == 0:
            raise LayerError(f"{self._what} has a hard link to nothing: {shown(path)} to {shown(target)}")
        target = self._lower.get(target, target)
        self._lower[path] = target
        if visible:
            self._hold(header)
            self._waiting.setdefault(target, []).append(Link(path, header, self._level))
        return None

    def _hold(self, header: bytes) -> None:
        self._held += len(header)
        if self._held > self._limit:
            raise LimitExceededError(
                f"{self._what} has hard links whose headers are more than {self._limit} bytes"
            )

    def _add_hidden(self, link: Link, hidden: HiddenFile, *, visible: bool) -> bytes | None:
        if not visible:
            self._hidden[link.path] = hidden
            return None
        if hidden.shown_as is not None:
            return pointing(link.header, hidden.shown_as)
        self._hold(link.header)
        self._late[link.path] = hidden, link
        return None

    def _add_seen(
        self, path: bytes, header: bytes, target: bytes, made: int, *, visible: bool
    ) -> bytes | None:
        if made == mark_of(self._level, directory=True):
            raise LayerError(f"{self._what} has a hard link to a directory: {shown(path)} to {shown(target)}")
        if visible:
            return pointing(header, target)
        self._hidden[path] = HiddenFile(-1, target)
        return None

    def finish(self) -> tuple[list[bytes], dict[int, list[Link]]]:
        """The layer ends. Returns headers of links to write now, and what has to be read again.

        The latter are the links by the offset of the entry: the first is to be written with its data.
        """
        headers = []
        for target in self._met:
            waiting = self._waiting.pop(target)
            self._held -= sum(len(link.header) for link in waiting if link.level > self._level)
            self._waiting[target] = [link for link in waiting if link.level == self._level]
            headers += [self._bind(link, target) for link in waiting if link.level > self._level]
        again: dict[int, list[Link]] = {}
        for hidden, link in self._late.values():
            again.setdefault(hidden.offset, []).append(link)
        return [header for header in headers if header], again

    def _bind(self, link: Link, target: bytes) -> bytes | None:
        hidden = self._hidden.get(target)
        if hidden is not None and hidden.shown_as == link.path:
            return None
        return self.add(link.path, link.header, target, visible=True)

    def check(self) -> None:
        """All layers are through. Raises LayerError if a link still waits for its file."""
        for target, links in self._waiting.items():
            if links:
                link, what = links[0], f"layer {links[0].level + 1}"
                raise LayerError(f"{what} has a hard link to nothing: {shown(link.path)} to {shown(target)}")

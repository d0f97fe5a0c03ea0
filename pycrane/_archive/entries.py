"""Images of an archive or layout: entries with names and positions, opened when they are asked for."""

from __future__ import annotations

import re
from collections.abc import Callable, Hashable, Iterable, Sequence
from dataclasses import dataclass, replace

from pycrane._archive.image_names import is_called
from pycrane._errors import ArchiveError, ImageNotFoundError
from pycrane._image.view import View

_POSITION = re.compile(r"@([0-9]{1,9})", re.ASCII)


@dataclass(frozen=True, slots=True)
class Entry:
    """An image or index with the names it has there, perhaps none. `open` reads and verifies it.

    `positions` are its places in the list of the archive or layout, counted from 0: one for each time that
    it is listed.
    """

    names: Sequence[str]
    open: Callable[[], View]
    positions: Sequence[int] = ()


def distinct(listed: Iterable[tuple[Hashable, Entry]]) -> tuple[Entry, ...]:
    """The entries of a list, numbered, where those of one key become one with the names of all."""
    found: dict[Hashable, list[tuple[int, Entry]]] = {}
    for position, (key, entry) in enumerate(listed):
        found.setdefault(key, []).append((position, entry))
    return tuple(
        replace(
            same[0][1],
            names=tuple(dict.fromkeys(name for _, entry in same for name in entry.names)),
            positions=tuple(position for position, _ in same),
        )
        for same in found.values()
    )


def select_entry(entries: Sequence[Entry], name: str | None, where: str) -> Entry:
    """The entry called `name`, at the position `@N`, or without a name the only one.

    `where` names the archive in errors.

    Raises:
        ImageNotFoundError: there is none; the message lists the names there are.
        ArchiveError: there are several.
    """
    if not entries:
        raise ImageNotFoundError(f"{where} holds no image", hint="expected at least one image in its list")
    found = [entry for entry in entries if name is None or _is_meant(entry, name)]
    if len(found) == 1:
        return found[0]
    listed = ", ".join(name for entry in entries for name in entry.names) or "none with a name"
    if name is None:
        raise ArchiveError(f"{where} holds {len(entries)} images: {listed}", hint=_how_to_choose(entries))
    if is_position(name):
        raise ImageNotFoundError(f"{where} has no image at {name}; its positions are {_positions(entries)}")
    if found:
        raise ArchiveError(
            f"{where} holds {len(found)} images called {name}",
            hint=f"choose one by its position: {_positions(found)}",
        )
    raise ImageNotFoundError(f"{where} holds no images called {name}; it has {listed}")


def is_position(name: str) -> bool:
    """Whether a name is a position, as in `@0`."""
    return _POSITION.fullmatch(name) is not None


def _is_meant(entry: Entry, name: str) -> bool:
    position = _POSITION.fullmatch(name)
    return int(position[1]) in entry.positions if position else is_called(entry.names, name)


def _how_to_choose(entries: Sequence[Entry]) -> str:
    named = next((entry.names[0] for entry in entries if entry.names), None)
    position = f"by its position, {_positions(entries)}"
    return f"choose one by its name, as in {named}, or {position}" if named else f"choose one {position}"


def _positions(entries: Sequence[Entry]) -> str:
    """The first positions of entries, as in `@0, @1 or @2`; of many only the ends."""
    texts = [f"@{entry.positions[0]}" for entry in entries if entry.positions]
    if len(texts) > 4:
        return f"{texts[0]} to {texts[-1]}"
    return " or ".join(filter(None, (", ".join(texts[:-1]), texts[-1])))

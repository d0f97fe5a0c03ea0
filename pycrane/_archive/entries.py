"""What an archive or layout holds: entries with names, opened when they are asked for."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from pycrane._archive.image_names import is_called
from pycrane._errors import ArchiveError
from pycrane._image.view import View


@dataclass(frozen=True, slots=True)
class Entry:
    """An image or index with the names it has there, perhaps none. `open` reads and verifies it."""

    names: Sequence[str]
    open: Callable[[], View]


def select_entry(entries: Sequence[Entry], name: str | None, where: str) -> Entry:
    """The entry called `name`, or without a name the only one. `where` names the archive in errors.

    Raises:
        ArchiveError: there is none, or several; the message lists the names there are.
    """
    found = [entry for entry in entries if name is None or is_called(entry.names, name)]
    if len(found) == 1:
        return found[0]
    listed = ", ".join(name for entry in entries for name in entry.names) or "none with a name"
    if not entries:
        raise ArchiveError(f"{where} holds no image")
    if name is None:
        raise ArchiveError(
            f"{where} holds {len(entries)} images: {listed}", hint="name one of them, or take all"
        )
    raise ArchiveError(f"{where} holds {len(found) or 'no'} images called {name}; it has {listed}")

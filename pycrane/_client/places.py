"""Where a person says that images are: a registry by a reference, or this machine by a path."""

from __future__ import annotations

from contextlib import ExitStack
from pathlib import Path
from typing import TYPE_CHECKING

from pycrane._archive.layout import INDEX_JSON, Layout
from pycrane._archive.source import open_path
from pycrane._errors import doing
from pycrane._image.view import View
from pycrane._reference import Reference, parse_reference

if TYPE_CHECKING:
    from pycrane._registry.client import RegistryClient

Place = Path | Reference


def parse_place(text: str) -> Place:
    """A path if it begins as one or if a layout or file is there, else a reference.

    Raises:
        InvalidReferenceError: neither.
    """
    path = Path(text)
    if text.startswith((".", "/")) or path.is_file() or (path / INDEX_JSON).is_file():
        return path
    return parse_reference(text)


def open_place(client: RegistryClient, place: Place, stack: ExitStack) -> View:
    """What is there: of a layout all as one index, of a tarball its only image. Files close with `stack`.

    Raises:
        PycraneError: nothing is there, or it cannot be read.
    """
    if isinstance(place, Reference):
        with doing(f"reading {place.text or place}", reference=place):
            return client.open(place)
    with doing(f"reading {place}", path=place):
        source = stack.enter_context(open_path(place))
        return source.index if isinstance(source, Layout) else source.select()

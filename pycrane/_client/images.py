"""list_images: images and indexes of a tarball, archive or layout, with their names."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from pycrane._client import inputs
from pycrane._client.inputs import AnyImage
from pycrane._image.view import View
from pycrane._transports.table import locate

if TYPE_CHECKING:
    from pycrane._archive.entries import Entry
    from pycrane._client.base import Base


@dataclass(frozen=True, slots=True)
class ListedImage:
    """An image or index of a place: its names there, perhaps none, and its positions in the list, from 0.

    `view` can be read until the client is closed.
    """

    names: tuple[str, ...]
    positions: tuple[int, ...]
    view: View

    @property
    def labels(self) -> tuple[str, ...]:
        """The names, or `@POSITION` of an image without one: each is understood behind the place's colon."""
        return self.names or (f"@{self.positions[0]}",)


def list_images(client: Base, source: AnyImage) -> list[ListedImage]:
    """List the images and indexes of a tarball, archive or layout, in its order.

    A name in a registry gives that one image.

    Raises:
        ArchiveError: the path is not an archive or layout.
        NotFoundError: the registry has no such manifest.
    """
    location = locate(source)
    with inputs.naming(source):
        return [_listed(entry) for entry in client.entries(location)]


def _listed(entry: Entry) -> ListedImage:
    return ListedImage(tuple(entry.names), tuple(entry.positions), entry.open())

"""Location: a place that images are read from and written to, the seam between verbs and transports."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Self, TypeGuard

from pycrane._archive.entries import Entry
from pycrane._errors import ArchiveError, UnsupportedError
from pycrane._image.medium import Item, Sink
from pycrane._image.view import Image, Index, Layer, View
from pycrane._io.stream import Closing
from pycrane._oci import media_types
from pycrane._oci.digest import Digest
from pycrane._reference import Reference, Repository

if TYPE_CHECKING:
    from pycrane._archive.source import Source
    from pycrane._registry.client import RegistryClient


class LayerForm(StrEnum):
    """Form in which a sink keeps layers."""

    AS_THEY_ARE = "as they are"
    COMPRESSED = "compressed"
    PLAIN = "plain"


@dataclass(frozen=True, slots=True)
class Capabilities:
    """Contents that a location can hold."""

    manifest_types: frozenset[str] = media_types.IMAGES | media_types.INDEXES
    indexes: bool = True
    layers: LayerForm = LayerForm.AS_THEY_ARE
    signatures: bool = False


class Location(ABC):
    """A place for images. A transport is a subclass with `text`, `open` and `sink`; the rest has defaults.

    `text` is its name in messages and on the command line, `reference` and `path` are what errors about it
    are about. `policy_scope` is the name under which a policy knows it.
    """

    capabilities = Capabilities()
    policy_scope = ""
    reference: Reference | None = None
    path: Path | None = None
    root_index = False
    """Whether it is an index itself, which is added to and changed where it is."""

    @property
    @abstractmethod
    def text(self) -> str:
        """The location as the user writes it."""

    @abstractmethod
    def open(self, registry: RegistryClient) -> Source:
        """Open the images that are here; the caller closes the source. Raises PycraneError."""

    @abstractmethod
    def sink(self, registry: RegistryClient) -> Sink:
        """Return a sink that writes here. Raises UnsupportedError if nothing can be written here."""

    @property
    def image_name(self) -> str | None:
        """Name of the image here, for a target that is given none; None if it has no name of its own."""
        return None

    @property
    def reading(self) -> str:
        """Words of an error for reading from here, none where the error says enough."""
        return f"reading {self.text}"

    @property
    def writing(self) -> str:
        """Words of an error for writing here."""
        return f"writing {self.text}"

    def whole(self, source: Source) -> View:
        """Return all that the location names as one view. Raises ArchiveError for several images."""
        return source.select()

    def as_index(self) -> Self:
        """Return the location that means all images here as one index, where the images have one."""
        return self

    def tops(self, source: Source) -> Sequence[View]:
        """Return the images and indexes here that no other one lists."""
        return [entry.open() for entry in source.entries]

    def name_for(self, view: View) -> str | None:
        """Return the name that a view gets at the sink, None for no name."""
        return None

    def items(self, view: View) -> list[Item]:
        """Return a view as it goes to the sink, with each name that it gets."""
        return [Item(view, self.name_for(view))]

    def written(self, digest: Digest) -> Reference:
        """Return a reference of what was written, by digest; outside of registries it is for messages."""
        host, _, path = self.text.rpartition("/")
        return Reference(Repository(host, path), None, digest)

    def expect(self, registry: RegistryClient, *actions: str) -> None:  # noqa: B027
        """Announce what will be done here, so that one token covers all of it."""

    def guarded(self) -> Self:
        """Return the location with names that are not overwritten. Raises UnsupportedError if it has none."""
        raise UnsupportedError(f"{self.text} cannot keep names that it has", hint="leave no-clobber out")

    def adding(self) -> Self:
        """Return the location that keeps the images which are there. Raises UnsupportedError if it cannot."""
        raise UnsupportedError(
            f"{self.text} is not added to", hint="docker-archive:FILE:NAME and oci:DIR:NAME are"
        )

    def sharing(self, blobs: Path) -> Self:
        """Return the location whose blobs lie in a directory that others use too. Raises UnsupportedError."""
        raise UnsupportedError(f"{self.text} has no blobs that are shared", hint="oci:DIR:NAME has")

    def check_free(self, registry: RegistryClient) -> None:  # noqa: B027
        """Raise TagExistsError if the location is guarded and its name is there."""

    def missing(self, registry: RegistryClient, layer: Layer) -> list[str]:
        """Return problems of a layer that can be found without reading it."""
        try:
            layer.compressed().close()
        except ArchiveError as error:
            return [error.message]
        return []

    def problems(self) -> list[str]:
        """Return problems of the location itself, outside of its images."""
        return []

    def signatures(self, registry: RegistryClient) -> Mapping[Digest, Sequence[bytes]]:
        """Return the signatures that are kept beside the manifests here, by digest; they are not verified."""
        return {}

    def with_signatures(self, signatures: Mapping[Digest, Sequence[bytes]]) -> Self:
        """Return the location that writes these signatures too. Raises UnsupportedError if it holds none."""
        raise UnsupportedError(f"{self.text} cannot hold signatures")

    def replace_index(self, index: Index) -> None:
        """Make this the index of a location that is one. Raises UnsupportedError if it is none."""
        raise UnsupportedError(f"{self.text} is not an index that is changed where it is")


class SingleSource(Closing):
    """Source of one view, as a registry and most transports have it."""

    index: Index | None = None

    def __init__(self, view: View) -> None:
        self._view = view

    @property
    def entries(self) -> Sequence[Entry]:
        """The one view, without a name."""
        return [Entry((), lambda: self._view, (0,))]

    def select(self, name: str | None = None) -> View:
        """Return the view."""
        return self._view

    def close(self) -> None:
        """Nothing to release."""


@dataclass(frozen=True)
class ViewLocation(Location):
    """A view that a program holds, as a location to read from.

    `origin` is where it was opened, `signed` are signatures of it and of what is below it.
    """

    view: View
    origin: Location | None = None
    signed: Mapping[Digest, Sequence[bytes]] = field(default_factory=dict, hash=False)

    @property
    def text(self) -> str:
        """The origin, or the digest."""
        return self.origin.text if self.origin else str(self.view.digest)

    def open(self, registry: RegistryClient) -> Source:
        """Return the view as a source."""
        return SingleSource(self.view)

    def sink(self, registry: RegistryClient) -> Sink:
        """Raise UnsupportedError: a view does not change."""
        raise UnsupportedError("a view cannot be written to, and there is no name to push to")

    def signatures(self, registry: RegistryClient) -> Mapping[Digest, Sequence[bytes]]:
        """Return the signatures that came with the view."""
        return self.signed

    def missing(self, registry: RegistryClient, layer: Layer) -> list[str]:
        """Return what reading the layer finds: a program that has a view can give what no place holds."""
        from pycrane._image.validate_layer import examine

        return examine(layer, None)


def is_view(value: object) -> TypeGuard[View]:
    """Whether a value is an image or index."""
    return isinstance(value, Image | Index)

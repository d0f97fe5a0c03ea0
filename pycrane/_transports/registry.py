"""Images in registries: `docker://NAME`, or a name alone."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Self

from pycrane._image.medium import Sink
from pycrane._image.view import Layer, View
from pycrane._oci import media_types
from pycrane._oci.digest import Digest
from pycrane._reference import Reference, parse_reference
from pycrane._transports.location import Location, SingleSource

if TYPE_CHECKING:
    from pycrane._archive.source import Source
    from pycrane._registry.client import RegistryClient


@dataclass(frozen=True)
class RegistryLocation(Location):
    """A tag or digest in a registry; `by_digest` writes to its repository without a tag.

    `own` is a client for this location alone, with credentials that go nowhere else; the caller closes it.
    """

    reference: Reference
    by_digest: bool = False
    no_clobber: bool = False
    own: RegistryClient | None = None

    @property
    def text(self) -> str:
        """The name as it was typed."""
        return self.reference.text or self.reference.name

    @property
    def reading(self) -> str:
        """None: errors of registries name the image."""
        return ""

    @property
    def writing(self) -> str:
        """Words of an error for writing here."""
        return f"pushing {self.text}"

    @property
    def policy_scope(self) -> str:  # type: ignore[override]
        """The whole name."""
        return self.reference.name

    def open(self, registry: RegistryClient) -> Source:
        """Open what the name stands for, which is one request."""
        return SingleSource((self.own or registry).open(self.reference))

    def sink(self, registry: RegistryClient) -> Sink:
        """Return a sink for the repository."""
        return (self.own or registry).sink(self.reference.repository, no_clobber=self.no_clobber)

    def name_for(self, view: View) -> str:
        """Return the tag, or the digest of a view that is written by digest."""
        unnamed = self.by_digest or self.reference.digest is not None
        return str(view.digest) if unnamed else self.reference.identifier

    def written(self, digest: Digest) -> Reference:
        """Return the reference by digest."""
        return self.reference.with_digest(digest)

    def expect(self, registry: RegistryClient, *actions: str) -> None:
        """Announce what will be done, so that one token covers all of it."""
        (self.own or registry).session.expect(self.reference.repository, *actions)

    def guarded(self) -> Self:
        """Return the location with a tag that is not overwritten."""
        return replace(self, no_clobber=True)

    def check_free(self, registry: RegistryClient) -> None:
        """Raise TagExistsError if the location is guarded and its tag is there."""
        if self.no_clobber:
            sink = (self.own or registry).sink(self.reference.repository, no_clobber=True)
            sink.check_free(self.reference.identifier)

    def missing(self, registry: RegistryClient, layer: Layer) -> list[str]:
        """Ask the registry for a layer."""
        foreign = layer.media_type in media_types.FOREIGN_LAYERS and layer.descriptor.urls
        repository = self.reference.repository
        if foreign or (self.own or registry).has_blob(repository, layer.digest):
            return []
        return [f"layer {layer.digest} is not in {repository}"]


def parse(text: str) -> RegistryLocation:
    """Parse `//NAME`, the part behind `docker:`. Raises InvalidReferenceError."""
    return RegistryLocation(parse_reference(text.removeprefix("//")))

"""Images in registries: `docker://NAME`, or a name alone."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Self

from pycrane._errors import UnsupportedError
from pycrane._image.medium import Sink
from pycrane._image.view import Layer, View
from pycrane._oci import media_types
from pycrane._oci.digest import Digest
from pycrane._reference import DEFAULT_TAG, Reference, parse_reference, parse_repository
from pycrane._transports.location import Location, SingleSource

if TYPE_CHECKING:
    from pycrane._archive.source import Source
    from pycrane._registry.client import RegistryClient

UNKNOWN_DIGEST = "@@unknown-digest@@"


@dataclass(frozen=True)
class RegistryLocation(Location):
    """A tag or digest in a registry; `by_digest` writes to its repository without a tag.

    With `tag_too` a reference that has a tag and a digest is written under its tag, and by its digest alone
    without it.
    `own` is a client for this location alone, with credentials that go nowhere else; the caller closes it.
    """

    reference: Reference
    by_digest: bool = False
    no_clobber: bool = False
    own: RegistryClient | None = None
    tag_too: bool = False

    @property
    def text(self) -> str:
        """The name as it was typed."""
        return self.reference.text or self.reference.name

    @property
    def image_name(self) -> str:
        """The name as it was typed."""
        return self.text

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
        """Open what the name stands for, which is one request. Raises UnsupportedError if it has no tag."""
        if self.reference.text.endswith(UNKNOWN_DIGEST):
            raise UnsupportedError(
                f"{self.text} names no image to read", hint="give its tag or digest; it is for writing alone"
            )
        return SingleSource((self.own or registry).open(self.reference))

    def sink(self, registry: RegistryClient) -> Sink:
        """Return a sink for the repository."""
        return (self.own or registry).sink(self.reference.repository, no_clobber=self.no_clobber)

    def name_for(self, view: View) -> str:
        """Return the tag, or the digest of a view that is written by digest."""
        if self.tag_too and self.reference.tag is not None:
            return self.reference.tag
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
    """Parse `//NAME` or `//NAME@@unknown-digest@@`, the part behind `docker:`, for writing by digest alone.

    Raises:
        InvalidReferenceError: it is not a name, or a tag stands before the unknown digest.
    """
    name = text.removeprefix("//")
    if not name.endswith(UNKNOWN_DIGEST):
        return RegistryLocation(parse_reference(name), tag_too=True)
    plain = name.removesuffix(UNKNOWN_DIGEST)
    return RegistryLocation(
        replace(parse_repository(plain).tag(DEFAULT_TAG), text=f"docker:{text}"), by_digest=True
    )

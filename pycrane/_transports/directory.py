"""One image or index in a directory: `dir:PATH` (containers/image, directory transport)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING, Self

from pycrane._archive.directory import ImageDirectory, open_directory
from pycrane._errors import InvalidReferenceError
from pycrane._image.medium import Sink
from pycrane._oci.digest import Digest
from pycrane._transports.location import Capabilities, Location

if TYPE_CHECKING:
    from pycrane._registry.client import RegistryClient


@dataclass(frozen=True)
class DirectoryLocation(Location):
    """A directory with one image or index and its signatures, made when it is written to.

    `signed` are signatures by the digest of their manifest, which are written with what they belong to.
    """

    path: Path
    signed: Mapping[Digest, Sequence[bytes]] = field(default_factory=dict, hash=False)
    capabilities = Capabilities(signatures=True)

    @property
    def text(self) -> str:
        """The path with its prefix."""
        return f"dir:{self.path}"

    @property
    def policy_scope(self) -> str:  # type: ignore[override]
        """The absolute path, links resolved."""
        return str(self.path.resolve())

    def open(self, registry: RegistryClient) -> ImageDirectory:
        """Open the image. Raises ArchiveError if the directory has none."""
        return open_directory(self.path, registry.session.limits)

    def sink(self, registry: RegistryClient) -> Sink:
        """Return a sink that replaces the image and keeps the blobs that both have."""
        from pycrane._archive.directory_sink import DirectorySink

        return DirectorySink(self.path, signatures=self.signed, limits=registry.session.limits)

    def signatures(self, registry: RegistryClient) -> Mapping[Digest, Sequence[bytes]]:
        """Return the signatures of the manifest and of those below it, by digest; they are not verified."""
        with self.open(registry) as directory:
            return directory.all_signatures()

    def with_signatures(self, signatures: Mapping[Digest, Sequence[bytes]]) -> Self:
        """Return the location that writes these signatures."""
        return replace(self, signed=signatures)


def parse(text: str) -> DirectoryLocation:
    """Parse `PATH`, the part behind `dir:`. Raises InvalidReferenceError for none."""
    if not text:
        raise InvalidReferenceError("dir: names no path", hint="expected dir:PATH")
    return DirectoryLocation(Path(text))

"""Images in directories: `dir:DIR` (containers/image, directory transport)."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from pycrane._errors import InvalidReferenceError
from pycrane._image.medium import Sink
from pycrane._transports.location import Capabilities, Location

if TYPE_CHECKING:
    from pycrane._archive.source import Source
    from pycrane._registry.client import RegistryClient


@dataclass(frozen=True)
class DirectoryLocation(Location):
    """A directory with one image or index."""

    path: Path
    capabilities = Capabilities(signatures=True)

    @property
    def text(self) -> str:
        """The directory with its prefix."""
        return f"dir:{self.path}"

    def open(self, registry: RegistryClient) -> Source:
        """Open the image in the directory."""
        from pycrane._archive.directory import open_directory

        return open_directory(self.path, registry.session.limits)

    def sink(self, registry: RegistryClient) -> Sink:
        """Return a sink that writes the directory."""
        from pycrane._archive.directory_sink import DirectorySink

        return DirectorySink(self.path, limits=registry.session.limits)


def parse(text: str) -> DirectoryLocation:
    """Return the directory behind `dir:`. Raises InvalidReferenceError without one."""
    if not text:
        raise InvalidReferenceError("dir: names no directory", hint="expected dir:DIR")
    return DirectoryLocation(Path(text))

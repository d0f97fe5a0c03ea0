"""Images of a Docker or Podman engine: `docker-daemon:NAME[:TAG]`."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from pycrane._archive.daemon import Daemon
from pycrane._image.medium import Sink
from pycrane._image.view import View
from pycrane._oci import media_types
from pycrane._oci.digest import Digest
from pycrane._reference import Reference, parse_reference
from pycrane._transports.location import Capabilities, LayerForm, Location

if TYPE_CHECKING:
    from pycrane._archive.source import Source
    from pycrane._registry.client import RegistryClient


@dataclass(frozen=True)
class DaemonLocation(Location):
    """An image of the engine that `DOCKER_HOST` names."""

    name: str
    capabilities = Capabilities(media_types.IMAGES, indexes=False, layers=LayerForm.PLAIN)

    @property
    def text(self) -> str:
        """The name with its prefix."""
        return f"docker-daemon:{self.name}"

    def open(self, registry: RegistryClient) -> Source:
        """Export the image from the engine."""
        return Daemon(limits=registry.session.limits).open(self.name)

    def sink(self, registry: RegistryClient) -> Sink:
        """Return a sink that loads images into the engine."""
        return Daemon(limits=registry.session.limits).sink()

    def name_for(self, view: View) -> str:
        """Return the name of the image."""
        return self.name

    def written(self, digest: Digest) -> Reference:
        """Return the name by digest."""
        return parse_reference(self.name).with_digest(digest)


def parse(text: str) -> DaemonLocation:
    """Parse `NAME[:TAG]`, the part behind `docker-daemon:`. Raises InvalidReferenceError."""
    parse_reference(text)
    return DaemonLocation(text)

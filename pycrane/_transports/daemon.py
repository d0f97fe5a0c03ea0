"""Images of a Docker or Podman engine: `docker-daemon:NAME[:TAG]`, `docker-daemon:sha256:ID`."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from pycrane._archive.daemon import Daemon
from pycrane._archive.image_names import typed_tag
from pycrane._errors import UnsupportedError
from pycrane._image.medium import Sink
from pycrane._image.view import View
from pycrane._oci import media_types
from pycrane._oci.digest import Digest
from pycrane._reference import Reference, parse_reference
from pycrane._transports.location import Capabilities, LayerForm, Location

if TYPE_CHECKING:
    from pycrane._archive.source import Source
    from pycrane._registry.client import RegistryClient

_ID = re.compile("sha256:[0-9a-f]{64}")


@dataclass(frozen=True)
class DaemonLocation(Location):
    """An image of the engine that `DOCKER_HOST` or Docker's context names, by its name or by its ID.

    `address` is another engine, as `DOCKER_HOST` may have it.
    """

    name: str
    address: str | None = None
    capabilities = Capabilities(media_types.IMAGES, indexes=False, layers=LayerForm.PLAIN)

    @property
    def text(self) -> str:
        """The name with its prefix."""
        return f"docker-daemon:{self.name}"

    @property
    def image_name(self) -> str | None:
        """The name, if it is not an ID."""
        return None if _is_id(self.name) else self.name

    def open(self, registry: RegistryClient) -> Source:
        """Export the image from the engine."""
        return Daemon(self.address, registry.session.limits).open(self.name)

    def sink(self, registry: RegistryClient) -> Sink:
        """Return a sink that loads images into the engine. Raises UnsupportedError for an ID or a digest."""
        if _is_id(self.name) or parse_reference(self.name).digest:
            raise UnsupportedError(
                f"{self.text} is the content of an image, which an engine chooses by itself",
                hint="name the image, as in docker-daemon:app:v1",
            )
        return Daemon(self.address, registry.session.limits).sink()

    def name_for(self, view: View) -> str:
        """Return the name of the image."""
        return self.name

    def written(self, digest: Digest) -> Reference:
        """Return the name by digest."""
        return parse_reference(self.name).with_digest(digest)


def parse(text: str) -> DaemonLocation:
    """Parse `NAME[:TAG]` or `sha256:ID`, the part behind `docker-daemon:`. Raises InvalidReferenceError."""
    if _is_id(text):
        return DaemonLocation(text)
    # Without a tag an engine would give the images of all tags.
    return DaemonLocation(typed_tag(text, None) or text)


def _is_id(text: str) -> bool:
    return _ID.fullmatch(text) is not None

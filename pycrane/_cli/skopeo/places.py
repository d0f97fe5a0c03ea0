"""Names that images get in archives and engines as skopeo writes them: whole, with registry and tag."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace

from pycrane._errors import PycraneError, UnsupportedError
from pycrane._io.whole_file import STANDARD_OUTPUT
from pycrane._reference import DOCKER_HUB, parse_reference
from pycrane._transports.archives import DockerArchiveLocation
from pycrane._transports.daemon import DaemonLocation
from pycrane._transports.location import Location


def is_docker_archive(place: Location) -> bool:
    """Whether images are written there as docker-archive: has them."""
    return isinstance(place, DockerArchiveLocation)


def named(place: Location, also: Iterable[str]) -> Location:
    """Return a target with whole names, and the further names that its image gets.

    Raises:
        InvalidReferenceError: a name is not one of an image.
        UnsupportedError: there are further names, and the target has none; or a name is a digest.
        PycraneError: the archive is there and is not empty.
    """
    further = tuple(map(whole_name, also))
    if isinstance(place, DockerArchiveLocation):
        if place.path not in (None, STANDARD_OUTPUT) and place.path.exists() and place.path.stat().st_size:
            raise PycraneError(
                f"{place.path} is there and is not empty, and no image is added to it",
                hint="name another file, or remove this one",
            )
        return replace(place, name=None if place.name is None else whole_name(place.name), also=further)
    if further:
        raise UnsupportedError(f"--additional-tag has no meaning for {place.text}")
    return replace(place, name=whole_name(place.name)) if isinstance(place, DaemonLocation) else place


def whole_name(text: str) -> str:
    """Return a name with registry and tag. Raises InvalidReferenceError and UnsupportedError."""
    reference = parse_reference(text)
    if reference.digest is not None:
        raise UnsupportedError(f"{text} is a digest, and an image there is called by a tag")
    return str(reference).replace(DOCKER_HUB, "docker.io", 1)

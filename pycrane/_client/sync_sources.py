"""Images to synchronise, found in a repository, in directories, or by a list."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import NamedTuple

from pycrane._client.sync_list import SyncHost
from pycrane._errors import ArchiveError, LimitExceededError, PycraneError
from pycrane._limits import DEFAULT_LIMITS, Limits
from pycrane._reference import DOCKER_HUB, Reference, Repository, parse_reference
from pycrane._registry.client import RegistryClient
from pycrane._transports.directory import DirectoryLocation
from pycrane._transports.location import Location
from pycrane._transports.registry import RegistryLocation

_MANIFEST = "manifest.json"


class SyncImage(NamedTuple):
    """An image to synchronise: its location, and its name with all that scopes it."""

    location: Location
    name: str


def in_registry(registry: RegistryClient, name: str) -> Sequence[SyncImage]:
    """Return the image that a name with a tag or digest names, or all of a repository.

    Raises:
        PycraneError: there is no such repository, or the registry gives no list.
    """
    reference = parse_reference(name, default_tag="")
    if reference.tag or reference.digest:
        return [_image(registry, reference)]
    repository = reference.repository
    return [_image(registry, repository.tag(tag)) for tag in registry.tags(repository)]


def in_directories(top: Path, limits: Limits = DEFAULT_LIMITS) -> Sequence[SyncImage]:
    """Return the images of all image directories at and below a directory, by name.

    Raises:
        ArchiveError: it is not a directory, or holds no image.
        LimitExceededError: there are too many files.
    """
    if not top.is_dir():
        raise ArchiveError(f"{top} is not a directory")
    found = sorted(_image_directories(top, limits))
    if not found:
        raise ArchiveError(f"no image directory at or below {top}")
    return [
        SyncImage(DirectoryLocation(path), path.relative_to(top).as_posix() if path != top else top.name)
        for path in found
    ]


def _image_directories(top: Path, limits: Limits) -> Iterator[Path]:
    seen = 0
    for where, _, files in os.walk(top):
        seen += 1 + len(files)
        if seen > limits.archive_entries:
            raise LimitExceededError(f"more than {limits.archive_entries} files below {top}")
        if _MANIFEST in files:
            yield Path(where)


def by_list(
    hosts: Sequence[SyncHost],
    registry_of: Callable[[SyncHost], RegistryClient],
    failed: Callable[[str, PycraneError], None],
) -> Sequence[SyncImage]:
    """Return the images of a list, each once. Tags of a repository are listed once.

    `failed` is called with the name of a repository that cannot be listed and the error, and may raise.
    """
    found: dict[str, SyncImage] = {}
    for host in hosts:
        registry = registry_of(host)
        images = [_image(registry, reference) for reference in host.images]
        listed: dict[Repository, Sequence[str]] = {}
        for repository, choice in host.repositories:
            try:
                if repository not in listed:
                    listed[repository] = list(registry.tags(repository))
            except PycraneError as error:
                failed(str(repository), error)
                continue
            images += [_image(registry, repository.tag(tag)) for tag in choice.of(listed[repository])]
        found.update({image.name: image for image in images})
    return list(found.values())


def _image(registry: RegistryClient, reference: Reference) -> SyncImage:
    name = reference.name.replace(DOCKER_HUB, "docker.io", 1)
    return SyncImage(RegistryLocation(reference, own=registry), name)

"""push: images from a tarball or layout to a registry."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from pycrane._archive.entries import Entry
from pycrane._archive.source import Source, open_path
from pycrane._client.platforms import digest_of, narrowed
from pycrane._errors import ArchiveError, InvalidReferenceError, doing
from pycrane._image.medium import Item
from pycrane._image.view import View
from pycrane._oci.digest import Digest
from pycrane._oci.platform import Platform
from pycrane._reference import Reference, Repository, check_tag, parse_repository
from pycrane._transfer.engine import DEFAULT_JOBS, transfer

if TYPE_CHECKING:
    from pycrane._registry.client import RegistryClient


def push(
    client: RegistryClient,
    path: Path | None,
    reference: Reference,
    *,
    index: bool = False,
    all_images: bool = False,
    platforms: Sequence[Platform] = (),
    jobs: int = DEFAULT_JOBS,
) -> list[Reference]:
    """Push what `path` holds (None: standard input) and return it by digest, in order.

    One image or index is pushed as `reference`. With `index` that is the whole index of a layout or OCI
    archive; with `all_images` every image is, each under its own tag in the repository of `reference`, or
    below it where the images come from several repositories.

    Raises:
        ArchiveError: no tarball or layout, or one with several images and none of the two is asked for.
        PycraneError: something cannot be read, verified or written; tags name what they named before.
    """
    where = str(path) if path else "standard input"
    target = reference.repository if all_images else reference.text or reference
    with doing(f"pushing {where} to {target}", reference=reference, path=path), open_path(path) as source:
        client.session.expect(reference.repository, "pull", "push")
        if all_images:
            if not source.entries:
                raise ArchiveError(f"{where} holds no image")
            placed = _all(source, reference.repository)
        else:
            view = narrowed(_one(source, index, where), platforms)
            placed = {reference.repository: [Item(view, reference.identifier)]}
        for repository, items in placed.items():
            with client.sink(repository) as sink:
                transfer(items, sink, jobs=jobs, listener=client.session.listener)
    return [repository.digest(item.view.digest) for repository, items in placed.items() for item in items]


def tarball_digest(path: Path | None, name: str | None = None, platform: Platform | None = None) -> Digest:
    """The digest that an image of a tarball has in a registry; `name` is a tag in it, None its only image.

    Raises:
        PycraneError: it cannot be read, or has no such image.
    """
    with doing(f"digest of {path or 'standard input'}", path=path), open_path(path) as source:
        return digest_of(source.select(name), platform)


def _one(source: Source, index: bool, where: str) -> View:
    if not index:
        if len(source.entries) > 1:
            raise ArchiveError(
                f"{where} holds {len(source.entries)} images",
                hint="push each under its own tag with --all, or a layout as one index with --index",
            )
        return source.select()
    if source.index is None:
        raise ArchiveError(
            f"{where} has no index", hint="leave --index out: it is a tarball of single images"
        )
    return source.index


def _all(source: Source, repository: Repository) -> dict[Repository, list[Item]]:
    """Every image once for each of its tags, or without a tag by its digest, and where it goes.

    Images of several repositories go below `repository`, to the last part of their repository's path.
    """
    named = [(entry.open(), _tags(entry)) for entry in source.entries]
    several = len({origin for _, tags in named for origin, _ in tags if origin}) > 1
    items: dict[tuple[Repository, str], Item] = {}
    for view, tags in named:
        for origin, tag in tags or [(None, str(view.digest))]:
            place = _below(repository, origin) if several and origin else repository
            there = items.setdefault((place, tag), Item(view, tag))
            if there.view.digest != view.digest:
                raise ArchiveError(f"two images would both become {place}:{tag}")
    placed: dict[Repository, list[Item]] = {}
    for (place, _), item in items.items():
        placed.setdefault(place, []).append(item)
    return placed


def _below(repository: Repository, origin: Repository) -> Repository:
    return parse_repository(f"{repository}/{origin.path.rpartition('/')[2]}")


def _tags(entry: Entry) -> list[tuple[Repository | None, str]]:
    """The tags of an entry's names: `repo:tag`, or a tag alone as layouts have it.

    containerd writes both: then the tag alone is the end of the whole name, and not another name.
    """
    tags: list[tuple[Repository | None, str]] = []
    for name in entry.names:
        origin, colon, tag = name.rpartition(":")
        try:
            tags.append((parse_repository(origin) if colon else None, check_tag(tag)))
        except InvalidReferenceError:
            continue
    whole = {tag for origin, tag in tags if origin}
    return list(dict.fromkeys((origin, tag) for origin, tag in tags if origin or tag not in whole))

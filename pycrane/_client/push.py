"""push: images from a tarball, a layout or another location to a registry."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from pycrane._archive.entries import Entry
from pycrane._archive.source import Source, open_path
from pycrane._client.inputs import PathName, Platforms, Target, platforms_of
from pycrane._client.platforms import digest_of, narrowed
from pycrane._client.working import move, write
from pycrane._errors import ArchiveError, InvalidReferenceError, doing
from pycrane._image.medium import Item
from pycrane._image.view import View
from pycrane._oci.digest import Digest
from pycrane._oci.platform import Platform
from pycrane._reference import Reference, Repository, as_repository, check_tag, parse_repository
from pycrane._transports.location import Location
from pycrane._transports.table import locate

if TYPE_CHECKING:
    from pycrane._client.base import Base


def push(
    client: Base,
    source: PathName | View | Location,
    target: Target,
    *,
    index: bool = False,
    platforms: Platforms = (),
) -> Reference:
    """Push a view, or what a tarball, a layout or another location holds, and return it by digest.

    The path is that of one image; with `index` all of a layout is pushed as its index. Of an index, the
    images for `platforms` are pushed, or all.

    Raises:
        ArchiveError: it is not a tarball or layout, or one with several images.
    """
    origin, place = _located(source), locate(target)
    wanted = platforms_of(platforms)
    if isinstance(source, View):
        return write(client, narrowed(source, wanted), place)
    what = f"pushing {origin.text} to {place.text}"
    with (
        doing(what, reference=place.reference, path=origin.path),
        origin.open(client.registry) as opened,
    ):
        place.expect(client.registry, "pull", "push")
        view = narrowed(_one(opened, index, origin.text), wanted)
        with place.sink(client.registry) as sink:
            move(client, [Item(view, place.name_for(view))], sink, place.text)
    return place.written(view.digest)


def push_all(
    client: Base,
    path: PathName | Location,
    repository: Repository | str,
    *,
    platforms: Platforms = (),
) -> list[Reference]:
    """Push every image of a tarball or layout, each under its own tag, and return them by digest.

    Images of several repositories go below `repository`. Of indexes the images for `platforms` are pushed,
    or all.

    Raises:
        ArchiveError: it is not a tarball or layout, or two images of it would get one tag.
    """
    origin, target = _located(path), as_repository(repository)
    with (
        doing(f"pushing {origin.text} to {target}", reference=target, path=origin.path),
        origin.open(client.registry) as source,
    ):
        client.registry.session.expect(target, "pull", "push")
        if not source.entries:
            raise ArchiveError(f"{origin.text} holds no image")
        placed = _all(source, target, platforms_of(platforms))
        for where, items in placed.items():
            with client.registry.sink(where) as sink:
                move(client, items, sink, where.name)
    return [where.digest(item.view.digest) for where, items in placed.items() for item in items]


def _located(source: PathName | View | Location) -> Location:
    return locate(Path(source) if isinstance(source, str) else source)


def tarball_digest(path: Path | None, name: str | None = None, platform: Platform | None = None) -> Digest:
    """Return the digest that an image of a tarball has in a registry: the one called `name`, or the only one.

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
                hint="choose one by its name, as in oci:DIR:NAME or docker-archive:FILE:NAME, "
                "push each under its own tag with --all, or a layout as one index with --index",
            )
        return source.select()
    if source.index is None:
        raise ArchiveError(
            f"{where} has no index", hint="leave --index out: it is a tarball of single images"
        )
    return source.index


def _all(
    source: Source, repository: Repository, platforms: Sequence[Platform]
) -> dict[Repository, list[Item]]:
    """Every image once for each of its tags, or without a tag by its digest, and where it goes.

    Images of several repositories go below `repository`, to the last part of their repository's path.
    """
    named = [(narrowed(entry.open(), platforms), _tags(entry)) for entry in source.entries]
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

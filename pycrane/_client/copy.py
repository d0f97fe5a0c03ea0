"""copy: images from any location to any other, and whole repositories between registries, byte for byte."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from itertools import islice
from typing import TYPE_CHECKING

from pycrane._client.inputs import AnyImage, Platforms, Target, choice_of, platforms_of, recompression_of
from pycrane._client.platforms import narrowed
from pycrane._client.recompressing import AS_THEY_ARE, Recompression
from pycrane._client.repositories import moved, walk
from pycrane._client.working import check_fits, move, watched, working
from pycrane._errors import NotFoundError, PycraneError, about, doing
from pycrane._events import Warned
from pycrane._image.medium import Item
from pycrane._image.view import Index, View
from pycrane._layers.compression.kinds import Compression
from pycrane._mutate.convert import Family, convert
from pycrane._oci.digest import Digest
from pycrane._oci.platform import Platform
from pycrane._reference import Reference, Repository, as_repository
from pycrane._transports.location import Location
from pycrane._transports.table import locate

if TYPE_CHECKING:
    from pycrane._client.base import Base

_BATCH = 64  # images of one repository that are planned together


def copy(
    client: Base,
    source: AnyImage,
    target: Target,
    *,
    platforms: Platforms = (),
    no_clobber: bool = False,
    compression: Compression | str | None = None,
    level: int | None = None,
    format: Family | str | None = None,  # noqa: A002
    lossy: bool = False,
) -> Reference:
    """Copy an image or index to a registry or another location, byte for byte, and return it by digest.

    With `platforms` it is the image (one) or the narrowed index (several) for them. With `no_clobber` a
    tag that is there is an error. With `compression`, layers are compressed so; with a `level` of it,
    also those that are already. Digests change then, files and diff ids do not. With `format`, `oci` or
    `docker`, media types become those of that format, as `convert` does it; what Docker's format cannot hold
    is an error, or with `lossy` left out.

    Raises:
        NotFoundError: there is no such image.
        TagExistsError: with `no_clobber`, the tag is there.
        UnsupportedError: the compression has no such level, or the format or target cannot hold the image.
    """
    origin, place = locate(source), locate(target)
    place = place.guarded() if no_clobber else place
    wanted, recompression = platforms_of(platforms), recompression_of(compression, level)
    with (
        working(client, f"copying {origin.text} to {place.text}", origin, place),
        recompression.applied(client.workers, client.registry.session.limits) as recompressed,
        _signed(client, place, kept := origin.signatures(client.registry)).sink(client.registry) as sink,
    ):
        if recompression != AS_THEY_ARE:
            place.check_free(client.registry)  # long before the transfer asks, after all the work
        view = narrowed(client.open(origin), wanted)
        if recompression != AS_THEY_ARE:
            view = recompressed(watched(client, view))
        view = convert(view, format, lossy=lossy) if format is not None else view
        named = place.reference.digest if place.reference else None
        if named is not None and named != view.digest:
            raise PycraneError(f"the target is named {named} and the source is {view.digest}")
        check_fits(view, place)
        _warn_of_lost(client, place, view, kept)
        with about(place.reference, path=place.path):
            move(client, place.items(view), sink, place.text)
    return place.written(view.digest)


def _signed(client: Base, place: Location, signatures: Mapping[Digest, Sequence[bytes]]) -> Location:
    """The target that is given the signatures of the source too, or a warning where it cannot hold them."""
    if signatures and place.capabilities.signatures:
        return place.with_signatures(signatures)
    if signatures:
        client.listener(Warned(f"signatures are left behind: {place.text} cannot hold them"))
    return place


def _warn_of_lost(
    client: Base, place: Location, view: View, signatures: Mapping[Digest, Sequence[bytes]]
) -> None:
    """Tell of signatures that no manifest which is written has: they are of what was changed or left out."""
    entries = view.index_manifest.manifests if isinstance(view, Index) else ()
    lost = set(signatures) - {view.digest, *(entry.digest for entry in entries)}
    if lost and place.capabilities.signatures:
        names = ", ".join(sorted(map(str, lost)))
        client.listener(Warned(f"signatures are left out, of manifests that are not written: {names}"))


def copy_repository(
    client: Base,
    source: Repository | str,
    target: Repository | str,
    *,
    glob: str | None = None,
    regex: str | re.Pattern[str] | None = None,
    versions: str | None = None,
    newest: int | None = None,
    platforms: Platforms = (),
    no_clobber: bool = False,
    compression: Compression | str | None = None,
    level: int | None = None,
) -> list[Reference]:
    """Copy the tags of a repository, and return what was copied, by tag and digest.

    `glob`, `regex`, `versions` and `newest` choose tags as with `list_tags`. With `no_clobber` only what
    the target does not have is copied. The others are those of `copy`.

    Raises:
        NotFoundError: there is no such repository.
        InvalidRangeError: `versions` is not a valid range.
        PycraneError: as `copy`; tags that were done before stay.
    """
    here, where = as_repository(source), as_repository(target)
    choice, recompression = choice_of(glob, regex, versions, newest), recompression_of(compression, level)
    with doing(f"copying all tags of {here} to {where}", reference=here):
        _expect(client, here, where)
        there = _existing_tags(client, where) if no_clobber else frozenset()
        tags = _missing(client, choice.of(client.registry.tags(here)), there)
        return _copy_all(client, map(here.tag, tags), where, platforms_of(platforms), recompression)


def copy_tree(
    client: Base,
    source: Repository | str,
    target: Repository | str,
    *,
    glob: str | None = None,
    regex: str | re.Pattern[str] | None = None,
    versions: str | None = None,
    newest: int | None = None,
    platforms: Platforms = (),
    no_clobber: bool = False,
    compression: Compression | str | None = None,
    level: int | None = None,
) -> list[Reference]:
    """Copy a repository and its child repositories under `target`; see `walk`.

    Everything else is as with `copy_repository`, of each of them. Manifests without a tag are copied
    where the registry tells of them and nothing is chosen.
    """
    root, top = as_repository(source), as_repository(target)
    choice, recompression = choice_of(glob, regex, versions, newest), recompression_of(compression, level)
    wanted = platforms_of(platforms)
    copied: list[Reference] = []
    with doing(f"copying {root} and what is below to {top}", reference=root):
        for contents in walk(client.registry, root):
            here = contents.repository
            where = moved(here, root, top)
            _expect(client, here, where)
            there = _existing_tags(client, where) if no_clobber else frozenset()
            names = [here.tag(tag) for tag in _missing(client, choice.of(contents.tags), there)]
            if not choice.chooses and not wanted and recompression == AS_THEY_ARE:
                names += [here.digest(each.digest) for each in contents.manifests or () if not each.tags]
            copied += _copy_all(client, names, where, wanted, recompression)
    return copied


def _copy_all(
    client: Base,
    names: Iterable[Reference],
    target: Repository,
    platforms: Sequence[Platform],
    recompression: Recompression,
) -> list[Reference]:
    """Copy images to the same tags and digests of another repository."""
    copied: list[Reference] = []
    with client.registry.sink(target) as sink:
        for batch in _batches(names):
            views = client.workers.map(lambda name: _opened(client, name, platforms), batch)
            with recompression.applied(client.workers, client.registry.session.limits) as recompressed:
                items = [
                    Item(recompressed(watched(client, view)), name.identifier)
                    for view, name in zip(views, batch, strict=True)
                ]
                with about(target):
                    move(client, items, sink, target.name)
            for item, name in zip(items, batch, strict=True):
                copied.append(replace(target.digest(item.view.digest), tag=name.tag))
    return copied


def _expect(client: Base, source: Repository, target: Repository) -> None:
    """One token for all that is to come, also for mounting."""
    client.registry.session.expect(source, "pull")
    client.registry.session.expect(target, "pull", "push")


def _opened(client: Base, reference: Reference, platforms: Sequence[Platform]) -> View:
    what = f"tag {reference.tag}" if reference.tag else f"manifest {reference.digest}"
    with doing(what, reference=reference):
        return narrowed(client.registry.open(reference), platforms)


def _existing_tags(client: Base, repository: Repository) -> frozenset[str]:
    try:
        return frozenset(client.registry.tags(repository))
    except NotFoundError:
        return frozenset()


def _missing(client: Base, tags: Iterable[str], there: frozenset[str]) -> Iterator[str]:
    for tag in tags:
        if tag in there:
            client.listener(Warned(f"skipping {tag}: the target has this tag"))
        else:
            yield tag


def _batches(names: Iterable[Reference]) -> Iterator[list[Reference]]:
    rest = iter(names)
    while batch := list(islice(rest, _BATCH)):
        yield batch

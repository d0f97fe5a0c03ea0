"""copy: images and whole repositories from registry to registry, byte for byte."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from itertools import islice
from typing import TYPE_CHECKING

from pycrane._client.platforms import narrowed
from pycrane._client.recompressing import AS_THEY_ARE, Recompression
from pycrane._client.repositories import moved, walk
from pycrane._client.subject import Subject, name_of, opened, working
from pycrane._client.tag_choice import EVERY_TAG, TagChoice
from pycrane._errors import NotFoundError, PycraneError, about, doing
from pycrane._events import Warned
from pycrane._image.medium import Item
from pycrane._image.view import View
from pycrane._oci.platform import Platform
from pycrane._reference import Reference, Repository
from pycrane._transfer.engine import DEFAULT_JOBS, transfer
from pycrane._transfer.workers import Workers

if TYPE_CHECKING:
    from pycrane._registry.client import RegistryClient

_BATCH = 64  # images of one repository that are planned together


def copy(
    client: RegistryClient,
    source: Subject,
    target: Reference,
    *,
    platforms: Sequence[Platform] = (),
    no_clobber: bool = False,
    recompression: Recompression = AS_THEY_ARE,
    jobs: int = DEFAULT_JOBS,
) -> Reference:
    """Copy an image or index, with `platforms` the image (one) or the narrowed index (several) for them.

    Returns what was written by digest.

    Raises:
        PycraneError: something cannot be read or written, does not verify, or `no_clobber` and the target is
            there; the target names what it named before.
    """
    what = f"copying {name_of(source)} to {name_of(target)}"
    with (
        working(client, what, source, target.repository),
        recompression.applied(jobs) as recompressed,
        client.sink(target.repository, no_clobber=no_clobber) as sink,
    ):
        if recompression != AS_THEY_ARE:
            sink.check_free(target.identifier)  # long before the transfer asks, after all the work
        view = recompressed(narrowed(opened(client, source), platforms))
        if target.digest is not None and target.digest != view.digest:
            raise PycraneError(f"the target is named {target.digest} and the source is {view.digest}")
        with about(target):
            transfer([Item(view, target.identifier)], sink, jobs=jobs, listener=client.session.listener)
    return target.with_digest(view.digest)


def copy_repository(
    client: RegistryClient,
    source: Repository,
    target: Repository,
    *,
    platforms: Sequence[Platform] = (),
    no_clobber: bool = False,
    choice: TagChoice = EVERY_TAG,
    recompression: Recompression = AS_THEY_ARE,
    jobs: int = DEFAULT_JOBS,
) -> list[Reference]:
    """Copy the tags of a repository, every one or by `choice`; with `no_clobber` what the target lacks.

    Returns what the target has now because of this, by tag and digest.

    Raises:
        PycraneError: as `copy`; tags that were done before stay.
    """
    with doing(f"copying all tags of {source} to {target}", reference=source):
        _expect(client, source, target)
        there = _existing_tags(client, target) if no_clobber else frozenset()
        tags = _missing(client, choice.of(client.tags(source)), there)
        return _copy_all(client, map(source.tag, tags), target, platforms, recompression, jobs)


def copy_tree(
    client: RegistryClient,
    source: Repository,
    target: Repository,
    *,
    platforms: Sequence[Platform] = (),
    no_clobber: bool = False,
    choice: TagChoice = EVERY_TAG,
    recompression: Recompression = AS_THEY_ARE,
    jobs: int = DEFAULT_JOBS,
) -> list[Reference]:
    """Copy the tags of a repository and of all below it, which get their places below `target`.

    Where the registry tells of manifests without a tag, they are copied too, unless tags or platforms are
    chosen. `pycrane._client.repositories.walk` finds the repositories
    below. Returns what there is now because of this, by tag and digest.

    Raises:
        PycraneError: as `copy`; tags that were done before stay.
    """
    copied: list[Reference] = []
    with doing(f"copying {source} and what is below to {target}", reference=source):
        for contents in walk(client, source):
            here = contents.repository
            where = moved(here, source, target)
            _expect(client, here, where)
            there = _existing_tags(client, where) if no_clobber else frozenset()
            names = [here.tag(tag) for tag in _missing(client, choice.of(contents.tags), there)]
            if not choice.chooses and not platforms and recompression == AS_THEY_ARE:
                names += [here.digest(each.digest) for each in contents.manifests or () if not each.tags]
            copied += _copy_all(client, names, where, platforms, recompression, jobs)
    return copied


def _copy_all(
    client: RegistryClient,
    names: Iterable[Reference],
    target: Repository,
    platforms: Sequence[Platform],
    recompression: Recompression,
    jobs: int,
) -> list[Reference]:
    """Copy images to the same tags and digests of another repository."""
    copied: list[Reference] = []
    with client.sink(target) as sink:
        for batch in _batches(names):
            views = Workers(jobs).map(lambda name: _opened(client, name, platforms), batch)
            with recompression.applied(jobs) as recompressed:
                items = [
                    Item(recompressed(view), name.identifier) for view, name in zip(views, batch, strict=True)
                ]
                with about(target):
                    transfer(items, sink, jobs=jobs, listener=client.session.listener)
            for item, name in zip(items, batch, strict=True):
                copied.append(replace(target.digest(item.view.digest), tag=name.tag))
    return copied


def _expect(client: RegistryClient, source: Repository, target: Repository) -> None:
    """One token for all that is to come, also for mounting."""
    client.session.expect(source, "pull")
    client.session.expect(target, "pull", "push")


def _opened(client: RegistryClient, reference: Reference, platforms: Sequence[Platform]) -> View:
    what = f"tag {reference.tag}" if reference.tag else f"manifest {reference.digest}"
    with doing(what, reference=reference):
        return narrowed(client.open(reference), platforms)


def _existing_tags(client: RegistryClient, repository: Repository) -> frozenset[str]:
    try:
        return frozenset(client.tags(repository))
    except NotFoundError:
        return frozenset()


def _missing(client: RegistryClient, tags: Iterable[str], there: frozenset[str]) -> Iterator[str]:
    for tag in tags:
        if tag in there:
            client.session.listener(Warned(f"skipping {tag}: the target has this tag"))
        else:
            yield tag


def _batches(names: Iterable[Reference]) -> Iterator[list[Reference]]:
    rest = iter(names)
    while batch := list(islice(rest, _BATCH)):
        yield batch

"""copy: images and whole repositories from registry to registry, byte for byte."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from itertools import islice
from typing import TYPE_CHECKING

from pycrane.errors import NotFoundError, PycraneError, doing
from pycrane.events import Warned
from pycrane.image.medium import Item
from pycrane.image.view import View
from pycrane.oci.platform import Platform
from pycrane.reference import Reference, Repository
from pycrane.transfer.engine import DEFAULT_JOBS, transfer
from pycrane.transfer.workers import Workers
from pycrane.verbs.platforms import narrowed

if TYPE_CHECKING:
    from pycrane.registry.client import RegistryClient

_BATCH = 64  # tags of one repository that are planned together


def copy(
    client: RegistryClient,
    source: Reference,
    target: Reference,
    *,
    platforms: Sequence[Platform] = (),
    no_clobber: bool = False,
    jobs: int = DEFAULT_JOBS,
) -> Reference:
    """Copy an image or index, with `platforms` the image (one) or the narrowed index (several) for them.

    Returns what was written by digest.

    Raises:
        PycraneError: something cannot be read or written, does not verify, or `no_clobber` and the target is
            there; the target names what it named before.
    """
    with doing(f"copying {source.text or source} to {target.text or target}"):
        _expect(client, source.repository, target.repository)
        view = narrowed(client.open(source), platforms)
        if target.digest is not None and target.digest != view.digest:
            raise PycraneError(f"the target is named {target.digest} and the source is {view.digest}")
        with client.sink(target.repository, no_clobber=no_clobber) as sink:
            transfer([Item(view, target.identifier)], sink, jobs=jobs, listener=client.session.listener)
    return target.with_digest(view.digest)


def copy_repository(
    client: RegistryClient,
    source: Repository,
    target: Repository,
    *,
    platforms: Sequence[Platform] = (),
    no_clobber: bool = False,
    jobs: int = DEFAULT_JOBS,
) -> None:
    """Copy every tag of a repository; with `no_clobber` those that the target does not have.

    Raises:
        PycraneError: as `copy`; tags that were done before stay.
    """
    with doing(f"copying all tags of {source} to {target}"):
        _expect(client, source, target)
        there = _existing_tags(client, target) if no_clobber else frozenset()
        with client.sink(target) as sink:
            for tags in _batches(_missing(client, source, there)):
                views = Workers(jobs).map(lambda tag: _opened(client, source.tag(tag), platforms), tags)
                items = [Item(view, tag) for view, tag in zip(views, tags, strict=True)]
                transfer(items, sink, jobs=jobs, listener=client.session.listener)


def _expect(client: RegistryClient, source: Repository, target: Repository) -> None:
    """One token for all that is to come, also for mounting."""
    client.session.expect(source, "pull")
    client.session.expect(target, "pull", "push")


def _opened(client: RegistryClient, reference: Reference, platforms: Sequence[Platform]) -> View:
    with doing(f"tag {reference.tag}"):
        return narrowed(client.open(reference), platforms)


def _existing_tags(client: RegistryClient, repository: Repository) -> frozenset[str]:
    try:
        return frozenset(client.tags(repository))
    except NotFoundError:
        return frozenset()


def _missing(client: RegistryClient, source: Repository, there: frozenset[str]) -> Iterator[str]:
    for tag in client.tags(source):
        if tag in there:
            client.session.listener(Warned(f"skipping {tag}: the target has this tag"))
        else:
            yield tag


def _batches(tags: Iterable[str]) -> Iterator[list[str]]:
    rest = iter(tags)
    while batch := list(islice(rest, _BATCH)):
        yield batch

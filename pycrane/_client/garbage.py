"""gc: the manifests of a repository that no tag leads to, where the registry tells of its manifests."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING

from pycrane._client.repositories import walk
from pycrane._errors import NotFoundError, UnsupportedError, doing
from pycrane._oci import media_types
from pycrane._oci.digest import Digest
from pycrane._oci.manifest import IndexManifest, parse_manifest
from pycrane._reference import Reference, Repository, as_repository
from pycrane._transfer.workers import Workers

if TYPE_CHECKING:
    from pycrane._client.base import Base
    from pycrane._registry.client import RegistryClient
    from pycrane._registry.google import ManifestInfo, RepositoryContents

_NAMES_NOTHING = media_types.IMAGES | media_types.SCHEMA1


@dataclass(frozen=True, slots=True)
class _Links:
    """Links of a manifest: the entries of an index, and its subject."""

    entries: tuple[Digest, ...] = ()
    subject: Digest | None = None


def garbage(
    client: Base, repository: Repository | str, *, recursive: bool = False, before: datetime | None = None
) -> list[Reference]:
    """List the manifests that no tag leads to, by digest, in the order in which they can be deleted.

    With `recursive` also of all repositories below; with `before` (with a time zone) only what was
    uploaded before.

    Raises:
        UnsupportedError: the registry does not tell of its manifests; only Google's do.
    """
    place = as_repository(repository)
    found = walk(client.registry, place) if recursive else (client.registry.contents(place),)
    return [
        reference
        for contents in found
        for reference in garbage_of(client.registry, client.workers, contents, before=before)
    ]


def garbage_of(
    registry: RegistryClient,
    workers: Workers,
    contents: RepositoryContents,
    *,
    before: datetime | None = None,
) -> list[Reference]:
    """The manifests that can go, those that name others first: this is the order to delete them in.

    What has a tag stays, and what an index that stays names, and what is about a manifest that stays, such as
    a signature. With `before`, so does what was uploaded later, or at an unknown time.

    Raises:
        UnsupportedError: the registry does not tell of its manifests.
        PycraneError: a manifest cannot be read.
    """
    if contents.manifests is None:
        raise UnsupportedError(
            f"{contents.repository.registry} does not tell which manifests are in {contents.repository.path}",
            hint="only Google's registries do; others collect garbage themselves, as in "
            "registry garbage-collect --delete-untagged",
        )
    kept = {each.digest for each in contents.manifests if _stays(each, before)}
    with doing(f"looking for garbage in {contents.repository}", reference=contents.repository):
        links = _all_links(registry, workers, contents, kept)
    _keep_what_they_lead_to(kept, links)
    return [
        contents.repository.digest(digest)
        for digest in _parents_first([each.digest for each in contents.manifests], links)
        if digest not in kept and digest in links
    ]


def _stays(manifest: ManifestInfo, before: datetime | None) -> bool:
    if manifest.tags or before is None:
        return bool(manifest.tags)
    return manifest.uploaded is None or manifest.uploaded >= before


def _all_links(
    registry: RegistryClient, workers: Workers, contents: RepositoryContents, kept: set[Digest]
) -> Mapping[Digest, _Links]:
    """Return the links of each manifest; images that stay have none and are not read."""
    read = [
        each.digest
        for each in contents.manifests or ()
        if each.digest not in kept or each.media_type not in _NAMES_NOTHING
    ]

    def links(digest: Digest) -> _Links | None:
        return _links(registry, contents.repository.digest(digest))

    found = zip(read, workers.map(links, read), strict=True)
    return {digest: links for digest, links in found if links is not None}


def _links(registry: RegistryClient, reference: Reference) -> _Links | None:
    """Return the links of a manifest; None if it has gone meanwhile."""
    try:
        raw, descriptor = registry.get_manifest(reference)
    except NotFoundError:
        return None
    try:
        manifest = parse_manifest(raw, descriptor.media_type, f"manifest {reference.digest}")
    except UnsupportedError:  # schema 1 and other kinds lead to no manifests
        return _Links()
    subject = manifest.subject.digest if manifest.subject else None
    if isinstance(manifest, IndexManifest):
        return _Links(tuple(entry.digest for entry in manifest.manifests), subject)
    return _Links(subject=subject)


def _keep_what_they_lead_to(kept: set[Digest], links: Mapping[Digest, _Links]) -> None:
    count = -1
    while count != len(kept):
        count = len(kept)
        for digest, each in links.items():
            if each.subject in kept:
                kept.add(digest)
            if digest in kept:
                kept.update(each.entries)


def _parents_first(digests: Iterable[Digest], links: Mapping[Digest, _Links]) -> list[Digest]:
    """The digests, each before all that it names."""
    children_first: dict[Digest, None] = {}
    todo: list[tuple[Digest, bool]] = [(digest, False) for digest in reversed(list(digests))]
    seen: set[Digest] = set()
    while todo:
        digest, done = todo.pop()
        if done:
            children_first[digest] = None
        elif digest not in seen:
            seen.add(digest)
            entries: Sequence[Digest] = links[digest].entries if digest in links else ()
            todo += [(digest, True), *((entry, False) for entry in entries)]
    return list(children_first)[::-1]

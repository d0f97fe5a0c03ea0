"""push: images from a tarball or layout to a registry."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from pycrane.archive.entries import Entry
from pycrane.archive.source import Source, open_path
from pycrane.errors import ArchiveError, InvalidReferenceError, doing
from pycrane.image.medium import Item
from pycrane.image.view import View
from pycrane.oci.digest import Digest
from pycrane.oci.platform import Platform
from pycrane.reference import Reference, check_tag
from pycrane.transfer.engine import DEFAULT_JOBS, transfer
from pycrane.verbs.platforms import digest_of, narrowed

if TYPE_CHECKING:
    from pycrane.registry.client import RegistryClient


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
    archive; with `all_images` every image is, each under its own tag in the repository of `reference`.

    Raises:
        ArchiveError: no tarball or layout, or one with several images and none of the two is asked for.
        PycraneError: something cannot be read, verified or written; tags name what they named before.
    """
    where = str(path) if path else "standard input"
    with doing(f"pushing {where} to {reference.text or reference}"), open_path(path) as source:
        client.session.expect(reference.repository, "pull", "push")
        if all_images:
            items = _all(source)
        else:
            view = narrowed(_one(source, index, where), platforms)
            items = [Item(view, reference.identifier)]
        with client.sink(reference.repository) as sink:
            transfer(items, sink, jobs=jobs, listener=client.session.listener)
    return [reference.with_digest(item.view.digest) for item in items]


def tarball_digest(path: Path | None, name: str | None = None, platform: Platform | None = None) -> Digest:
    """The digest that an image of a tarball has in a registry; `name` is a tag in it, None its only image.

    Raises:
        PycraneError: it cannot be read, or has no such image.
    """
    with doing(f"digest of {path or 'standard input'}"), open_path(path) as source:
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


def _all(source: Source) -> list[Item]:
    """Every image once for each of its tags, or without a tag by its digest."""
    items: dict[str, Item] = {}
    for entry in source.entries:
        view = entry.open()
        for name in _tags(entry) or [str(view.digest)]:
            there = items.setdefault(name, Item(view, name))
            if there.view.digest != view.digest:
                raise ArchiveError(
                    f"two images would both get the tag {name}", hint="push them one by one, by their names"
                )
    return list(items.values())


def _tags(entry: Entry) -> list[str]:
    """The tags of an entry's names: `repo:tag`, or a tag alone as layouts have it."""
    tags = []
    for name in entry.names:
        tag = name.rpartition(":")[2] if "/" not in name.rpartition(":")[2] else ""
        try:
            tags.append(check_tag(tag))
        except InvalidReferenceError:
            continue
    return list(dict.fromkeys(tags))

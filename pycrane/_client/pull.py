"""pull: images from a registry into a tarball or layout."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import ExitStack
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING

from pycrane._client.platforms import narrowed
from pycrane._errors import about, doing
from pycrane._events import Listener, ignore
from pycrane._image.medium import Item, Sink
from pycrane._image.select import select_image
from pycrane._image.view import View
from pycrane._oci.platform import Platform
from pycrane._reference import Reference
from pycrane._transfer.engine import DEFAULT_JOBS, transfer
from pycrane._transfer.workers import Workers

if TYPE_CHECKING:
    from pycrane._registry.client import RegistryClient


class Format(StrEnum):
    """What `pull` writes: a tarball for `docker load`, one as Docker wrote them once, or an OCI layout."""

    TARBALL = "tarball"
    LEGACY = "legacy"
    OCI = "oci"


def pull(
    client: RegistryClient,
    references: Sequence[Reference],
    path: Path | None,
    *,
    format: Format = Format.TARBALL,  # noqa: A002
    platforms: Sequence[Platform] = (),
    cache: Path | None = None,
    annotate_ref: bool = False,
    jobs: int = DEFAULT_JOBS,
) -> list[View]:
    """Write images to `path` (None: standard output, for tarballs), and give what was written.

    Without `platforms` a layout takes whole indexes and a tarball the linux/amd64 images. With several, a
    layout takes the indexes narrowed to them, and a tarball one image for each, under a tag of its own.
    `cache` is a folder that keeps layers between pulls.

    Raises:
        PycraneError: an image cannot be had, or does not verify; what was at `path` is as before.
    """
    caches = ExitStack()

    def opened(reference: Reference) -> list[Item]:
        with doing(f"pulling {reference.text or reference}", reference=reference):
            view = client.open(reference)
            return [
                Item(_cached(each, cache, caches), reference.text or reference.name)
                for each in _chosen(view, format, platforms)
            ]

    items = [item for found in Workers(jobs).map(opened, references) for item in found]
    names = ", ".join(reference.text or reference.name for reference in references)
    listener = client.session.listener
    with caches, doing(f"pulling {names}", reference=references[0] if len(references) == 1 else None):
        save(items, path, format=format, annotate_ref=annotate_ref, jobs=jobs, listener=listener)
    return [item.view for item in items]


def save(
    items: Sequence[Item],
    path: Path | None,
    *,
    format: Format = Format.TARBALL,  # noqa: A002
    annotate_ref: bool = False,
    jobs: int = DEFAULT_JOBS,
    listener: Listener = ignore,
) -> None:
    """Write views to `path` (None: standard output, for tarballs), under names that are references as typed.

    Raises:
        UnsupportedError: an index, which a tarball cannot hold.
        PycraneError: a view cannot be read, or does not verify; what was at `path` is as before.
    """
    with about(path=path), _sink(path, format, annotate_ref) as sink:
        transfer(items, sink, jobs=jobs, listener=listener)


def _chosen(view: View, format: Format, platforms: Sequence[Platform]) -> list[View]:  # noqa: A002
    if format is Format.OCI:
        return [narrowed(view, platforms)]
    return [select_image(view, platform) for platform in platforms or (None,)]


def _cached(view: View, cache: Path | None, caches: ExitStack) -> View:
    if cache is None:
        return view
    from pycrane._archive.cache import CachedContent

    content = CachedContent(view.content, cache)
    caches.callback(content.close)
    return type(view)(content, view.raw_manifest, view.descriptor)


def _sink(path: Path | None, format: Format, annotate_ref: bool) -> Sink:  # noqa: A002
    if format is Format.OCI and path is not None:
        from pycrane._archive.layout_sink import LayoutSink

        return LayoutSink(path, annotate_ref=annotate_ref)
    if format is Format.LEGACY:
        from pycrane._archive.legacy_sink import LegacyArchiveSink

        return LegacyArchiveSink(path)
    from pycrane._archive.docker_sink import DockerArchiveSink

    return DockerArchiveSink(path)

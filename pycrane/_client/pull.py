"""pull and save: images written to a tarball, a layout or any other location."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from contextlib import ExitStack
from pathlib import Path
from typing import TYPE_CHECKING

from pycrane._client.inputs import Format, Name, PathName, Platforms, file_location, platforms_of
from pycrane._client.platforms import narrowed
from pycrane._client.working import move
from pycrane._errors import about, doing, expect
from pycrane._events import Listener
from pycrane._image.medium import Item, Sink
from pycrane._image.select import select_image
from pycrane._image.view import Image, Index, View
from pycrane._oci.descriptor import Descriptor
from pycrane._oci.platform import Platform
from pycrane._reference import Reference
from pycrane._transports.location import Location
from pycrane._transports.table import locate

if TYPE_CHECKING:
    from pycrane._client.base import Base


def pull(
    client: Base,
    images: Name | Location | Iterable[Name | Location],
    path: PathName | Location,
    *,
    format: Format | str = Format.TARBALL,  # noqa: A002
    platforms: Platforms = (),
    cache: PathName | None = None,
    annotate_ref: bool = False,
) -> list[Descriptor]:
    """Write images of registries to a tarball for `docker load`, or with format `oci` into a layout.

    A tarball takes the images for `platforms` (none: linux/amd64), a layout whole indexes or those of
    them. `cache` is a directory that keeps layers. With `annotate_ref` a layout notes whole names and not
    only tags. Returns what was written, in order; a file appears whole or not at all.

    Raises:
        NotFoundError: the registry has no such image.
        PlatformNotFoundError: an index has no image for a platform.
        IntegrityError: other bytes came than were promised.
    """
    place = file_location(path, format, annotate_ref=annotate_ref)
    several = [images] if isinstance(images, str | Reference | Location) else images
    sources = [locate(each) for each in several]
    wanted = platforms_of(platforms)
    caches = ExitStack()

    def opened(source: Location) -> list[Item]:
        with doing(f"pulling {source.text}", reference=source.reference):
            return [
                Item(_cached(each, cache, caches), place.name_for(each) or source.image_name)
                for each in _chosen(client.open(source), place, wanted, client.listener)
            ]

    items = [item for found in client.workers.map(opened, sources) for item in found]
    names = ", ".join(source.text for source in sources)
    with caches, doing(f"pulling {names}", reference=sources[0].reference if len(sources) == 1 else None):
        _write(client, items, place)
    return [item.view.descriptor for item in items]


def save(
    client: Base,
    view: View,
    path: PathName | Location,
    name: Name | None = None,
    *,
    format: Format | str = Format.TARBALL,  # noqa: A002
) -> None:
    """Write a view to a tarball, a layout or another location, under `name`. It appears whole or not at all.

    Raises:
        UnsupportedError: an index, which a tarball cannot hold.
    """
    expect(view, View, "a view")
    text = (name.text or name.name) if isinstance(name, Reference) else name
    place = file_location(path, format, annotate_ref=text is not None)
    _write(client, [Item(view, text or place.name_for(view))], place)


def send(client: Base, view: View, sink: Sink, name: str | None = None) -> None:
    """Write a view to any sink, under a name as the sink has them; None is not a name.

    The sink is entered and left here. What it holds appears whole or not at all.
    """
    expect(view, View, "a view")
    with sink:
        move(client, [Item(view, name)], sink)


def _write(client: Base, items: Sequence[Item], place: Location) -> None:
    with about(path=place.path), place.sink(client.registry) as sink:
        move(client, items, sink, place.text)


def _chosen(view: View, place: Location, platforms: Sequence[Platform], listener: Listener) -> list[View]:
    if place.capabilities.indexes:
        return [narrowed(view, platforms, listener)]
    if isinstance(view, Image):
        return [narrowed(view, platforms, listener)]
    return [select_image(view, platform) for platform in platforms or (None,)]


def _cached(view: View, cache: PathName | None, caches: ExitStack) -> View:
    if cache is None:
        return view
    from pycrane._archive.cache import CachedContent

    content = CachedContent(view.content, Path(cache))
    caches.callback(content.close)
    kind = Index if isinstance(view, Index) else Image
    return kind(content, view.raw_manifest, view.descriptor)

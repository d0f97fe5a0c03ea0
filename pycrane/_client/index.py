"""index: the entries of an index listed, appended to, filtered; at any location."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING

from pycrane._client.inputs import AnyImage, Platforms, Target, patterns_of, platforms_of
from pycrane._client.platforms import narrowed
from pycrane._client.working import move, write
from pycrane._errors import MalformedError, PycraneError, doing
from pycrane._events import Warned
from pycrane._image.empty import empty_index
from pycrane._image.medium import Item
from pycrane._image.view import Index, View
from pycrane._mutate.annotations import Changes, annotate
from pycrane._mutate.index_entries import append_described, children_of, filter_entries, with_platform
from pycrane._oci.descriptor import Descriptor
from pycrane._oci.platform import Platform
from pycrane._reference import Reference
from pycrane._transports.location import Location
from pycrane._transports.table import locate, locate_layout

if TYPE_CHECKING:
    from pycrane._client.base import Base


def index_list(client: Base, source: AnyImage) -> Sequence[Descriptor]:
    """List the entries of an index, in order. Raises MalformedError if it is an image."""
    return _index(client, locate(source)).index_manifest.manifests


def index_append(
    client: Base,
    base: AnyImage | None,
    manifests: Iterable[AnyImage],
    target: Target | None = None,
    *,
    flatten: bool = True,
    annotations: Changes | None = None,
    platforms: Platforms = (),
    docker_empty_base: bool = False,
) -> Reference | None:
    """Append images to an index (None: an empty one) and push it as `target` (None: where it is).

    A base that is a path is an OCI layout, made if it is not there, and is appended to where it is. Of
    what is an index itself, all images are appended or those for `platforms`; without `flatten` it is
    appended as one. `annotations` are the index's. Returns it by digest, None for a layout.

    Raises:
        MalformedError: the base is an image.
        PycraneError: there is neither a name in a registry nor a target.
    """
    below = None if base is None else locate_layout(base)
    views = _to_append(client, [locate(each) for each in manifests], platforms_of(platforms), flatten)
    if below is not None and below.root_index:
        with doing(f"appending to {below.text}", path=below.path), below.sink(client.registry) as sink:
            move(client, [Item(view, None) for view in views], sink, below.text)
        return None
    where = below if target is None else locate(target)
    if where is None:
        raise PycraneError("there is neither a base nor a tag to push to", hint="name one with --tag")
    old = empty_index(docker=docker_empty_base) if below is None else _index(client, below)
    return write(client, annotate(append_described(old, views), annotations or {}), where)


def index_filter(
    client: Base,
    base: AnyImage,
    platforms: Platforms,
    target: Target | None = None,
    *,
    allow_empty: bool = False,
    annotations: Changes | None = None,
) -> Reference | None:
    """Leave only the images for these platforms in an index, and push it as `target` (None: where it is).

    A platform may be an operating system alone, `linux`. A base that is a path is an OCI layout, changed
    where it is if there is no target. Returns the index by digest, None for a layout.

    Raises:
        MalformedError: the base is an image.
        PycraneError: nothing would be left, and `allow_empty` is not set.
    """
    place, patterns = locate_layout(base), patterns_of(platforms)
    old = _index(client, place)
    index = annotate(filter_entries(old, patterns), annotations or {})
    _check_left(client, old, index, patterns, allow_empty)
    if target is None and place.root_index:
        place.replace_index(index)
        return None
    return write(client, index, place if target is None else locate(target))


def _index(client: Base, place: Location) -> Index:
    view = _opened(client, place)
    if not isinstance(view, Index):
        raise MalformedError(f"expected {place.text} to be an index, found {view.media_type}")
    return view


def _opened(client: Base, place: Location) -> View:
    place = place.as_index()
    if place.reading:
        return client.open(place)
    with doing(f"reading {place.text}", reference=place.reference):
        return client.open(place)


def _to_append(
    client: Base, places: Sequence[Location], platforms: Sequence[Platform], flatten: bool
) -> list[View]:
    """Return what is to be appended, in order, each described with its platform."""

    def found(place: Location) -> list[View]:
        view = narrowed(_opened(client, place), platforms)
        with doing(f"reading {place.text}"):
            if isinstance(view, Index) and flatten:
                return [view.child(entry) for entry in children_of(view)]
            return [with_platform(view)]

    return [view for views in client.workers.map(found, places) for view in views]


def _check_left(
    client: Base, old: Index, new: Index, patterns: Sequence[Platform], allow_empty: bool
) -> None:
    platforms = [entry.platform for entry in old.index_manifest.manifests if entry.platform is not None]
    if not new.index_manifest.manifests and not allow_empty:
        there = ", ".join(dict.fromkeys(map(str, platforms))) or "no platform at all"
        raise PycraneError(
            f"nothing would be left of index {old.digest}: it has {there}",
            hint="--allow-empty makes an empty index all the same",
        )
    for pattern in patterns:
        if not any(platform.fits(pattern) for platform in platforms):
            client.listener(Warned(f"nothing in index {old.digest} is for {pattern}"))

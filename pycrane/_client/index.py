"""index: the entries of an index listed, appended to, filtered; in a registry or in a layout."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import ExitStack
from pathlib import Path
from typing import TYPE_CHECKING

from pycrane._archive.layout_index import replace_entries
from pycrane._archive.layout_sink import LayoutSink
from pycrane._client.places import Place, open_place
from pycrane._client.platforms import narrowed
from pycrane._client.subject import name_of
from pycrane._client.targets import Target, write
from pycrane._errors import MalformedError, PycraneError, doing
from pycrane._events import Warned
from pycrane._image.empty import empty_index
from pycrane._image.medium import Item
from pycrane._image.view import Image, Index, View
from pycrane._mutate.annotations import Changes, annotate
from pycrane._mutate.index_entries import (
    append_described,
    children_of,
    filter_entries,
    with_platform,
)
from pycrane._oci.descriptor import Descriptor
from pycrane._oci.platform import Platform
from pycrane._reference import Reference
from pycrane._transfer.engine import DEFAULT_JOBS, transfer
from pycrane._transfer.workers import Workers

if TYPE_CHECKING:
    from pycrane._registry.client import RegistryClient


def list_entries(client: RegistryClient, base: Place | View) -> Sequence[Descriptor]:
    """The entries of an index, in order. Raises PycraneError if it is none or cannot be read."""
    with ExitStack() as stack:
        return _index(client, base, stack).index_manifest.manifests


def append_to_index(
    client: RegistryClient,
    base: Place | View | None,
    manifests: Sequence[Place | View],
    target: Reference | None,
    *,
    docker_empty_base: bool = False,
    flatten: bool = True,
    annotations: Changes | None = None,
    platforms: Sequence[Platform] = (),
    jobs: int = DEFAULT_JOBS,
) -> Reference | None:
    """Append manifests to an index and push it as `target` (None: where the base is).

    A base that is a path is a layout, made if it is not there, and is appended to where it is. Of a manifest
    that is an index all children are appended, or without `flatten` itself; `platforms` chooses among its
    images. Returns the pushed index by digest, None for a layout.

    Raises:
        PycraneError: something cannot be read or written; what was there before still is.
    """
    with ExitStack() as stack:
        views = _to_append(client, manifests, platforms, flatten, jobs, stack)
        if isinstance(base, Path):
            _append_to_layout(client, base, views, jobs)
            return None
        where = target or base
        if not isinstance(where, Reference):
            raise PycraneError("there is neither a base nor a tag to push to", hint="name one with --tag")
        old = empty_index(docker=docker_empty_base) if base is None else _index(client, base, stack)
        index = annotate(append_described(old, views), annotations or {})
        return write(client, index, Target(where), jobs)


def filter_index(
    client: RegistryClient,
    base: Place | View,
    patterns: Sequence[Platform],
    target: Reference | None,
    *,
    allow_empty: bool = False,
    annotations: Changes | None = None,
    jobs: int = DEFAULT_JOBS,
) -> Reference | None:
    """Leave only entries for these platforms in an index and push it as `target` (None: where it is).

    A layout without `target` is changed where it is; its blobs stay. Returns the pushed index by digest, None
    for a layout.

    Raises:
        PycraneError: nothing would be left, and `allow_empty` is not set; or it cannot be read or written.
    """
    with ExitStack() as stack:
        old = _index(client, base, stack)
        index = annotate(filter_entries(old, patterns), annotations or {})
        _check_left(client, old, index, patterns, allow_empty)
        where = target or base
        if isinstance(where, Path):
            replace_entries(where, index)
            return None
        if not isinstance(where, Reference):
            raise PycraneError("a view is changed nowhere, and there is no name to push to")
        return write(client, index, Target(where), jobs)


def _index(client: RegistryClient, place: Place | View, stack: ExitStack) -> Index:
    view = _opened(client, place, stack)
    if not isinstance(view, Index):
        raise MalformedError(f"expected {_name(place)} to be an index, found {view.media_type}")
    return view


def _opened(client: RegistryClient, place: Place | View, stack: ExitStack) -> View:
    return place if isinstance(place, Image | Index) else open_place(client, place, stack)


def _name(place: Place | View) -> str:
    return str(place) if isinstance(place, Path) else name_of(place)


def _to_append(
    client: RegistryClient,
    places: Sequence[Place | View],
    platforms: Sequence[Platform],
    flatten: bool,
    jobs: int,
    stack: ExitStack,
) -> list[View]:
    """What is to be appended, in order, each described with its platform."""

    def found(place: Place | View) -> list[View]:
        view = narrowed(_opened(client, place, stack), platforms)
        with doing(f"reading {_name(place)}"):
            if isinstance(view, Index) and flatten:
                return [view.child(entry) for entry in children_of(view)]
            return [with_platform(view)]

    return [view for views in Workers(jobs).map(found, places) for view in views]


def _append_to_layout(client: RegistryClient, path: Path, views: Sequence[View], jobs: int) -> None:
    with doing(f"appending to {path}", path=path), LayoutSink(path) as sink:
        transfer([Item(view, None) for view in views], sink, jobs=jobs, listener=client.session.listener)


def _check_left(
    client: RegistryClient, old: Index, new: Index, patterns: Sequence[Platform], allow_empty: bool
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
            client.session.listener(Warned(f"nothing in index {old.digest} is for {pattern}"))

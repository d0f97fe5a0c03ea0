"""Parts that verbs share: errors and tokens of a piece of work, moving views, writing a result."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import TYPE_CHECKING

from pycrane._errors import UnsupportedError, doing
from pycrane._events import ImagesWritten
from pycrane._image.medium import Item, Sink
from pycrane._image.view import Image, Index, View
from pycrane._image.watched import WatchedContent
from pycrane._reference import Reference
from pycrane._transfer.engine import transfer
from pycrane._transports.location import Location

if TYPE_CHECKING:
    from pycrane._client.base import Base


@contextmanager
def working(client: Base, what: str, source: Location, target: Location | None = None) -> Iterator[None]:
    """Prefix errors with what is being done to an image, and get one token for all that is to come."""
    with doing(what, reference=source.reference, path=source.path):
        source.expect(client.registry, "pull")
        if target is not None:
            target.expect(client.registry, "pull", "push")
        yield


def move(client: Base, items: Sequence[Item], sink: Sink, place: str = "") -> None:
    """Transfer views to a sink that the caller has entered, that of a place if it has a name."""
    limits = client.registry.session.limits
    transfer(items, sink, workers=client.workers, listener=client.listener, limits=limits)
    if place:
        client.listener(ImagesWritten(place, tuple(item.view.descriptor for item in items)))


def watched(client: Base, view: View) -> View:
    """Return a view whose blobs tell the listener when they are read; one that is made later is unchanged."""
    if type(view) not in (Image, Index):
        return view
    content = WatchedContent(view.content, client.listener)
    return type(view)(content, view.raw_manifest, view.descriptor)


def check_fits(view: View, target: Location) -> None:
    """Raise UnsupportedError for an index that the target cannot hold."""
    if isinstance(view, Index) and not target.capabilities.indexes:
        raise UnsupportedError(
            f"{view.digest} is an index, and {target.text} holds single images",
            hint="choose one of them with --platform",
        )


def write(client: Base, view: View, target: Location) -> Reference:
    """Write a view and return its reference by digest.

    Raises:
        UnsupportedError: the target cannot hold an index.
        PycraneError: it cannot be written; a tag or file names what it named before.
    """
    check_fits(view, target)
    with (
        doing(target.writing, reference=target.reference, path=target.path),
        target.sink(client.registry) as sink,
    ):
        move(client, target.items(view), sink, target.text)
    return target.written(view.digest)

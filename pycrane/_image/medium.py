"""Media: what a view can be read from (source) and written to (sink). The transfer engine drives a sink."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from types import TracebackType
from typing import Protocol, Self

from pycrane._events import Outcome
from pycrane._image.view import View
from pycrane._io.stream import OpenStream
from pycrane._oci.descriptor import Descriptor
from pycrane._reference import Repository


@dataclass(frozen=True, slots=True)
class Blob:
    """A config or layer that is to arrive.

    `open` gives a fresh stream from the first byte, verified while it is read, whose progress is reported;
    who calls it closes it. `origin` is the repository it can be mounted from, if it is in one.
    """

    descriptor: Descriptor
    open: Callable[[], OpenStream]
    origin: Repository | None = None


@dataclass(frozen=True, slots=True)
class Item:
    """A view and the name it gets at the sink: a tag or digest, a whole reference, or None for no name."""

    view: View
    name: str | None


class Sink(Protocol):
    """A medium that is written to, as a context manager.

    The engine calls `has` for each top manifest and each entry below one, and skips all below what is there;
    then `begin` once, with the rest; then `put_blob` from several threads; then `put_manifest`, also from
    several threads, children before parents and tops last. Leaving the context without an error makes the
    output visible under its final name; leaving it with one leaves what was there before.
    """

    def begin(self, items: Sequence[Item], blobs: Sequence[Descriptor]) -> None:
        """All that will arrive: the tops with their names; each blob once, in the order of the images."""
        ...

    def has(self, descriptor: Descriptor, name: str | None) -> bool:
        """Whether this manifest, with everything below it, is there already under this name."""
        ...

    def put_blob(self, blob: Blob) -> Outcome:
        """Make the blob be there: found, mounted or written. Called from several threads at once."""
        ...

    def put_manifest(self, descriptor: Descriptor, raw: bytes, name: str | None) -> None:
        """Write a manifest, with a name if it is a top. What it refers to is there already."""
        ...

    def __enter__(self) -> Self: ...

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None, /
    ) -> None: ...

"""Views that are made when they are first read, and temporary files of layers, which go with them."""

from __future__ import annotations

import weakref
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from typing import Any, overload

from pycrane._errors import expect
from pycrane._image.content import Content, limits_of
from pycrane._image.view import Image, Index, View
from pycrane._io.process import ForkLock
from pycrane._io.stream import ByteStream
from pycrane._layers.compression.kinds import Compression
from pycrane._layers.local import LayerFiles
from pycrane._oci.descriptor import Descriptor
from pycrane._reference import Repository


class TemporaryLayers:
    """Temporary files of layers, closed when nothing refers to this any more."""

    def __init__(self) -> None:
        self._stack = ExitStack()
        self.are_used = False
        weakref.finalize(self, self._stack.close)

    def files(self, compression: Compression | None, level: int | None = None) -> LayerFiles:
        """Return a reader of layers into such files. Raises UnsupportedError for an unknown level."""
        files = self._stack.enter_context(LayerFiles(compression, level))
        self.are_used = True
        return files


Make = Callable[[TemporaryLayers], View]


@overload
def deferred(view: Image, make: Make) -> Image: ...


@overload
def deferred(view: Index, make: Make) -> Index: ...


@overload
def deferred(view: View, make: Make) -> View: ...


def deferred(view: View, make: Make) -> View:
    """Return a view of the same kind that `make` makes when the result is first read.

    What it writes to the temporary files is kept as long as the result, a view below it, a view that is made
    of it or a stream of it is there.
    """
    expect(view, View, "a view")
    return _DeferredImage(view, make) if isinstance(view, Image) else _DeferredIndex(view, make)


class _Kept:
    """Content that is read from temporary files."""

    def __init__(self, below: Content, files: TemporaryLayers) -> None:
        self._below = below
        self._files = files
        self.limits = limits_of(below)

    def origin(self, descriptor: Descriptor) -> Repository | None:
        return self._below.origin(descriptor)

    def read_manifest(self, descriptor: Descriptor) -> bytes:
        return self._below.read_manifest(descriptor)

    def open_blob(self, descriptor: Descriptor) -> ByteStream:
        return _KeptStream(self._below.open_blob(descriptor), self)


class _KeptStream:
    """A stream of such content, which keeps the files although the views may be gone."""

    def __init__(self, stream: ByteStream, content: _Kept) -> None:
        self._stream = stream
        self._content = content

    def read(self, size: int = -1, /) -> bytes:
        return self._stream.read(size)

    def close(self) -> None:
        self._stream.close()


class _MadeLater:
    """A lazy view: `content`, `raw_manifest` and `descriptor` are computed on first access."""

    def __init__(self, base: View, make: Make) -> None:
        self._base: View | None = base
        self._make = make
        self._lock = ForkLock()

    def __getattr__(self, name: str) -> Any:
        if name not in ("content", "raw_manifest", "descriptor"):
            raise AttributeError(f"a view has no {name!r}")
        for each in reversed(list(self._not_made())):
            each._be_made()
        return self.__dict__[name]

    def _not_made(self) -> Iterator[_MadeLater]:
        """The view and what it is made of, as far as that is not made yet.

        It is made from its end: if each asked for the next, a long row of changes would be too deep.
        """
        view: object = self
        while isinstance(view, _MadeLater) and view._base is not None:
            yield view
            view = view._base

    def _be_made(self) -> None:
        with self._lock:
            if self._base is None:
                return
            files = TemporaryLayers()
            try:
                view = self._make(files)
                content = _Kept(view.content, files) if files.are_used else view.content
            except AttributeError as error:  # which would be taken for a view without the attribute
                raise RuntimeError(f"what a view is made of is broken: {error}") from error
            self.content = content
            self.raw_manifest = view.raw_manifest
            self.descriptor = view.descriptor
            self._base = None
            del self._make


class _DeferredImage(_MadeLater, Image):
    """An image that is made when it is first read."""


class _DeferredIndex(_MadeLater, Index):
    """An index that is made when it is first read."""

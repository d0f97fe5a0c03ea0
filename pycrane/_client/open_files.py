"""Files that a client has opened for views, open as long as the client at most."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import ExitStack
from pathlib import Path
from typing import TYPE_CHECKING, Protocol, TypeVar
from weakref import WeakSet

from pycrane._errors import about
from pycrane._image.static import static_layer
from pycrane._image.view import Layer
from pycrane._io.process import ForkLock
from pycrane._io.stream import ByteStream
from pycrane._layers.local import LayerFiles
from pycrane._limits import Limits
from pycrane._mutate.append import layer_of

if TYPE_CHECKING:
    from pycrane._archive.source import Source


_Chosen = TypeVar("_Chosen")


class _Closable(Protocol):
    def close(self) -> None: ...


class HeldFiles:
    """Sources and layers that are closed with the client. Thread-safe.

    An archive is closed earlier, when no view of it and no stream of one is referred to any more.
    """

    def __init__(self, limits: Limits) -> None:
        self._limits = limits
        self._stack = ExitStack()
        self._files: WeakSet[_Closable] = WeakSet()
        self._lock = ForkLock()
        self._layers: LayerFiles | None = None

    def view(self, source: Source, choose: Callable[[Source], _Chosen]) -> _Chosen:
        """Return views of a source that has been opened. Raises as `choose` does; the source closes then."""
        with ExitStack() as undo:
            view = choose(undo.enter_context(source))
            undo.pop_all()
        with self._lock:
            self._files.add(getattr(source, "files", source))
        return view

    def layer(self, source: Path | bytes | ByteStream) -> Layer:
        """Return a layer of a tarball's bytes. Raises as `LayerFiles.read` does."""
        if isinstance(source, bytes):
            return static_layer(source)
        with self._lock:
            if self._layers is None:
                self._layers = self._stack.enter_context(LayerFiles(limits=self._limits))
        with about(path=source if isinstance(source, Path) else None):
            return layer_of(self._layers.read(source))

    def close(self) -> None:
        """Close all files. Views and layers of them cannot be read any more."""
        with self._lock:
            held = list(self._files)
        for files in held:
            files.close()
        self._stack.close()

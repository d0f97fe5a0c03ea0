"""Files that a client has opened for views, open as long as the client at most."""

from __future__ import annotations

from contextlib import ExitStack
from pathlib import Path
from weakref import WeakSet

from pycrane._archive.archive import Archive
from pycrane._archive.input_file import ArchiveFiles
from pycrane._archive.layout import Layout
from pycrane._archive.source import open_path
from pycrane._errors import about, doing
from pycrane._image.static import static_layer
from pycrane._image.view import Layer, View
from pycrane._io.process import ForkLock
from pycrane._io.stream import ByteStream
from pycrane._layers.local import LayerFiles
from pycrane._mutate.append import layer_of


class HeldFiles:
    """Opens archives, layouts and layers, and closes all of them in the end. Thread-safe.

    An archive is closed earlier when no view of it, and no stream of one, is referred to any more.
    """

    def __init__(self) -> None:
        self._stack = ExitStack()
        self._archives: WeakSet[ArchiveFiles] = WeakSet()
        self._lock = ForkLock()
        self._layers: LayerFiles | None = None

    def view(self, path: Path, name: str | None) -> View:
        """What a tarball or layout holds: the image called `name`, else a layout's index or the only image.

        Raises:
            ArchiveError: it is neither, or has several images or none of that name.
        """
        with doing(f"reading {path}", path=path), ExitStack() as undo:
            source = undo.enter_context(open_path(path))
            view = source.index if name is None and isinstance(source, Layout) else source.select(name)
            undo.pop_all()
            if isinstance(source, Archive):
                with self._lock:
                    self._archives.add(source.files)
            return view

    def layer(self, source: Path | bytes | ByteStream) -> Layer:
        """A layer of a tarball's bytes. Raises as `LayerFiles.read` does."""
        if isinstance(source, bytes):
            return static_layer(source)
        with self._lock:
            if self._layers is None:
                self._layers = self._stack.enter_context(LayerFiles())
        with about(path=source if isinstance(source, Path) else None):
            return layer_of(self._layers.read(source))

    def close(self) -> None:
        """Close all files. Views and layers of them cannot be read any more."""
        with self._lock:
            archives = list(self._archives)
        for archive in archives:
            archive.close()
        self._stack.close()

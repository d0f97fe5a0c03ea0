"""Layers that are put on images: local tarballs, or views of layers that come from elsewhere."""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from functools import cached_property
from pathlib import Path
from typing import Any

from pycrane._image.view import Layer, View
from pycrane._layers.local import LayerFile, LayerFiles
from pycrane._mutate.append import append_layers, layer_of
from pycrane._reference import Reference
from pycrane._transfer.workers import Workers


class NewLayers:
    """Layers, each read once: a path, None for standard input, or a view. Usable while `files` is open.

    Raises, in all that it does:
        PycraneError: a layer cannot be read.
    """

    def __init__(
        self,
        files: LayerFiles,
        sources: Sequence[str | os.PathLike[str] | Layer | None],
        workers: Workers,
    ) -> None:
        self._files = files
        self._read = workers.map(self._opened, sources)

    def put_on(
        self, base: View, *, history: Mapping[str, Any] | None = None, based_on: Reference | None = None
    ) -> View:
        """The image, or the index with each of its images, with the layers on top, if there are any."""
        if not self._read:
            return base
        layers = [each if isinstance(each, Layer) else layer_of(each) for each in self._read]
        return append_layers(
            base, layers, windows_layers=self._for_windows, history=history, based_on=based_on
        )

    def _opened(self, source: str | os.PathLike[str] | Layer | None) -> LayerFile | Layer:
        if isinstance(source, Layer):
            return source
        return self._files.read(None if source is None else Path(source))

    def _for_windows(self) -> Sequence[Layer]:
        return self._windows

    @cached_property
    def _windows(self) -> Sequence[Layer]:
        """The same in the form that Windows takes; a view of a layer is what it is."""
        return [
            each if isinstance(each, Layer) else layer_of(self._files.for_windows(each))
            for each in self._read
        ]

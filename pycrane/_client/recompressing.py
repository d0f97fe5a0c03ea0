"""Whether and how the layers of what moves are compressed anew."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import NamedTuple

from pycrane._image.view import View
from pycrane._layers.compression.kinds import Compression
from pycrane._limits import Limits
from pycrane._transfer.workers import Workers


class Recompression(NamedTuple):
    """The compression that layers get, None if they stay as they are; `level` is for all of them."""

    compression: Compression | None = None
    level: int | None = None

    @contextmanager
    def applied(self, workers: Workers, limits: Limits) -> Iterator[Callable[[View], View]]:
        """A function that gives an image or index so compressed, to be read until the context is left.

        Raises:
            UnsupportedError: the compression has no such level.
        """
        if self.compression is None:
            yield lambda view: view
            return
        from pycrane._layers.local import LayerFiles
        from pycrane._mutate.recompress import Recompressor

        with LayerFiles(self.compression, self.level, limits=limits) as files:
            yield Recompressor(files, self.compression, self.level, workers.map).recompressed


AS_THEY_ARE = Recompression()

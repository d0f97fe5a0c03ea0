"""Layers that are read twice, kept in temporary files between the readings as far as there is room."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from contextlib import suppress
from functools import partial

from pycrane._errors import PycraneError
from pycrane._io.spool import Spool
from pycrane._io.stream import ByteStream

Opener = Callable[[], ByteStream]


class KeptLayers:
    """Layers by number, the lowest is 0. What `keep` gave is on disk for `open`, at most `room` bytes in all.

    A layer that does not fit, or cannot be written, is had from its opener again. Its maker closes this.
    """

    def __init__(self, layers: Sequence[Opener], room: int) -> None:
        self._layers = layers
        self._room = room
        self._spools: dict[int, Spool] = {}
        self._sizes = [0] * len(layers)

    def keep(self, level: int) -> ByteStream:
        """A layer from its first byte, which the caller reads whole before it is opened, and closes."""
        stream = self._layers[level]()
        with suppress(PycraneError):
            self._spools[level] = Spool(f"layer {level + 1}")
        return _KeepingStream(stream, partial(self._put, level))

    def open(self, level: int) -> ByteStream:
        """A layer from its first byte. The caller closes it."""
        spool = self._spools.get(level)
        return spool.open() if spool else self._layers[level]()

    def drop(self, level: int) -> None:
        """Keep a layer no longer."""
        if spool := self._spools.pop(level, None):
            spool.close()
            self._room += self._sizes[level]

    def close(self) -> None:
        """Keep nothing."""
        for level in range(len(self._layers)):
            self.drop(level)

    def _put(self, level: int, data: bytes) -> None:
        spool = self._spools.get(level)
        if spool is None:
            return
        if len(data) > self._room:
            self.drop(level)
            return
        self._room -= len(data)
        self._sizes[level] += len(data)
        try:
            spool.write(data)
        except PycraneError:
            self.drop(level)


class _KeepingStream:
    """A stream whose bytes are put elsewhere while they are read. Closes the stream it wraps."""

    def __init__(self, stream: ByteStream, put: Callable[[bytes], None]) -> None:
        self._stream = stream
        self._put = put

    def read(self, size: int = -1, /) -> bytes:
        """Up to `size` bytes, all that is left with -1."""
        data = self._stream.read(size)
        self._put(data)
        return data

    def close(self) -> None:
        """Close the wrapped stream."""
        self._stream.close()

"""Streams that tell a listener how much of them was read."""

from __future__ import annotations

from pycrane._events import Listener, Reading
from pycrane._io.stream import ByteStream, Closing


class WatchedStream(Closing):
    """A stream that tells a listener how much of it was read. Closes what it wraps."""

    def __init__(self, stream: ByteStream, name: str, size: int | None, listener: Listener) -> None:
        self._stream = stream
        self._name = name
        self._size = size
        self._listener = listener
        self._position = 0
        self._closed = False
        listener(Reading(name, 0, size))

    def read(self, size: int = -1, /) -> bytes:
        """Return up to `size` bytes, all that is left with -1."""
        data = self._stream.read(size)
        if data:
            self._position += len(data)
            self._listener(Reading(self._name, self._position, self._size))
        return data

    def close(self) -> None:
        """Close the stream; the reading ends. May be called twice."""
        if not self._closed:
            self._closed = True
            self._listener(Reading(self._name, self._position, self._size, done=True))
        self._stream.close()

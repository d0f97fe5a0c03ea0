"""Streams read ahead by a thread of their own, so that fetching, inflating and writing go in parallel."""

from __future__ import annotations

import threading
from contextlib import suppress
from queue import Empty, Queue

from pycrane._io.stream import CHUNK, ByteStream

_AHEAD = 4  # pieces, each of at most CHUNK
_PATIENCE = 1.0  # seconds; a read that hangs in the network shall not hold up who closes


class AheadStream:
    """A stream that is read ahead once reading has begun, by a few pieces at most. Closes what it wraps."""

    def __init__(self, stream: ByteStream) -> None:
        self._stream = stream
        self._pieces: Queue[bytes | BaseException] = Queue(_AHEAD)
        self._closed = threading.Event()
        self._reader: threading.Thread | None = None
        self._piece = memoryview(b"")
        self._ended = False

    def read(self, size: int = -1, /) -> bytes:
        """Up to `size` bytes, all that is left with -1. Raises what the wrapped stream raises."""
        if size < 0:
            return b"".join(iter(lambda: self.read(CHUNK), b""))
        if not self._piece and not self._ended:
            piece = self._next()
            if len(piece) <= size:
                return piece
            self._piece = memoryview(piece)
        data, self._piece = self._piece[:size], self._piece[size:]
        return bytes(data)

    def close(self) -> None:
        """Close the wrapped stream, after the read that is under way."""
        self._closed.set()
        self._ended, self._piece = True, memoryview(b"")
        if self._reader is not None:
            with suppress(Empty):
                while True:
                    self._pieces.get_nowait()
            self._reader.join(_PATIENCE)
        self._stream.close()

    def _next(self) -> bytes:
        if self._reader is None:
            self._reader = threading.Thread(target=self._read_all, name="read ahead", daemon=True)
            self._reader.start()
        piece = self._pieces.get()
        if isinstance(piece, BaseException):
            self._ended = True
            raise piece
        self._ended = not piece
        return piece

    def _read_all(self) -> None:
        piece: bytes | BaseException = b"?"
        while piece and not isinstance(piece, BaseException) and not self._closed.is_set():
            try:
                piece = self._stream.read(CHUNK)
            except BaseException as error:  # raised again where it is waited for
                piece = error
            self._pieces.put(piece)

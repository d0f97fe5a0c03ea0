"""A stream of bytes, as everything that moves layers sees it."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable, Iterator
from typing import Protocol, Self

CHUNK = 1 << 20
"""Bytes that are read and written at a time."""


class ByteStream(Protocol):
    """Bytes read once, front to back. The function that opened it closes it."""

    def read(self, size: int = -1, /) -> bytes:
        """Up to `size` bytes, all that is left with -1; empty at the end only."""
        ...

    def close(self) -> None:
        """Release what is held. May be called twice."""
        ...


class Closing(ABC):
    """An object with `close`, as a context manager that closes it. It may be closed several times."""

    @abstractmethod
    def close(self) -> None:
        """Release what is held."""

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: object, error: object, trace: object, /) -> None:
        self.close()


class OpenStream(ByteStream, Protocol):
    """A `ByteStream` that is a context manager too, which closes it: all streams that are given out are."""

    def __enter__(self) -> Self: ...

    def __exit__(self, kind: object, error: object, trace: object, /) -> None: ...


class HeadStream:
    """A stream whose first bytes were read already and are given again. Closes the stream it wraps."""

    def __init__(self, head: bytes, stream: ByteStream) -> None:
        self._head = head
        self._stream = stream

    def read(self, size: int = -1, /) -> bytes:
        """Up to `size` bytes, all that is left with -1."""
        if not self._head:
            return self._stream.read(size)
        if size < 0:
            data, self._head = self._head + self._stream.read(), b""
            return data
        data, self._head = self._head[:size], self._head[size:]
        return data

    def close(self) -> None:
        """Close the wrapped stream."""
        self._stream.close()


class PiecedStream(Closing):
    """A stream of the pieces that an iterator gives; `close` is called when it is closed."""

    def __init__(self, pieces: Iterator[bytes], close: Callable[[], None]) -> None:
        self._pieces = pieces
        self._close = close
        self._piece = memoryview(b"")

    def read(self, size: int = -1, /) -> bytes:
        """Up to `size` bytes, all that is left with -1. Raises what the iterator raises."""
        if size < 0:
            rest, self._piece = bytes(self._piece), memoryview(b"")
            return rest + b"".join(self._pieces)
        while size and not self._piece:
            piece = next(self._pieces, None)
            if piece is None:
                return b""
            if 0 < len(piece) <= size:  # nearly always, and then it need not be copied
                return piece
            self._piece = memoryview(piece)
        data, self._piece = self._piece[:size], self._piece[size:]
        return bytes(data)

    def close(self) -> None:
        """Close what the pieces come from."""
        self._piece, self._pieces = memoryview(b""), iter(())
        self._close()


def read_blocks(stream: ByteStream, size: int) -> Iterator[bytes]:
    """The stream in blocks of exactly `size` bytes; the last one may be shorter, none is empty."""
    while block := read_fully(stream, size):
        yield block


def read_fully(stream: ByteStream, size: int) -> bytes:
    """The next `size` bytes, fewer only where the stream ends."""
    data = stream.read(size)
    if len(data) == size or not data:
        return data
    parts, missing = [data], size - len(data)
    while missing and (more := stream.read(missing)):
        parts.append(more)
        missing -= len(more)
    return b"".join(parts)


def drain(stream: ByteStream) -> None:
    """Read what is left of a stream, for what happens while it is read."""
    while stream.read(CHUNK):
        pass

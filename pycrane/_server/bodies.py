"""The bodies of HTTP/1.1 requests as streams, by Content-Length or in chunked coding (RFC 9112)."""

from __future__ import annotations

from collections.abc import Callable

from pycrane._server.messages import BrokenBodyError
from pycrane._server.waiting import WatchedStream

_LINE = 4096
"""Bytes of a chunk's size line, extensions included, and of a trailer line."""
_TRAILERS = 100


class LengthBody:
    """A body of known length. `before` is called once, before the first byte is waited for."""

    def __init__(self, stream: WatchedStream, length: int, before: Callable[[], None]) -> None:
        self._stream = stream
        self._before: Callable[[], None] | None = before
        self.left = length

    @property
    def ended(self) -> bool:
        """Whether all of it has been read."""
        return self.left == 0

    def readinto(self, buffer: memoryview) -> int:
        """See `pycrane._server.messages.Body`."""
        if not self.left:
            return 0
        if self._before:
            self._before()
            self._before = None
        count = _receive(self._stream, buffer[: self.left])
        self.left -= count
        return count


class ChunkedBody:
    """A body in chunked coding. `before` is called once, before the first byte is waited for."""

    def __init__(self, stream: WatchedStream, before: Callable[[], None]) -> None:
        self._stream = stream
        self._before: Callable[[], None] | None = before
        self._left = 0
        self.ended = False

    def readinto(self, buffer: memoryview) -> int:
        """See `pycrane._server.messages.Body`."""
        if self.ended:
            return 0
        if self._before:
            self._before()
            self._before = None
            self._next_chunk()
        elif not self._left:
            self._end_line()
            self._next_chunk()
        if self.ended:
            return 0
        count = _receive(self._stream, buffer[: self._left])
        self._left -= count
        return count

    def _next_chunk(self) -> None:
        text = self._line().partition(b";")[0].strip()
        if not text or len(text) > 15 or text.strip(b"0123456789abcdefABCDEF"):
            raise BrokenBodyError("a chunk's size is not hexadecimal")
        self._left = int(text, 16)
        if not self._left:
            self._end()

    def _end(self) -> None:
        for _ in range(_TRAILERS):
            if not self._line().strip():
                self.ended = True
                return
        raise BrokenBodyError("too many trailers")

    def _end_line(self) -> None:
        if self._line().strip():
            raise BrokenBodyError("a chunk is longer than its size")

    def _line(self) -> bytes:
        try:
            line = self._stream.readline(_LINE)
        except OSError as error:
            raise BrokenBodyError(str(error)) from error
        if not line.endswith(b"\n"):
            raise BrokenBodyError("the body ends inside its chunked coding")
        return line


def _receive(stream: WatchedStream, buffer: memoryview) -> int:
    try:
        count = stream.readinto1(buffer)
    except OSError as error:
        raise BrokenBodyError(str(error)) from error
    if not count:
        raise BrokenBodyError("the client stopped before the end of the body")
    return count

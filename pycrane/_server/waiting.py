"""Time that a connection waits for its client: a full server closes those with slow clients."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import contextmanager
from io import BufferedReader

from pycrane._limits import KIB


class Waiting:
    """The waiting of one connection. `since` is read by other threads; None while the server works."""

    def __init__(self) -> None:
        self.since: float | None = time.monotonic()

    @contextmanager
    def for_client(self, waited: float = 0.0) -> Iterator[None]:
        """Wait for the client, after `waited` seconds of waiting before."""
        self.since = time.monotonic() - waited
        try:
            yield
        finally:
            self.since = None

    def longer_than(self, seconds: float) -> bool:
        """Whether the connection has waited for its client for more than `seconds`."""
        since = self.since
        return since is not None and time.monotonic() - since > seconds


class WatchedStream:
    """A stream from a client. Its waiting time is reset by each KiB received, not by each byte."""

    def __init__(self, stream: BufferedReader, waiting: Waiting) -> None:
        self._stream = stream
        self._waiting = waiting
        self._waited = 0.0
        self._received = 0

    def readinto1(self, buffer: memoryview) -> int:
        """See `io.BufferedReader.readinto1`."""
        with self._measured():
            count = self._stream.readinto1(buffer)
        self._count(count)
        return count

    def readline(self, size: int) -> bytes:
        """See `io.BufferedReader.readline`."""
        with self._measured():
            line = self._stream.readline(size)
        self._count(len(line))
        return line

    @contextmanager
    def _measured(self) -> Iterator[None]:
        began = time.monotonic()
        with self._waiting.for_client(self._waited):
            yield
        self._waited += time.monotonic() - began

    def _count(self, received: int) -> None:
        self._received += received
        if self._received >= KIB:
            self._received, self._waited = 0, 0.0

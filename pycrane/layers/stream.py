"""A stream of bytes, as everything that moves layers sees it."""

from __future__ import annotations

from typing import Protocol

CHUNK = 1 << 20
"""Bytes that are read and written at a time."""


class ByteStream(Protocol):
    """Bytes read once, front to back. Whoever opened it closes it."""

    def read(self, size: int = -1, /) -> bytes:
        """Up to `size` bytes, all that is left with -1; empty at the end only."""
        ...

    def close(self) -> None:
        """Release what is held. May be called twice."""
        ...

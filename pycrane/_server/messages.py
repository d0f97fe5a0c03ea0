"""Requests and responses of the registry's application, independent of the HTTP server."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Protocol


class Body(Protocol):
    """Body of a request. The application reads it or not; the HTTP server discards the rest."""

    def readinto(self, buffer: memoryview, /) -> int:
        """Fill what is at hand of the buffer and return how many bytes; 0 at the end.

        Raises:
            BrokenBodyError: the client stopped before the end.

        """


class BrokenBodyError(Exception):
    """A request's body that ended early, timed out or has a malformed chunked coding."""


@dataclass(frozen=True, slots=True)
class Request:
    """One request. `path` is decoded, `headers` has lower-case names, `length` is None for a chunked body."""

    method: str
    path: str
    query: Mapping[str, tuple[str, ...]]
    headers: Mapping[str, str]
    body: Body
    length: int | None = 0

    def parameter(self, name: str) -> str | None:
        """The first value of a query parameter, or None."""
        values = self.query.get(name)
        return values[0] if values else None


class ByteFile(Protocol):
    """An open file, or an object that is read like one. Its methods raise OSError."""

    def read(self, size: int, /) -> bytes:
        """Up to `size` bytes; empty at the end only."""

    def seek(self, offset: int, /) -> int:
        """Set the position, counted from the beginning, before the first read."""

    def close(self) -> None:
        """Close the file."""


@dataclass(frozen=True, slots=True)
class FilePart:
    """`length` bytes of an open file from `offset`. The HTTP server closes the file."""

    file: ByteFile
    offset: int
    length: int


@dataclass(frozen=True, slots=True)
class Response:
    """One response. The HTTP server adds Content-Length, and leaves the body out for HEAD."""

    status: int
    headers: tuple[tuple[str, str], ...] = ()
    body: bytes | FilePart = field(default=b"", repr=False)

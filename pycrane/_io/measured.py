"""Bytes counted and hashed while they stream, for content without a descriptor."""

from __future__ import annotations

import hashlib

from pycrane._io.stream import ByteStream
from pycrane._oci.digest import Digest


class MeasuredStream:
    """A stream whose `size` and `digest` are those of what was read so far. Closes what it wraps."""

    def __init__(self, stream: ByteStream, algorithm: str = "sha256") -> None:
        self._stream = stream
        self._algorithm = algorithm
        self._hash = hashlib.new(algorithm, usedforsecurity=False)
        self.size = 0

    @property
    def digest(self) -> Digest:
        """The digest of what was read so far."""
        return Digest(self._algorithm, self._hash.hexdigest())

    def read(self, size: int = -1, /) -> bytes:
        """Up to `size` bytes, all that is left with -1."""
        data = self._stream.read(size)
        self._hash.update(data)
        self.size += len(data)
        return data

    def close(self) -> None:
        """Close the wrapped stream."""
        self._stream.close()

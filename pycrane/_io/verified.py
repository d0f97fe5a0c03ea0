"""Bytes checked against their descriptor while they stream: the size first, the digest at the end."""

from __future__ import annotations

from pycrane._errors import DigestMismatchError, LimitExceededError, SizeMismatchError, UnsupportedError
from pycrane._io.stream import CHUNK, ByteStream, Closing
from pycrane._oci.descriptor import Descriptor
from pycrane._oci.digest import Digest


class VerifiedStream(Closing):
    """A stream that gives exactly what its descriptor promises, or raises. Closes the stream it wraps.

    The error comes with the read that finds it: at the first byte too many, or with the last bytes, which are
    then not given out.
    """

    def __init__(self, stream: ByteStream, descriptor: Descriptor) -> None:
        if not descriptor.digest.verifiable:
            stream.close()
            raise UnsupportedError(f"{descriptor.digest} cannot be verified: unknown algorithm")
        self._stream = stream
        self._descriptor = descriptor
        self._hash = descriptor.digest.hasher()
        self._left = descriptor.size
        self._checked = False

    @property
    def size(self) -> int:
        """Bytes of the whole content."""
        return self._descriptor.size

    def read(self, size: int = -1, /) -> bytes:
        """Up to `size` bytes, all that is left with -1.

        Raises:
            SizeMismatchError: the content is longer or shorter than its descriptor says.
            DigestMismatchError: the content hashes to something else.
        """
        if size < 0:
            return b"".join(iter(lambda: self.read(CHUNK), b""))
        data = self._stream.read(min(size, self._left)) if self._left and size else b""
        self._hash.update(data)
        self._left -= len(data)
        if not data and self._left and size:
            found = self._descriptor.size - self._left
            raise SizeMismatchError(
                f"{self._descriptor.digest} ends after {found} of {self._descriptor.size} bytes"
            )
        if not self._left and not self._checked:
            self._finish()
        return data

    def _finish(self) -> None:
        if self._stream.read(1):
            raise SizeMismatchError(
                f"{self._descriptor.digest} is longer than its {self._descriptor.size} bytes"
            )
        if self._hash.hexdigest() != self._descriptor.digest.encoded:
            found = f"{self._descriptor.digest.algorithm}:{self._hash.hexdigest()}"
            raise DigestMismatchError(f"content of {self._descriptor.digest} hashes to {found}")
        self._checked = True

    def close(self) -> None:
        """Close the wrapped stream."""
        self._stream.close()


class DigestStream(Closing):
    """A stream of any length that must have a digest, or its last read raises. Closes the stream it wraps."""

    def __init__(self, stream: ByteStream, digest: Digest, what: str) -> None:
        self._stream = stream
        self._digest = digest
        self._what = what
        self._hash = digest.hasher()

    def read(self, size: int = -1, /) -> bytes:
        """Up to `size` bytes, all that is left with -1. Raises DigestMismatchError at the end."""
        data = self._stream.read(size)
        self._hash.update(data)
        if (not data or size < 0) and self._hash.hexdigest() != self._digest.encoded:
            found = f"{self._digest.algorithm}:{self._hash.hexdigest()}"
            raise DigestMismatchError(f"{self._what} has the digest {found}, expected {self._digest}")
        return data

    def close(self) -> None:
        """Close the wrapped stream."""
        self._stream.close()


def read_verified(stream: ByteStream, descriptor: Descriptor, limit: int) -> bytes:
    """All bytes of a small blob, verified; the stream is closed.

    Raises:
        LimitExceededError: the descriptor says more than `limit` bytes.
        IntegrityError: not the bytes that were promised.
    """
    with VerifiedStream(stream, descriptor) as verified:
        if descriptor.size > limit:
            raise LimitExceededError(f"{descriptor.digest} has {descriptor.size} bytes, more than {limit}")
        return verified.read()


def check(raw: bytes, descriptor: Descriptor) -> bytes:
    """The bytes themselves, if they are what the descriptor promises. Raises IntegrityError otherwise."""
    if len(raw) != descriptor.size:
        raise SizeMismatchError(f"{descriptor.digest} has {len(raw)} bytes, expected {descriptor.size}")
    if descriptor.digest.verifiable and not descriptor.digest.matches(raw):
        raise DigestMismatchError(f"content of {descriptor.digest} hashes to something else")
    return raw

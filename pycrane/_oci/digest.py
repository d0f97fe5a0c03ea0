"""Digests (OCI image spec, descriptor.md, Digests)."""

from __future__ import annotations

import hashlib
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from pycrane._errors import InvalidReferenceError, expect

if TYPE_CHECKING:
    from hashlib import _Hash

_GRAMMAR = re.compile(r"[a-z0-9]+(?:[+._-][a-z0-9]+)*:[A-Za-z0-9=_-]+")
_HEX_LENGTH = {"sha256": 64, "sha384": 96, "sha512": 128}
_HEX = re.compile(r"[0-9a-f]+")


@dataclass(frozen=True, slots=True, order=True)
class Digest:
    """`algorithm:encoded` (OCI image spec, descriptor.md, Digests).

    Make one with `Digest.parse` or `Digest.of`; the constructor does not check.
    """

    algorithm: str
    encoded: str

    @classmethod
    def parse(cls, text: str) -> Digest:
        """Read `algorithm:encoded`.

        An algorithm that is not known here but fits the grammar is kept, it can be carried and not verified.

        Raises:
            InvalidReferenceError: the text breaks the grammar, or a known algorithm's length or alphabet.

        """
        if not _GRAMMAR.fullmatch(text):
            raise InvalidReferenceError(
                f"{text!r} is not a digest: expected ALGORITHM:HEX, as in sha256:9f86d0…"
            )
        algorithm, _, encoded = text.partition(":")
        length = _HEX_LENGTH.get(algorithm)
        if length is not None and (len(encoded) != length or not _HEX.fullmatch(encoded)):
            raise InvalidReferenceError(
                f"{text!r} is not a digest: {algorithm} takes {length} lower-case hexadecimal digits, "
                f"found {len(encoded)} characters"
            )
        return cls(algorithm, encoded)

    @classmethod
    def of(cls, data: bytes, algorithm: str = "sha256") -> Digest:
        """The digest of these bytes."""
        return cls(algorithm, hashlib.new(algorithm, data, usedforsecurity=False).hexdigest())

    @property
    def verifiable(self) -> bool:
        """Whether pycrane knows the algorithm."""
        return self.algorithm in _HEX_LENGTH

    def hasher(self) -> _Hash:
        """A new hash object of this digest's algorithm."""
        return hashlib.new(self.algorithm, usedforsecurity=False)

    def matches(self, data: bytes) -> bool:
        """Whether these bytes hash to this digest."""
        return Digest.of(data, self.algorithm) == self

    def __str__(self) -> str:
        return f"{self.algorithm}:{self.encoded}"


def as_digest(digest: Digest | str) -> Digest:
    """A digest as it is, or read. Raises InvalidReferenceError."""
    expect(digest, Digest | str, "a digest")
    return Digest.parse(digest) if isinstance(digest, str) else digest

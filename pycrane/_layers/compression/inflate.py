"""A compressed layer read uncompressed, member after member, bounded (RFC 1952, 2.2; RFC 8878, 3)."""

from __future__ import annotations

from pycrane._errors import LayerError, LimitExceededError
from pycrane._io.stream import CHUNK, ByteStream
from pycrane._layers.compression.codecs import CODEC_ERRORS, Decoder, new_decoder
from pycrane._layers.compression.kinds import (
    ARCHIVE_MAGIC_LENGTH,
    ArchiveCompression,
    Compression,
    sniff_archive,
)
from pycrane._limits import Limits

_INPUT = 256 << 10
_FIRST_BITE = 4 << 10
_OUTPUT = 64 << 10  # at least so much is given at once: eStargz layers have members of a few bytes


class InflatedStream:
    """The bytes inside gzip members, zstd frames, xz or bzip2 streams. Closes the compressed stream."""

    def __init__(
        self,
        stream: ByteStream,
        compression: Compression | ArchiveCompression,
        limits: Limits,
        what: str,
    ) -> None:
        self._stream = stream
        self._compression = compression
        self._limits = limits
        self._what = what
        self._buffer, self._at = b"", 0
        self._exhausted = False
        self._bite = _FIRST_BITE
        self._decoder: Decoder | None = None
        self._ended = False
        self._taken = self._given = 0

    def read(self, size: int = -1, /) -> bytes:
        """Up to `size` bytes, all that is left with -1. Raises LayerError or LimitExceededError."""
        if size < 0:
            return b"".join(iter(lambda: self.read(CHUNK), b""))
        parts, wanted = [], min(size, _OUTPUT)
        while wanted > 0 and not self._ended:
            if self._decoder is None:
                self._begin_member()
            elif data := self._decode(self._decoder, min(size, CHUNK)):
                parts.append(data)
                size -= len(data)
                wanted -= len(data)
        return parts[0] if len(parts) == 1 else b"".join(parts)

    def close(self) -> None:
        """Close the compressed stream."""
        self._ended = True
        self._stream.close()

    def _begin_member(self) -> None:
        self._fill(ARCHIVE_MAGIC_LENGTH)
        head = self._buffer[self._at : self._at + ARCHIVE_MAGIC_LENGTH]
        if sniff_archive(head) is self._compression:
            # eStargz layers have a member for each file: what a decoder does not use, it copies.
            self._decoder, self._bite = new_decoder(self._compression, self._limits), _FIRST_BITE
            return
        while self._at < len(self._buffer):
            if self._buffer[self._at :].strip(b"\0"):
                raise LayerError(f"{self._what} has other bytes after its {self._compression} data")
            self._at = len(self._buffer)
            self._fill(1)
        self._ended = True

    def _decode(self, decoder: Decoder, size: int) -> bytes:
        given = self._next_input() if decoder.hungry else b""
        starved = decoder.hungry and not given
        try:
            data = decoder.decode(given, size)
        except CODEC_ERRORS as error:
            raise LayerError(f"{self._what} is not valid {self._compression}: {error}") from error
        if decoder.eof:
            self._at -= len(decoder.unused_data)
            self._decoder = None
        elif starved and not data:
            raise LayerError(f"{self._what} is truncated: its {self._compression} data has no end")
        self._given += len(data)
        self._check_expansion()
        return data

    def _next_input(self) -> memoryview:
        self._fill(1)
        given = memoryview(self._buffer)[self._at : self._at + self._bite]
        self._at += len(given)
        self._bite = min(2 * self._bite, _INPUT)
        return given

    def _fill(self, least: int) -> None:
        """Have at least so many bytes ahead, unless the stream ends."""
        while len(self._buffer) - self._at < least and not self._exhausted:
            more = self._stream.read(_INPUT)
            self._exhausted = not more
            self._taken += len(more)
            self._buffer, self._at = self._buffer[self._at :] + more, 0

    def _check_expansion(self) -> None:
        allowed = self._limits.expansion_free + self._limits.expansion * self._taken
        if self._given > allowed:
            raise LimitExceededError(
                f"{self._what} expands from {self._taken} bytes of {self._compression} to more than {allowed}"
            )

"""Layers read uncompressed, whatever they are compressed with (RFC 1952, RFC 8878)."""

from __future__ import annotations

from pycrane._io.stream import ByteStream, Closing, HeadStream, read_fully
from pycrane._layers.compression.kinds import (
    ARCHIVE_MAGIC_LENGTH,
    MAGIC_LENGTH,
    Compression,
    sniff,
    sniff_archive,
)
from pycrane._limits import DEFAULT_LIMITS, Limits


class PlainStream(Closing):
    """The uncompressed bytes of a layer; `compression` is how they were compressed. Closes what it reads."""

    def __init__(self, stream: ByteStream, compression: Compression) -> None:
        self._stream = stream
        self.compression = compression

    def read(self, size: int = -1, /) -> bytes:
        """Up to `size` bytes, all that is left with -1. Raises as `open_decompressed` says."""
        return self._stream.read(size)

    def close(self) -> None:
        """Close the compressed stream too."""
        self._stream.close()


def open_decompressed(
    stream: ByteStream, limits: Limits = DEFAULT_LIMITS, what: str = "layer"
) -> PlainStream:
    """The uncompressed bytes of a layer that is plain, gzip or zstd; `what` names it in errors.

    Several gzip members or zstd frames may follow one another, and zero bytes end them. The stream is closed
    with the one returned, and at once if this function raises.

    Raises:
        LayerError: broken or truncated compression, or other bytes after it; while reading.
        LimitExceededError: more bytes than `limits` let so few compressed ones become; while reading.
    """
    whole, compression = sniffed(stream)
    if compression is Compression.NONE:
        return PlainStream(whole, compression)
    from pycrane._layers.compression.inflate import InflatedStream  # the codecs cost start-up time

    return PlainStream(InflatedStream(whole, compression, limits, what), compression)


def open_unpacked(stream: ByteStream, limits: Limits = DEFAULT_LIMITS, what: str = "archive") -> ByteStream:
    """The uncompressed bytes of an archive or one of its layers, which may be xz or bzip2 too."""
    try:
        head = read_fully(stream, ARCHIVE_MAGIC_LENGTH)
    except BaseException:
        stream.close()
        raise
    whole, compression = HeadStream(head, stream), sniff_archive(head)
    if compression is Compression.NONE:
        return whole
    from pycrane._layers.compression.inflate import InflatedStream  # the codecs cost start-up time

    return InflatedStream(whole, compression, limits, what)


def sniffed(stream: ByteStream) -> tuple[ByteStream, Compression]:
    """The stream from its first byte, and its compression. It is closed if it cannot be read."""
    try:
        head = read_fully(stream, MAGIC_LENGTH)
    except BaseException:
        stream.close()
        raise
    return HeadStream(head, stream), sniff(head)

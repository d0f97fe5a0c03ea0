"""How a layer is compressed, told by its first bytes; and reading it uncompressed (RFC 1952, RFC 8878).

The first bytes decide and the media type does not: registries hold layers whose type is wrong.
"""

from __future__ import annotations

from enum import StrEnum

from pycrane._errors import UnsupportedError
from pycrane._layers.stream import ByteStream, Closing, HeadStream, read_fully
from pycrane._limits import DEFAULT_LIMITS, Limits
from pycrane._oci import media_types

_GZIP_MAGIC = b"\x1f\x8b"
_ZSTD_MAGIC = b"\x28\xb5\x2f\xfd"
_ZSTD_SKIPPABLE = b"\x2a\x4d\x18"  # after one byte between 0x50 and 0x5f
MAGIC_LENGTH = 4
"""First bytes that `sniff` wants to see."""


class Compression(StrEnum):
    """How a layer's tar is compressed (OCI image spec, layer.md): `gzip`, `zstd` or `none`."""

    NONE = "none"
    GZIP = "gzip"
    ZSTD = "zstd"

    def media_type(self, *, oci: bool) -> str:
        """The media type of such a layer, OCI's or Docker's."""
        return (_OCI_TYPES if oci else _DOCKER_TYPES)[self]


def compression_of(wished: Compression | str) -> Compression:
    """A compression as a value. Raises UnsupportedError."""
    try:
        return Compression(wished)
    except ValueError:
        raise UnsupportedError(
            f"{wished!r} is no compression of layers", hint=f"one of {', '.join(Compression)}"
        ) from None


_OCI_TYPES = {
    Compression.NONE: media_types.OCI_LAYER,
    Compression.GZIP: media_types.OCI_LAYER_GZIP,
    Compression.ZSTD: media_types.OCI_LAYER_ZSTD,
}
_DOCKER_TYPES = {
    Compression.NONE: media_types.DOCKER_LAYER,
    Compression.GZIP: media_types.DOCKER_LAYER_GZIP,
    Compression.ZSTD: media_types.OCI_LAYER_ZSTD,  # Docker's format has none; its readers take OCI's
}


def sniff(head: bytes) -> Compression:
    """How content that begins with these bytes is compressed."""
    if head[:2] == _GZIP_MAGIC:
        return Compression.GZIP
    if head[:4] == _ZSTD_MAGIC or (head[1:4] == _ZSTD_SKIPPABLE and head[0] & 0xF0 == 0x50):
        return Compression.ZSTD
    return Compression.NONE


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
    from pycrane._layers.inflate import InflatedStream  # the codecs cost start-up time

    return PlainStream(InflatedStream(whole, compression, limits, what), compression)


def sniffed(stream: ByteStream) -> tuple[ByteStream, Compression]:
    """The same stream from its first byte, and how it is compressed. It is closed if it cannot be read."""
    try:
        head = read_fully(stream, MAGIC_LENGTH)
    except BaseException:
        stream.close()
        raise
    return HeadStream(head, stream), sniff(head)

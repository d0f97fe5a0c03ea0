"""Compression of layers, recognised by their first bytes (RFC 1952, RFC 8878).

The first bytes decide and the media type does not: registries hold layers whose type is wrong.
"""

from __future__ import annotations

import re
from enum import StrEnum

from pycrane._errors import UnsupportedError
from pycrane._oci import media_types

_GZIP_MAGIC = b"\x1f\x8b"
_ZSTD_MAGIC = b"\x28\xb5\x2f\xfd"
_ZSTD_SKIPPABLE = b"\x2a\x4d\x18"  # after one byte between 0x50 and 0x5f
_XZ_MAGIC = b"\xfd7zXZ\0"
_BZIP2_MAGIC = re.compile(rb"BZh[1-9](1AY&SY|\x17rE8P\x90)")  # the version and the first block's mark
MAGIC_LENGTH = 4
"""First bytes that `sniff` wants to see."""
ARCHIVE_MAGIC_LENGTH = 10
"""First bytes that `sniff_archive` wants to see."""


class Compression(StrEnum):
    """Compression of a layer's tar (OCI image spec, layer.md): `gzip`, `zstd` or `none`."""

    NONE = "none"
    GZIP = "gzip"
    ZSTD = "zstd"

    def media_type(self, *, oci: bool) -> str:
        """The media type of such a layer, OCI's or Docker's."""
        media_type = _OCI_TYPES[self]
        return media_type if oci else media_types.as_docker(media_type)


class ArchiveCompression(StrEnum):
    """Further compressions that `docker load` takes, of archives and their layers. No media type has them."""

    XZ = "xz"
    BZIP2 = "bzip2"


def compression_of(wished: Compression | str) -> Compression:
    """A compression as a value. Raises UnsupportedError."""
    try:
        return Compression(wished)
    except ValueError:
        raise UnsupportedError(
            f"{wished!r} is not a compression of layers", hint=f"one of {', '.join(Compression)}"
        ) from None


_OCI_TYPES = {
    Compression.NONE: media_types.OCI_LAYER,
    Compression.GZIP: media_types.OCI_LAYER_GZIP,
    Compression.ZSTD: media_types.OCI_LAYER_ZSTD,
}


def sniff(head: bytes) -> Compression:
    """Compression of content that begins with these bytes."""
    if head[:2] == _GZIP_MAGIC:
        return Compression.GZIP
    if head[:4] == _ZSTD_MAGIC or (head[1:4] == _ZSTD_SKIPPABLE and head[0] & 0xF0 == 0x50):
        return Compression.ZSTD
    return Compression.NONE


def sniff_archive(head: bytes) -> Compression | ArchiveCompression:
    """Compression of an archive or one of its layers, which may be xz or bzip2 too."""
    if head.startswith(_XZ_MAGIC):
        return ArchiveCompression.XZ
    return ArchiveCompression.BZIP2 if _BZIP2_MAGIC.match(head) else sniff(head)

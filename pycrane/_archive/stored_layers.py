"""Layers of an archive as registries hold them: as they are there, or gzipped into a temporary file."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import closing
from dataclasses import dataclass
from functools import partial

from pycrane._archive.input_file import ArchiveFiles
from pycrane._archive.tar_index import TarIndex
from pycrane._errors import DigestMismatchError
from pycrane._io.measured import MeasuredStream
from pycrane._io.once import Once
from pycrane._io.spool import SpooledStream
from pycrane._io.stream import ByteStream, drain
from pycrane._layers.compression.compress import open_compressed
from pycrane._layers.compression.decompress import open_unpacked
from pycrane._layers.compression.kinds import (
    ARCHIVE_MAGIC_LENGTH,
    ArchiveCompression,
    Compression,
    sniff_archive,
)
from pycrane._limits import DEFAULT_LIMITS, Limits
from pycrane._oci import media_types
from pycrane._oci.descriptor import Descriptor
from pycrane._oci.digest import Digest

_GZIPPED = media_types.DOCKER_LAYER_GZIP
_Key = tuple[int, int, bool]


@dataclass(frozen=True, slots=True)
class StoredLayer:
    """A layer as a manifest describes it, with a function that opens exactly that.

    `diff_id` is the digest of its tar, where it was read.
    """

    descriptor: Descriptor
    open: Callable[[], ByteStream]
    diff_id: Digest | None = None


class StoredLayers:
    """The layers of an archive. Each is read or compressed once, however many images have it.

    Safe for several threads. Temporary files are among `files`.
    """

    def __init__(self, tar: TarIndex, files: ArchiveFiles, limits: Limits = DEFAULT_LIMITS) -> None:
        self._tar = tar
        self._limits = limits
        self.files = files
        self._known: Once[_Key, StoredLayer] = Once()

    def __contains__(self, name: str) -> bool:
        return name in self._tar

    def compression(self, name: str) -> Compression | ArchiveCompression:
        """The compression of an entry, by its first bytes. Raises ArchiveError if it is not there."""
        with closing(self._tar.open(name)) as stream:
            return sniff_archive(stream.read(ARCHIVE_MAGIC_LENGTH))

    def size(self, name: str) -> int:
        """Bytes of an entry. Raises ArchiveError if it is not there."""
        return self._tar.place(name)[1]

    def open(self, name: str) -> ByteStream:
        """The bytes of an entry as they are. Raises ArchiveError if it is not there."""
        return self._tar.open(name)

    def as_stored(self, name: str, diff_id: Digest) -> StoredLayer:
        """The layer as it is. Its type is by its first bytes: nothing in an archive says more.

        One that no media type fits is gzipped anew, as `gzipped` does.
        """
        compression = self.compression(name)
        if isinstance(compression, ArchiveCompression):
            return self.gzipped(name, diff_id)
        return self._once(name, False, partial(self._hashed, name, compression))

    def gzipped(self, name: str, diff_id: Digest) -> StoredLayer:
        """A layer that is plain, or of xz or bzip2, compressed with gzip.

        Raises DigestMismatchError if it is not what `diff_id` says, and LayerError if it is broken.
        """
        layer = self._once(name, True, partial(self._compressed, name))
        found = layer.diff_id
        if found is not None and found.algorithm == diff_id.algorithm and found != diff_id:
            raise DigestMismatchError(f"layer {name} hashes to {found}, its config says {diff_id}")
        return layer

    def _hashed(self, name: str, compression: Compression) -> StoredLayer:
        with closing(MeasuredStream(self._tar.open(name))) as stream:
            drain(stream)
        descriptor = Descriptor(compression.media_type(oci=False), stream.digest, stream.size)
        return StoredLayer(descriptor, partial(self._tar.open, name))

    def _compressed(self, name: str) -> StoredLayer:
        spool = self.files.spool(f"layer {name}")
        unpacked = open_unpacked(self._tar.open(name), self._limits, f"layer {name}")
        with closing(MeasuredStream(unpacked)) as plain:
            stored = MeasuredStream(SpooledStream(open_compressed(plain, Compression.GZIP), spool))
            drain(stored)
        descriptor = Descriptor(_GZIPPED, stored.digest, stored.size)
        return StoredLayer(descriptor, spool.open, plain.digest)

    def _once(self, name: str, gzip: bool, make: Callable[[], StoredLayer]) -> StoredLayer:
        return self._known.get((*self._tar.place(name), gzip), make)[0]

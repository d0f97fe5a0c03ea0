"""Layers made of local tarballs or of standard input, measured and compressed in one pass.

A tarball that is compressed already keeps its bytes; a plain one is gzipped into a temporary file.
"""

from __future__ import annotations

import os
import stat
import sys
from contextlib import ExitStack, closing
from dataclasses import dataclass
from pathlib import Path
from typing import Self

from pycrane._errors import LayerError, NotFoundError, doing
from pycrane._events import Listener, ignore
from pycrane._io.measured import MeasuredStream
from pycrane._io.process import ForkLock
from pycrane._io.spool import HeldFile, Spool, SpooledStream
from pycrane._io.stream import ByteStream, HeadStream, drain, read_fully
from pycrane._io.watched import WatchedStream
from pycrane._layers.compression.compress import check_level, open_compressed
from pycrane._layers.compression.decompress import open_decompressed, sniffed
from pycrane._layers.compression.kinds import Compression
from pycrane._layers.tar.header import BLOCK, checksum_fits
from pycrane._limits import DEFAULT_LIMITS, Limits
from pycrane._oci.descriptor import Descriptor
from pycrane._oci.digest import Digest

_PACK = "pack files first: tar -c -f layer.tar -C DIRECTORY ."


@dataclass(frozen=True, slots=True)
class LayerFile:
    """A local layer: what a manifest says about it (with OCI's media type), and its content.

    It is content as views want it, of this one blob, as long as the `LayerFiles` that made it is open.
    """

    descriptor: Descriptor
    diff_id: Digest
    file: HeldFile

    def origin(self, descriptor: Descriptor) -> None:
        """None: a local file is in no repository."""

    def read_manifest(self, descriptor: Descriptor) -> bytes:
        """Raises NotFoundError: a layer has no manifests."""
        raise NotFoundError(f"{descriptor.digest} is not in this layer", status=404)

    def open_blob(self, descriptor: Descriptor) -> ByteStream:
        """The layer as it is to be stored. Raises NotFoundError if another one is meant."""
        if descriptor.digest != self.descriptor.digest:
            raise NotFoundError(f"{descriptor.digest} is not in this layer", status=404)
        return self.file.open()


class LayerFiles:
    """Reads layers and holds their files until it is closed. A context manager, safe for several threads.

    `compression` is what the layers shall have: None leaves what is compressed as it is and gzips the rest.
    `level` is the compression's; together with a `compression` it makes all of them be compressed anew.
    Temporary files lie in `directory`, or where such files go. `listener` hears of files that are read.

    Raises:
        UnsupportedError: a level that the compression does not have.
    """

    def __init__(
        self,
        compression: Compression | None = None,
        level: int | None = None,
        *,
        folder: Path | None = None,
        limits: Limits = DEFAULT_LIMITS,
        listener: Listener = ignore,
    ) -> None:
        if level is not None:
            check_level(compression or Compression.GZIP, level)
        self._compression = compression
        self._level = level
        self._folder = folder
        self._limits = limits
        self._listener = listener
        self._held = ExitStack()
        self._lock = ForkLock()

    def read(self, source: Path | ByteStream | None) -> LayerFile:
        """The layer in a file, a pipe, or standard input (None), which can be read once, or in a stream.

        A stream is read to its end, and left for the caller to close.

        Raises:
            LayerError: it cannot be read, is not a tarball, or its compression is broken.
            LimitExceededError: it expands to too much.
            PycraneError: the temporary file cannot be written.
        """
        with doing(f"reading layer {_named(source)}"), ExitStack() as undo:
            opened = _open(source)
            undo.callback(opened.close)
            if source is None or isinstance(source, Path):
                size = source.stat().st_size if source else None
                opened.stream = WatchedStream(opened.stream, str(source or "-"), size or None, self._listener)
            layer = self._stored(opened, undo)
            self._hold(undo)
            return layer

    def for_windows(self, layer: LayerFile) -> LayerFile:
        """Another layer with the same files in the form that Windows images take.

        Raises:
            LayerError: the tar is broken, an entry climbs out, or the layer is in this form already.
            PycraneError: the temporary file cannot be written.
        """
        from pycrane._layers.tar.windows import open_for_windows  # few bases are Windows images

        with doing("bringing a layer into the form for Windows"), ExitStack() as undo:
            plain = open_decompressed(layer.open_blob(layer.descriptor), self._limits)
            wanted = self._compression or plain.compression
            moved = open_for_windows(plain, limits=self._limits)
            converted = self._compressed(moved, wanted, self._spool(undo))
            self._hold(undo)
            return converted

    def _hold(self, files: ExitStack) -> None:
        """Keep until the end the files that an error would have closed."""
        with self._lock:
            self._held.push(files.pop_all())

    def _stored(self, source: _Source, undo: ExitStack) -> LayerFile:
        stream, found = sniffed(source.stream)
        if self._keeps(found):
            if source.file is not None:
                return self._measured(stream, found, source.file)
            spool = self._spool(undo)
            return self._measured(SpooledStream(stream, spool), found, spool)
        return self._compressed(stream, self._compression or Compression.GZIP, self._spool(undo))

    def _keeps(self, found: Compression) -> bool:
        if self._compression is None:
            return found is not Compression.NONE
        return found is self._compression and (self._level is None or found is Compression.NONE)

    def _spool(self, undo: ExitStack) -> Spool:
        spool = Spool("a layer", self._folder)
        undo.callback(spool.close)
        return spool

    def _measured(self, stream: ByteStream, found: Compression, file: HeldFile) -> LayerFile:
        """The layer as it came: it is read once, in both its forms."""
        stored = MeasuredStream(stream)
        plain = MeasuredStream(_expect_tar(open_decompressed(stored, self._limits)))
        with closing(plain):
            drain(plain)
        return _layer(stored, plain, found, file)

    def _compressed(self, stream: ByteStream, wanted: Compression, spool: Spool) -> LayerFile:
        plain = MeasuredStream(_expect_tar(open_decompressed(stream, self._limits)))
        stored = MeasuredStream(SpooledStream(open_compressed(plain, wanted, self._level), spool))
        with closing(stored):
            drain(stored)
        return _layer(stored, plain, wanted, spool)

    def close(self) -> None:
        """Close the files and let temporary ones go. Their layers cannot be read any more."""
        self._held.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: object, error: object, trace: object, /) -> None:
        self.close()


def _layer(
    stored: MeasuredStream, plain: MeasuredStream, compression: Compression, file: HeldFile
) -> LayerFile:
    descriptor = Descriptor(compression.media_type(oci=True), stored.digest, stored.size)
    return LayerFile(descriptor, plain.digest, file)


def _expect_tar(stream: ByteStream) -> ByteStream:
    """The stream, if it begins as a tar does: with a header, with zeros, or not at all."""
    try:
        head = read_fully(stream, BLOCK)
        if head.strip(b"\0") and not (len(head) == BLOCK and checksum_fits(head)):
            raise LayerError("it is not a tarball", hint=_PACK)
    except BaseException:
        stream.close()
        raise
    return HeadStream(head, stream)


class _Source:
    """The source of a layer; `file` is set where it can be read again."""

    def __init__(self, pipe: ByteStream, file: HeldFile | None = None, *, owned: bool = True) -> None:
        self.file = file
        self.stream: ByteStream = file.open() if file else self
        self._pipe = pipe
        self._owned = owned

    def read(self, size: int = -1, /) -> bytes:
        try:
            return self._pipe.read(size)
        except OSError as error:
            raise LayerError(f"could not read it: {error.strerror}") from error

    def close(self) -> None:
        if self._owned:
            self._pipe.close()


def _named(source: Path | ByteStream | None) -> str:
    if source is None:
        return "from standard input"
    return str(source) if isinstance(source, Path) else "from a stream"


def _open(source: Path | ByteStream | None) -> _Source:
    if not isinstance(source, Path):
        return _Source(source or sys.stdin.buffer, owned=False)
    try:
        file = open(source, "rb", buffering=0)  # noqa: SIM115
    except OSError as error:
        hint = _PACK if isinstance(error, IsADirectoryError) else None
        raise LayerError(f"could not open it: {error.strerror}", hint=hint) from error
    regular = stat.S_ISREG(os.fstat(file.fileno()).st_mode)
    return _Source(file, HeldFile(file, f"file {source}") if regular else None)

"""The programs that compress and decompress: isal and zlib-ng where they can be had, else Python's own zlib.

All of them release the GIL. A decoder reads one gzip member or one zstd frame (RFC 1952, RFC 8878).
"""

from __future__ import annotations

import sys
import zlib
from typing import Protocol

from pycrane._layers.compression.kinds import ArchiveCompression, Compression
from pycrane._limits import Limits

if sys.version_info >= (3, 14):
    from compression import zstd
else:
    from backports import zstd

try:
    from isal import isal_zlib as fast_zlib
except ImportError:  # a platform without a wheel
    fast_zlib = zlib  # type: ignore[misc]

try:
    from zlib_ng import zlib_ng as strong_zlib
except ImportError:
    strong_zlib = zlib  # type: ignore[misc]


class CodecError(Exception):
    """Invalid input of a decoder whose own errors are of no kind of their own."""


CODEC_ERRORS: tuple[type[Exception], ...] = (
    zlib.error,
    fast_zlib.error,  # type: ignore[assignment]  # isal's stub calls the class an instance
    zstd.ZstdError,
    CodecError,
)
"""Errors that decoders raise about their input."""

_GZIP_WRAPPER = 31


class Decoder(Protocol):
    """One gzip member, zstd frame, xz or bzip2 stream."""

    @property
    def eof(self) -> bool:
        """Whether it has ended, with the right checksum."""
        ...

    @property
    def unused_data(self) -> bytes:
        """Input beyond its end."""
        ...

    @property
    def hungry(self) -> bool:
        """Whether more input is needed before there can be more output."""
        ...

    def decode(self, data: bytes | memoryview, size: int) -> bytes:
        """At most `size` bytes of output; the unused rest of `data` is kept. Raises one of CODEC_ERRORS."""
        ...


def new_decoder(compression: Compression | ArchiveCompression, limits: Limits) -> Decoder:
    """A decoder for a gzip member, zstd frame, xz or bzip2 stream, of which it sees the first byte."""
    if isinstance(compression, ArchiveCompression):
        return _ArchiveStream(compression, limits)
    return _GzipMember() if compression is Compression.GZIP else _ZstdFrame(limits)


class _GzipMember:
    def __init__(self) -> None:
        self._inner = fast_zlib.decompressobj(wbits=_GZIP_WRAPPER)
        self._full = False

    @property
    def eof(self) -> bool:
        return self._inner.eof

    @property
    def unused_data(self) -> bytes:
        return self._inner.unused_data

    @property
    def hungry(self) -> bool:
        return not self._full

    def decode(self, data: bytes | memoryview, size: int) -> bytes:
        # A full output may have left bytes inside the decoder as well as in its tail.
        output = self._inner.decompress(self._inner.unconsumed_tail or data, size)
        self._full = len(output) == size
        return output


class _ZstdFrame:
    def __init__(self, limits: Limits) -> None:
        window = {int(zstd.DecompressionParameter.window_log_max): limits.zstd_window.bit_length() - 1}
        self._inner = zstd.ZstdDecompressor(options=window)

    @property
    def eof(self) -> bool:
        return self._inner.eof

    @property
    def unused_data(self) -> bytes:
        return self._inner.unused_data

    @property
    def hungry(self) -> bool:
        return self._inner.needs_input

    def decode(self, data: bytes | memoryview, size: int) -> bytes:
        return self._inner.decompress(data, size)


class _ArchiveStream:
    def __init__(self, compression: ArchiveCompression, limits: Limits) -> None:
        import bz2  # few archives are compressed so
        import lzma

        self._inner: bz2.BZ2Decompressor | lzma.LZMADecompressor
        if compression is ArchiveCompression.XZ:
            self._inner = lzma.LZMADecompressor(lzma.FORMAT_XZ, memlimit=limits.zstd_window)
        else:
            self._inner = bz2.BZ2Decompressor()
        self._errors = (lzma.LZMAError, OSError, ValueError)

    @property
    def eof(self) -> bool:
        return self._inner.eof

    @property
    def unused_data(self) -> bytes:
        return self._inner.unused_data

    @property
    def hungry(self) -> bool:
        return self._inner.needs_input

    def decode(self, data: bytes | memoryview, size: int) -> bytes:
        try:
            return self._inner.decompress(data, size)
        except self._errors as error:
            raise CodecError(str(error)) from error


def crc32(data: bytes, before: int) -> int:
    """Gzip's checksum of this data after data whose checksum is `before`."""
    return fast_zlib.crc32(data, before)


def deflate_block(data: bytes, level: int) -> bytes:
    """The data as raw deflate blocks that end on a byte (RFC 1951), of level 1 (isal, much faster) to 9."""
    program = fast_zlib if level == 1 else strong_zlib
    compressor = program.compressobj(level, program.DEFLATED, -program.MAX_WBITS)
    return bytes(compressor.compress(data) + compressor.flush(program.Z_SYNC_FLUSH))


def zstd_compressor(level: int, threads: int) -> zstd.ZstdCompressor:
    """A compressor of one zstd frame with a checksum. Its bytes do not depend on the number of threads."""
    parameters = zstd.CompressionParameter
    options = {
        parameters.compression_level: level,
        parameters.checksum_flag: 1,
        # One worker or more give the same bytes; none, which is another algorithm, gives others.
        parameters.nb_workers: min(threads, parameters.nb_workers.bounds()[1]),
    }
    return zstd.ZstdCompressor(options={int(key): value for key, value in options.items()})

"""Layers compressed while they are read: the same bytes on every run and with any number of threads.

Gzip is made of blocks that are deflated apart and joined (RFC 1951 lets a block end on a byte: a sync flush),
under the header that Go writes: no time, no name, no operating system.
"""

from __future__ import annotations

import os
import struct
from collections import deque
from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from functools import cache, partial

from pycrane._errors import UnsupportedError
from pycrane._io.stream import CHUNK, ByteStream, PiecedStream, read_blocks
from pycrane._layers.compression.codecs import crc32, deflate_block, zstd_compressor
from pycrane._layers.compression.kinds import Compression

DEFAULT_LEVELS = {Compression.GZIP: 1, Compression.ZSTD: 3}
"""The level where none is named: gzip's is crane's for appended layers, zstd's its own."""

_LEVELS = {Compression.GZIP: range(1, 10), Compression.ZSTD: range(1, 23)}
_BLOCK = CHUNK
_LAST_DEFLATE_BLOCK = b"\x03\x00"  # final, fixed codes, empty
_EXTRA_FLAGS = {1: 4, 9: 2}  # what the header says of the effort, by level
_UNKNOWN_SYSTEM = 255


def open_compressed(
    stream: ByteStream, compression: Compression, level: int | None = None, *, threads: int | None = None
) -> ByteStream:
    """The stream compressed; closed with the one returned, and at once if this function raises.

    `level` is 1 to 9 for gzip and 1 to 22 for zstd, None the default. `threads` is how many compress at once,
    None as many as there are processors; the bytes do not depend on it.

    Raises:
        UnsupportedError: a level that there is not.
    """
    if compression is Compression.NONE:
        return stream
    try:
        level = check_level(compression, level)
    except UnsupportedError:
        stream.close()
        raise
    pieces = _gzip if compression is Compression.GZIP else _zstd
    return PiecedStream(pieces(stream, level, threads or processors()), stream.close)


def check_level(compression: Compression, level: int | None) -> int:
    """The level itself, or the default for None. Raises UnsupportedError if there is no such level."""
    if level is None:
        return DEFAULT_LEVELS[compression]
    levels = _LEVELS.get(compression)
    if levels is None or level not in levels:
        hint = f"name one from {levels[0]} to {levels[-1]}" if levels else None
        raise UnsupportedError(f"compression {compression} has no level {level}", hint=hint)
    return level


def processors() -> int:
    """Processors that this process may use."""
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1


def _gzip(stream: ByteStream, level: int, threads: int) -> Iterator[bytes]:
    yield struct.pack("<4BI2B", 0x1F, 0x8B, 8, 0, 0, _EXTRA_FLAGS.get(level, 0), _UNKNOWN_SYSTEM)
    checksum = length = 0

    def counted() -> Iterator[bytes]:
        nonlocal checksum, length
        for block in read_blocks(stream, _BLOCK):
            checksum = crc32(block, checksum)
            length += len(block)
            yield block

    yield from _side_by_side(partial(deflate_block, level=level), counted(), threads)
    yield _LAST_DEFLATE_BLOCK + struct.pack("<2I", checksum, length & 0xFFFFFFFF)


def _side_by_side(work: Callable[[bytes], bytes], blocks: Iterator[bytes], threads: int) -> Iterator[bytes]:
    """The work's results in the order of the blocks, of which few are held at a time."""
    if threads == 1:
        yield from map(work, blocks)
        return
    ahead: deque[Future[bytes]] = deque()
    for block in blocks:
        ahead.append(_pool().submit(work, block))
        if len(ahead) > threads:
            yield ahead.popleft().result()
    while ahead:
        yield ahead.popleft().result()


@cache
def _pool() -> ThreadPoolExecutor:
    """One pool for all streams: several layers at once do not need more threads than one."""
    return ThreadPoolExecutor(processors(), thread_name_prefix="compress")


def _zstd(stream: ByteStream, level: int, threads: int) -> Iterator[bytes]:
    compressor = zstd_compressor(level, threads)
    for block in read_blocks(stream, _BLOCK):
        if piece := compressor.compress(block):
            yield piece
    yield compressor.flush()

"""Layers are compressed to the same bytes always, which every other program can read."""

from __future__ import annotations

import gzip
import io
import random
import subprocess

import pytest
from hypothesis import given
from hypothesis import strategies as st
from peers.images import zstd

from pycrane._errors import UnsupportedError
from pycrane._io.stream import CHUNK, read_blocks
from pycrane._layers.compression.compress import open_compressed
from pycrane._layers.compression.decompress import open_decompressed
from pycrane._layers.compression.kinds import Compression, sniff

LEVELS = [(Compression.GZIP, 1), (Compression.GZIP, 6), (Compression.GZIP, 9), (Compression.ZSTD, 3)]
levels = pytest.mark.parametrize(("compression", "level"), LEVELS)
WORDS = random.Random(7).choices([b"lib", b"usr", b"\0\0\0\0", b"share", b"0755", b"root"], k=900_000)
CONTENT = b"".join(WORDS)[: 3 * CHUNK + 4321]


def stored(
    data: bytes, compression: Compression, level: int | None = None, threads: int | None = None
) -> bytes:
    return open_compressed(io.BytesIO(data), compression, level, threads=threads).read()


def plain(data: bytes) -> bytes:
    with open_decompressed(io.BytesIO(data)) as stream:
        return stream.read()


@levels
@pytest.mark.parametrize("size", [0, 1, CHUNK - 1, CHUNK, CHUNK + 1, len(CONTENT)])
def test_what_is_compressed_comes_out_again(compression: Compression, level: int, size: int) -> None:
    assert plain(stored(CONTENT[:size], compression, level)) == CONTENT[:size]


@given(
    data=st.binary(max_size=2000).map(lambda data: data * 3),
    compression=st.sampled_from([Compression.GZIP, Compression.ZSTD]),
)
def test_any_content_comes_out_again(data: bytes, compression: Compression) -> None:
    result = stored(data, compression)
    assert sniff(result) is compression
    assert plain(result) == data


@levels
def test_the_bytes_do_not_depend_on_the_number_of_threads(compression: Compression, level: int) -> None:
    assert len({stored(CONTENT, compression, level, threads) for threads in (1, 2, 5)}) == 1


@levels
def test_the_bytes_do_not_depend_on_the_pieces_that_are_read(compression: Compression, level: int) -> None:
    class Trickle(io.BytesIO):
        def read(self, size: int | None = -1, /) -> bytes:
            return super().read(min(size or 0, 70_001))

    whole = stored(CONTENT, compression, level)
    assert b"".join(read_blocks(open_compressed(Trickle(CONTENT), compression, level), 999)) == whole


@pytest.mark.parametrize(("level", "flags"), [(1, 4), (6, 0), (9, 2)])
def test_a_gzip_header_tells_nothing_of_time_name_and_system(level: int, flags: int) -> None:
    header = stored(CONTENT, Compression.GZIP, level)[:10]
    assert header == bytes([0x1F, 0x8B, 8, 0, 0, 0, 0, 0, flags, 0xFF])


def test_gzip_is_one_member_that_the_standard_library_reads() -> None:
    assert gzip.decompress(stored(CONTENT, Compression.GZIP)) == CONTENT


def test_gzip_is_read_by_the_gzip_program() -> None:
    done = subprocess.run(
        ["gzip", "-dc"], input=stored(CONTENT, Compression.GZIP), capture_output=True, check=True
    )
    assert done.stdout == CONTENT


def test_zstd_is_one_frame_with_a_checksum() -> None:
    result = stored(CONTENT, Compression.ZSTD)
    assert zstd.get_frame_size(result) == len(result)
    assert result[4] & 0x04


def test_blocks_cost_little_size() -> None:
    assert len(stored(CONTENT, Compression.GZIP, 9)) < 1.05 * len(gzip.compress(CONTENT, 9))


def test_higher_levels_are_smaller() -> None:
    for compression, low, high in [(Compression.GZIP, 1, 6), (Compression.ZSTD, 1, 12)]:
        assert len(stored(CONTENT, compression, high)) < len(stored(CONTENT, compression, low))


def test_no_compression_is_the_stream_itself() -> None:
    source = io.BytesIO(b"content")
    assert open_compressed(source, Compression.NONE) is source


@pytest.mark.parametrize(
    ("compression", "level"), [(Compression.GZIP, 0), (Compression.GZIP, 10), (Compression.ZSTD, 23)]
)
def test_a_level_that_there_is_not_is_refused_and_the_stream_closed(
    compression: Compression, level: int
) -> None:
    source = io.BytesIO(b"content")
    with pytest.raises(UnsupportedError, match=f"{compression} has no level {level}") as refused:
        open_compressed(source, compression, level)
    assert source.closed
    assert refused.value.hint


def test_closing_half_way_closes_what_is_read() -> None:
    source = io.BytesIO(CONTENT)
    stream = open_compressed(source, Compression.GZIP)
    assert stream.read(5)
    stream.close()
    assert source.closed
    assert stream.read(5) == b""

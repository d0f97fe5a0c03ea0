"""Layers are read uncompressed, whatever they are compressed with, or refused for what is wrong with them."""

from __future__ import annotations

import gzip
import io
import struct
import zlib
from collections.abc import Callable, Iterator

import pytest
from hypothesis import given
from hypothesis import strategies as st
from peers.images import zstd

from pycrane._errors import LayerError, LimitExceededError
from pycrane._layers.compression.decompress import open_decompressed
from pycrane._layers.compression.kinds import Compression, sniff
from pycrane._limits import Limits

COMPRESSORS: dict[Compression, Callable[[bytes], bytes]] = {
    Compression.NONE: bytes,
    Compression.GZIP: gzip.compress,
    Compression.ZSTD: zstd.compress,
}
SKIPPABLE = b"\x5a\x2a\x4d\x18" + struct.pack("<I", 5) + b"aside"

compressed = pytest.mark.parametrize("compression", [Compression.GZIP, Compression.ZSTD])


class Trickle(io.BytesIO):
    """A stream that gives at most so many bytes at a time, and knows whether it was closed."""

    def __init__(self, data: bytes, most: int) -> None:
        super().__init__(data)
        self.most = most

    def read(self, size: int | None = -1, /) -> bytes:
        return super().read(self.most if size is None or size < 0 else min(size, self.most))


def plain(data: bytes, *, limits: Limits | None = None) -> bytes:
    with open_decompressed(io.BytesIO(data), limits or Limits()) as stream:
        return stream.read()


def pieces(data: bytes, given_at_a_time: int, taken_at_a_time: int) -> Iterator[bytes]:
    with open_decompressed(Trickle(data, given_at_a_time)) as stream:
        while piece := stream.read(taken_at_a_time):
            assert len(piece) <= taken_at_a_time
            yield piece


@given(
    members=st.lists(st.tuples(st.binary(max_size=3000), st.integers(1, 300)), max_size=3),
    compression=st.sampled_from(Compression),
    given_at_a_time=st.integers(1, 5000),
    taken_at_a_time=st.integers(1, 100_000),
)
def test_content_is_the_same_in_whatever_pieces_it_comes_and_goes(
    members: list[tuple[bytes, int]], compression: Compression, given_at_a_time: int, taken_at_a_time: int
) -> None:
    contents = [data * times for data, times in members]
    whole = b"".join(contents)
    if compression is Compression.NONE and sniff(whole) is not Compression.NONE:
        return
    stored = b"".join(map(COMPRESSORS[compression], contents))
    assert b"".join(pieces(stored, given_at_a_time, taken_at_a_time)) == whole


@pytest.mark.parametrize("compression", list(Compression))
def test_the_stream_tells_the_compression_it_found(compression: Compression) -> None:
    with open_decompressed(io.BytesIO(COMPRESSORS[compression](b"content"))) as stream:
        assert stream.compression is compression


def test_an_empty_layer_is_a_plain_one() -> None:
    assert plain(b"") == b""


@compressed
def test_zero_bytes_may_follow(compression: Compression) -> None:
    assert plain(COMPRESSORS[compression](b"content") + bytes(700_000)) == b"content"


@compressed
@pytest.mark.parametrize("junk", [b"x", b"\0x", bytes(600_000) + b"x", b"\x1f", b"PK\x03\x04"])
def test_other_bytes_may_not_follow(compression: Compression, junk: bytes) -> None:
    with pytest.raises(LayerError, match=f"other bytes after its {compression} data"):
        plain(COMPRESSORS[compression](b"content") + junk)


def test_another_compression_may_not_follow() -> None:
    with pytest.raises(LayerError, match="other bytes"):
        plain(gzip.compress(b"content") + zstd.compress(b"content"))


@compressed
@pytest.mark.parametrize("size", [10, 2_000_000])
def test_a_layer_that_is_cut_short_anywhere_is_refused(compression: Compression, size: int) -> None:
    stored = COMPRESSORS[compression](bytes(range(256)) * (size // 256 + 1))
    for length in {5, 12, len(stored) // 2, len(stored) - 5, len(stored) - 1}:
        with pytest.raises(LayerError, match="truncated"):
            plain(stored[:length])


@pytest.mark.parametrize("at", [2, 12, -8, -4])
def test_broken_gzip_is_refused(at: int) -> None:
    stored = bytearray(gzip.compress(b"content" * 1000))
    stored[at] ^= 0xFF
    with pytest.raises(LayerError, match=r"is not valid gzip|truncated"):
        plain(bytes(stored))


@given(st.binary(max_size=200))
def test_what_only_looks_like_gzip_is_refused_and_never_crashes(rest: bytes) -> None:
    stored = b"\x1f\x8b" + rest
    try:
        expected = gzip.decompress(stored)
    except (EOFError, OSError, zlib.error):
        with pytest.raises(LayerError):
            plain(stored)
    else:
        assert plain(stored) == expected


@given(st.binary(max_size=200))
def test_what_only_looks_like_zstd_is_refused_and_never_crashes(rest: bytes) -> None:
    stored = b"\x28\xb5\x2f\xfd" + rest
    try:
        found = plain(stored)
    except LayerError:
        return
    assert found == zstd.decompress(stored)


def test_every_optional_part_of_a_gzip_header_is_understood() -> None:
    flags = 0x04 | 0x08 | 0x10
    header = b"\x1f\x8b\x08" + bytes([flags]) + bytes(5) + b"\x03" + b"\x02\0ab" + b"name\0" + b"comment\0"
    assert plain(header + gzip.compress(b"content", mtime=0)[10:]) == b"content"


def test_skippable_frames_of_zstd_are_skipped_wherever_they_stand() -> None:
    frame = zstd.compress(b"content")
    assert plain(SKIPPABLE + frame + SKIPPABLE + frame + SKIPPABLE) == b"contentcontent"


def test_a_zstd_frame_that_wants_more_memory_than_allowed_is_refused() -> None:
    compressor = zstd.ZstdCompressor(options={zstd.CompressionParameter.window_log: 28})
    stored = compressor.compress(b"content") + compressor.flush()
    with pytest.raises(LayerError, match="is not valid zstd"):
        plain(stored)


@compressed
def test_a_bomb_is_refused_before_it_has_gone_off(compression: Compression) -> None:
    stored = COMPRESSORS[compression](bytes(20 << 20))
    limits = Limits(expansion=10, expansion_free=1 << 20)
    with pytest.raises(LimitExceededError, match="expands"):
        plain(stored, limits=limits)


def test_gzip_at_its_best_is_no_bomb() -> None:
    assert len(plain(gzip.compress(bytes(20 << 20)), limits=Limits(expansion_free=1 << 20))) == 20 << 20


def test_many_small_members_are_read_without_copying_all_that_follows_each() -> None:
    member = gzip.compress(bytes(300), mtime=0)
    assert len(plain(member * 20_000)) == 6_000_000


@pytest.mark.parametrize("compression", list(Compression))
def test_closing_closes_what_is_read(compression: Compression) -> None:
    source = io.BytesIO(COMPRESSORS[compression](b"content"))
    open_decompressed(source).close()
    assert source.closed


def test_a_stream_that_fails_at_once_is_closed() -> None:
    class Failing(io.BytesIO):
        def read(self, size: int | None = -1, /) -> bytes:
            raise LayerError("the disk is gone")

    source = Failing()
    with pytest.raises(LayerError, match="the disk is gone"):
        open_decompressed(source)
    assert source.closed


@pytest.mark.parametrize(
    ("compression", "oci", "media_type"),
    [
        (Compression.NONE, True, "application/vnd.oci.image.layer.v1.tar"),
        (Compression.GZIP, True, "application/vnd.oci.image.layer.v1.tar+gzip"),
        (Compression.ZSTD, True, "application/vnd.oci.image.layer.v1.tar+zstd"),
        (Compression.NONE, False, "application/vnd.docker.image.rootfs.diff.tar"),
        (Compression.GZIP, False, "application/vnd.docker.image.rootfs.diff.tar.gzip"),
        (Compression.ZSTD, False, "application/vnd.oci.image.layer.v1.tar+zstd"),
    ],
)
def test_each_family_has_a_media_type_for_each_compression(
    compression: Compression, oci: bool, media_type: str
) -> None:
    assert compression.media_type(oci=oci) == media_type

"""A stream that is read ahead gives the same bytes and errors, and ends with who reads it."""

from __future__ import annotations

import io
import threading

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pycrane._io.read_ahead import AheadStream
from pycrane._io.stream import CHUNK


class Endless:
    """Never at its end; counts its reads, and says when it is closed."""

    def __init__(self) -> None:
        self.reads = 0
        self.closed = False

    def read(self, size: int = -1, /) -> bytes:
        assert not self.closed
        self.reads += 1
        return bytes(size)

    def close(self) -> None:
        self.closed = True


@given(st.binary(max_size=100), st.lists(st.integers(0, 30)))
def test_the_bytes_are_the_same(data: bytes, sizes: list[int]) -> None:
    stream, plain = AheadStream(io.BytesIO(data)), io.BytesIO(data)
    assert [stream.read(size) for size in sizes] == [plain.read(size) for size in sizes]
    assert stream.read() == plain.read()
    assert (stream.read(1), stream.read()) == (b"", b"")
    stream.close()


def test_an_error_comes_where_it_belongs() -> None:
    class Broken(io.BytesIO):
        def read(self, size: int | None = -1, /) -> bytes:
            if not (data := super().read(size)):
                raise ValueError("broken")
            return data

    stream = AheadStream(Broken(b"abc"))
    assert (stream.read(2), stream.read(2)) == (b"ab", b"c")
    with pytest.raises(ValueError, match="broken"):
        stream.read(1)
    stream.close()


def test_little_is_held_and_closing_ends_the_thread() -> None:
    source = Endless()
    stream = AheadStream(source)
    threads = threading.active_count()
    assert source.reads == 0
    assert len(stream.read(CHUNK + 1)) == CHUNK
    stream.close()
    assert source.reads <= 8
    assert source.closed
    assert threading.active_count() == threads
    assert stream.read(1) == b""
    stream.close()

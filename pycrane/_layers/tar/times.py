"""A layer's tar with one time for all that is in it, passed on while it is read (pax, ustar, GNU tar)."""

from __future__ import annotations

from collections.abc import Iterator

from pycrane._io.stream import ByteStream, PiecedStream
from pycrane._layers.tar.rewrite import at_time
from pycrane._layers.tar.walk import END, TarWalk
from pycrane._limits import DEFAULT_LIMITS, Limits

_BATCH = 256 << 10


def open_at_time(
    stream: ByteStream, seconds: int, what: str = "layer", limits: Limits = DEFAULT_LIMITS
) -> ByteStream:
    """An uncompressed layer with all times set to so many seconds after 1970; everything else stays.

    The stream is closed with the one returned.

    Raises, while it is read:
        LayerError: the tar is broken.
        LimitExceededError: more entries or longer names than `limits` allows.
    """
    return PiecedStream(_pieces(TarWalk(stream, what, limits), seconds), stream.close)


def _pieces(walk: TarWalk, seconds: int) -> Iterator[bytes]:
    batch = bytearray()
    for entry in walk:
        batch += at_time(entry.header, seconds)
        for piece in walk.blocks():
            batch += piece
            if len(batch) >= _BATCH:
                yield bytes(batch)
                batch.clear()
    yield bytes(batch) + END

"""Layers merged into the one tar stream that a container would see (OCI image spec, layer.md, Changesets).

Layers are read from the top down; what a higher layer replaces or whites out is left out below. Each is read
once, but for two cases that no single reading can decide: a layer whose replaced file lives on under a hard
link that comes after it is read again, and below a layer that lacks entries for the parents of what is in it,
layers are first walked for symbolic links, and kept on disk meanwhile as far as `Limits.kept_layers` allows.
"""

from __future__ import annotations

from collections.abc import Callable, Generator, Iterable, Iterator, Sequence
from contextlib import closing
from functools import partial

from pycrane._io.stream import CHUNK, PiecedStream
from pycrane._layers.merge.hard_links import HardLinks, Link
from pycrane._layers.merge.kept_layers import KeptLayers, Opener
from pycrane._layers.merge.layer import MergedLayer
from pycrane._layers.merge.shadow import Shadow
from pycrane._layers.merge.symlinks import SymbolicLinks, survey
from pycrane._layers.tar.rewrite import directory_header, pointing, rewritten
from pycrane._layers.tar.walk import END, LayerEntry, TarWalk
from pycrane._limits import DEFAULT_LIMITS, Limits

_BATCH = CHUNK // 4
_MOST_PIECES = 1024
_LARGE = 64 << 10  # data that is not worth copying once more


def merge(layers: Sequence[Opener], limits: Limits = DEFAULT_LIMITS) -> PiecedStream:
    """The tar of what is left of layers when they are applied one after another, the lowest first.

    Each opener gives a layer's uncompressed tar from its first byte; streams are closed here. An entry keeps
    its bytes if its name is a plain path and, for a hard link, its file can be seen under the name it gives.
    Entries come as they stand in their layers, the highest layer first; a hard link comes after its file.
    The caller closes the stream.

    Raises, while it is read:
        LayerError: a tar that is broken or cut short, a name outside of the root, an entry in a file, a bare
            `.wh.`, or a hard link to nothing.
        LimitExceededError: more entries or longer names than `limits` allows.
        PycraneError: what a layer's stream raises.
    """
    pieces = merged(layers, limits)
    return PiecedStream(pieces, pieces.close)


def merged(layers: Sequence[Opener], limits: Limits = DEFAULT_LIMITS) -> Generator[bytes, None, None]:
    """The tar of `merge` in pieces, none of them empty or much larger than `CHUNK`."""
    yield from _Merge(layers, limits).pieces()


class _Merge:
    def __init__(self, layers: Sequence[Opener], limits: Limits) -> None:
        self._count = len(layers)
        self._layers = KeptLayers(layers, limits.kept_layers)
        self._limits = limits
        self._shadow = Shadow(limits)
        self._links = HardLinks(self._shadow, limits.held_headers)
        self._batch: list[bytes] = []
        self._below: SymbolicLinks | None = None

    def pieces(self) -> Iterator[bytes]:
        with closing(self._layers):
            for level in reversed(range(self._count)):
                yield from self._layer(level)
                self._layers.drop(level)
                if self._batch:  # before the next layer is opened: a reader may have seen enough
                    yield b"".join(self._batch)
                    self._batch.clear()
        self._links.check()
        self._batch += map(directory_header, self._shadow.implied_only())
        self._batch.append(END)
        yield b"".join(self._batch)

    def _layer(self, level: int) -> Iterator[bytes]:
        def below() -> SymbolicLinks:
            if self._below is None:
                lower = [partial(self._layers.keep, one) for one in range(level)]
                self._below = survey(lower, self._limits)
            return self._below

        what = f"layer {level + 1}"
        layer = MergedLayer(level, what, self._shadow, self._links, below)
        yield from self._walk(level, layer.header_of)
        headers, again = self._links.finish()
        yield from self._written(headers)
        if again:
            yield from self._again(level, again)

    def _again(self, level: int, wanted: dict[int, list[Link]]) -> Iterator[bytes]:
        """Read a layer for a second time, for files that live on under other names."""

        def header_of(entry: LayerEntry) -> bytes | None:
            links = wanted.get(entry.offset)
            return rewritten(entry.header, name=links[0].path) if links else None

        yield from self._walk(level, header_of)
        for first, *others in wanted.values():
            yield from self._written(pointing(link.header, first.path) for link in others)

    def _written(self, headers: Iterable[bytes]) -> Iterator[bytes]:
        """Add headers of entries without content to the output."""
        for header in headers:
            self._batch.append(header)
            if len(header) > _LARGE or len(self._batch) > _MOST_PIECES:
                yield b"".join(self._batch)
                self._batch.clear()

    def _walk(self, level: int, header_of: Callable[[LayerEntry], bytes | None]) -> Iterator[bytes]:
        with closing(self._layers.open(level)) as stream:
            walk = TarWalk(stream, f"layer {level + 1}", self._limits)
            batch, room = self._batch, _BATCH
            for entry in walk:
                header = header_of(entry)
                if header is None:
                    continue
                batch.append(header)
                room -= len(header)
                if entry.size:
                    room -= entry.size
                    blocks = walk.blocks_at_hand() if entry.size < _LARGE else None
                    if blocks is not None:
                        batch.append(blocks)
                    else:
                        yield b"".join(batch)
                        batch.clear()
                        yield from walk.blocks()
                if room < 0:
                    yield b"".join(batch)
                    batch.clear()
                    room = _BATCH

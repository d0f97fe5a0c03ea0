"""The one engine that moves images from any source to any sink: a plan, blobs first, names last."""

from __future__ import annotations

import io
from collections.abc import Iterator, Sequence

from pycrane._errors import about, doing
from pycrane._events import (
    BlobFinished,
    BlobProgress,
    BlobStarted,
    Listener,
    ManifestFinished,
    Outcome,
    Planned,
    ignore,
)
from pycrane._image.medium import Blob, Item, Sink
from pycrane._image.view import Index
from pycrane._io.stream import Closing, OpenStream
from pycrane._io.verified import VerifiedStream
from pycrane._limits import Limits
from pycrane._oci.digest import Digest
from pycrane._transfer.plan import Plan, PlannedBlob, plan
from pycrane._transfer.workers import Stop, Workers


def transfer(
    items: Sequence[Item],
    sink: Sink,
    *,
    workers: Workers | None = None,
    listener: Listener = ignore,
    limits: Limits | None = None,
) -> None:
    """Bring views, with all below them, to a sink that has been entered and is left by the caller.

    This is `plan` and `execute` in a row; see there. `limits` (default: those of the first item's content)
    bound the manifests below the items.

    Raises:
        PycraneError: reading, verifying or writing failed; names that were there before still mean the same.
    """
    workers = workers or Workers()
    execute(plan(items, sink, workers, limits), sink, workers, listener)


def execute(work: Plan, sink: Sink, workers: Workers, listener: Listener = ignore) -> None:
    """Carry out a plan that was made for this sink, which has been entered and is left by the caller.

    Each blob moves once, verified on its way; at most `workers.count` blobs or manifests are under way at a
    time. Children are there before the manifests that name them, and names come last.

    Raises:
        PycraneError: reading, verifying or writing failed; names that were there before still mean the same.
    """
    for item in work.present:
        listener(ManifestFinished(item.view.descriptor, Outcome.EXISTING, item.name))
    if not work.levels:
        return
    descriptors = tuple(blob.descriptor for blob in work.blobs)
    sink.begin(work.levels[0], descriptors)
    listener(Planned(descriptors))
    _move_blobs(work, sink, workers, listener)
    _move_manifests(work, sink, workers, listener)


def _move_blobs(work: Plan, sink: Sink, workers: Workers, listener: Listener) -> None:
    stop = Stop()

    def move(wanted: PlannedBlob) -> None:
        descriptor, content = wanted
        earlier: list[_Counted] = []

        def opened() -> OpenStream:
            for stream in earlier:
                stream.take_back()
            earlier[:] = [_Counted(wanted, stop, listener)]
            return earlier[0]

        with doing(f"blob {descriptor.digest}"):
            outcome = sink.put_blob(Blob(descriptor, opened, content.origin(descriptor)))
        listener(BlobFinished(descriptor, outcome))

    # The largest first: they decide when all are done.
    workers.map(move, sorted(work.blobs, key=lambda blob: -blob.descriptor.size), stop=stop)


def _move_manifests(work: Plan, sink: Sink, workers: Workers, listener: Listener) -> None:
    def move(item: Item) -> None:
        descriptor = item.view.descriptor
        with doing(f"manifest {item.name or descriptor.digest}"):
            sink.put_manifest(descriptor, item.view.raw_manifest, item.name)
        listener(ManifestFinished(descriptor, Outcome.MOVED, item.name))

    there: set[tuple[Digest, str | None]] = set()
    for wave in _waves(work.levels):
        fresh = {written: item for item in wave if (written := _written(item)) not in there}
        workers.map(move, fresh.values())
        there.update(fresh)


def _waves(levels: Sequence[Sequence[Item]]) -> Iterator[list[Item]]:
    """Yield manifests to write in parallel, the deepest first, under all names before parents.

    While a manifest is written once more, under a tag, a registry may take it for missing.
    """
    depths: dict[Digest, int] = {}
    for depth, level in enumerate(levels):
        for item in level:
            for digest, least in ((item.view.digest, depth), *((below, depth + 1) for below in _below(item))):
                depths[digest] = max(depths.get(digest, 0), least)
    for depth in range(len(levels), -1, -1):
        yield [item for level in levels for item in level if depths[item.view.digest] == depth]


def _below(item: Item) -> Iterator[Digest]:
    if isinstance(item.view, Index):
        yield from (entry.digest for entry in item.view.index_manifest.manifests)


def _written(item: Item) -> tuple[Digest, str | None]:
    """Identifies one write; a name equal to the digest counts as no name."""
    digest = item.view.digest
    return digest, None if item.name == str(digest) else item.name


class _Counted(Closing):
    """A blob's verified bytes, told to the listener; a stream that is closed early takes its count back."""

    def __init__(self, blob: PlannedBlob, stop: Stop, listener: Listener) -> None:
        descriptor, content = blob
        data = descriptor.data
        self._origin = content.origin(descriptor)  # what an error of the source is about
        with about(self._origin):
            source = io.BytesIO(data) if data is not None else content.open_blob(descriptor)
        self._stream = VerifiedStream(source, descriptor)
        self._descriptor = descriptor
        self._stop = stop
        self._listener = listener
        self._count = 0
        listener(BlobStarted(descriptor))

    def read(self, size: int = -1, /) -> bytes:
        self._stop.check()
        with about(self._origin):
            data = self._stream.read(size)
        if data:
            self._count += len(data)
            self._listener(BlobProgress(self._descriptor, len(data)))
        return data

    def take_back(self) -> None:
        """Count what was read as not moved."""
        if self._count:
            self._listener(BlobProgress(self._descriptor, -self._count))
        self._count = 0

    def close(self) -> None:
        if self._count < self._descriptor.size:
            self.take_back()
        self._stream.close()

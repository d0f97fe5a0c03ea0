"""Plan of a transfer: every manifest below the tops, level by level, and every blob once."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any, NamedTuple

from pycrane._errors import LimitExceededError
from pycrane._image.content import Content, limits_of
from pycrane._image.medium import Item, Sink
from pycrane._image.view import Image, Index, View, is_manifest
from pycrane._limits import DEFAULT_LIMITS, Limits
from pycrane._oci.descriptor import Descriptor
from pycrane._oci.digest import Digest
from pycrane._transfer.workers import Workers


class PlannedBlob(NamedTuple):
    """A blob that a sink may lack, with the content that it is read from."""

    descriptor: Descriptor
    content: Content


@dataclass(frozen=True, slots=True)
class Plan:
    """Content that a sink lacks, each blob once. `levels` has the tops first, the deepest manifests last."""

    present: tuple[Item, ...]
    levels: tuple[tuple[Item, ...], ...]
    blobs: tuple[PlannedBlob, ...]

    @property
    def size(self) -> int:
        """Bytes of all blobs that may have to move."""
        return sum(blob.descriptor.size for blob in self.blobs)

    def to_json(self) -> dict[str, Any]:
        """Return the plan as a JSON object.

        `present` and `manifests` (the deepest last) are lists of objects with `digest`, `size`, `mediaType`
        and `name` (null without one); `blobs` has `origin` in place of `name`: the repository that a registry
        may mount the blob from, or null.
        """
        levels = [item for level in self.levels for item in level]
        return {
            "present": [_item(item) for item in self.present],
            "manifests": [_item(item) for item in levels],
            "blobs": [
                {
                    **_described(descriptor),
                    "origin": str(origin) if (origin := content.origin(descriptor)) else None,
                }
                for descriptor, content in self.blobs
            ],
        }

    def __str__(self) -> str:
        """One line for each manifest and blob: what is there, what is to be written, what is to be moved."""
        levels = [item for level in self.levels for item in level]
        lines = [f"present   {_named(item)}" for item in self.present]
        lines += [f"manifest  {_named(item)}" for item in levels]
        lines += [f"blob      {descriptor.digest} {descriptor.size}" for descriptor, _ in self.blobs]
        return "\n".join(lines)


def _named(item: Item) -> str:
    return f"{item.view.digest} {item.name}" if item.name else str(item.view.digest)


def _item(item: Item) -> dict[str, Any]:
    return {**_described(item.view.descriptor), "name": item.name}


def _described(descriptor: Descriptor) -> dict[str, Any]:
    return {"digest": str(descriptor.digest), "size": descriptor.size, "mediaType": descriptor.media_type}


@dataclass(slots=True)
class _Planner:
    sink: Sink
    workers: Workers
    limits: Limits
    opened: dict[Digest, View | None] = field(default_factory=dict)
    entries: int = 0

    def below(self, level: Iterable[View]) -> list[View]:
        """The children of a level's indexes that the sink does not have."""
        wanted: list[tuple[Index, Descriptor]] = []
        for view in level:
            if isinstance(view, Index):
                wanted += [(view, entry) for entry in view.index_manifest.manifests if is_manifest(entry)]
        self.entries += len(wanted)
        if self.entries > self.limits.index_entries:
            raise LimitExceededError(f"more than {self.limits.index_entries} manifests below one index")
        once = {entry.digest: (index, entry) for index, entry in wanted if entry.digest not in self.opened}
        self.opened.update(zip(once, self.workers.map(self._open, once.values()), strict=True))
        found = {entry.digest: self.opened[entry.digest] for _, entry in wanted}
        return [child for child in found.values() if child is not None]

    def _open(self, wanted: tuple[Index, Descriptor]) -> View | None:
        index, entry = wanted
        return None if self.sink.has(entry, None) else index.child(entry)


def plan(items: Sequence[Item], sink: Sink, workers: Workers, limits: Limits | None = None) -> Plan:
    """Return the plan that brings these items to a sink: what it lacks of them. No blob is opened.

    The sink is queried, and manifests below the items are read, in parallel. `limits` are those of the first
    item's content unless given.

    Raises:
        LimitExceededError: indexes nested too deeply, or with too many entries.
    """
    limits = limits or (limits_of(items[0].view.content) if items else DEFAULT_LIMITS)
    there = workers.map(lambda item: sink.has(item.view.descriptor, item.name), items)
    present = tuple(item for item, has in zip(items, there, strict=True) if has)
    missing = tuple(item for item, has in zip(items, there, strict=True) if not has)
    planner = _Planner(sink, workers, limits)
    levels = [missing]
    while levels[-1]:
        if len(levels) > limits.index_depth:
            raise LimitExceededError(f"indexes are nested deeper than {limits.index_depth} levels")
        children = planner.below([item.view for item in levels[-1]])
        levels.append(tuple(Item(child, None) for child in children))
    blobs: dict[Digest, PlannedBlob] = {}
    for item in (item for level in levels for item in level):
        for descriptor in _blobs_of(item.view):
            blobs.setdefault(descriptor.digest, PlannedBlob(descriptor, item.view.content))
    return Plan(present, tuple(levels[:-1]), tuple(blobs.values()))


def _blobs_of(view: View) -> Iterable[Descriptor]:
    """Config and layers of an image; of an index those entries that are no manifests."""
    if isinstance(view, Image):
        return (view.manifest.config, *view.manifest.layers)
    return (entry for entry in view.index_manifest.manifests if not is_manifest(entry))

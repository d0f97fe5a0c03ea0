"""Plan of a transfer: every manifest below the tops, level by level, and every blob once."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

from pycrane._errors import LimitExceededError
from pycrane._image.content import Content
from pycrane._image.medium import Item, Sink
from pycrane._image.view import Image, Index, View, is_manifest
from pycrane._limits import DEFAULT_LIMITS, Limits
from pycrane._oci.descriptor import Descriptor
from pycrane._oci.digest import Digest
from pycrane._transfer.workers import Workers


@dataclass(frozen=True, slots=True)
class Plan:
    """Content that a sink lacks. `levels` has the tops first and the deepest manifests last."""

    present: tuple[Item, ...]
    levels: tuple[tuple[Item, ...], ...]
    blobs: dict[Digest, tuple[Descriptor, Content]]


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


def plan(items: Sequence[Item], sink: Sink, workers: Workers, limits: Limits = DEFAULT_LIMITS) -> Plan:
    """Find out what the sink lacks of these items, asking it and reading child manifests side by side.

    Raises:
        LimitExceededError: indexes nested too deeply, or with too many entries.
    """
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
    blobs: dict[Digest, tuple[Descriptor, Content]] = {}
    for item in (item for level in levels for item in level):
        for descriptor in _blobs_of(item.view):
            blobs.setdefault(descriptor.digest, (descriptor, item.view.content))
    return Plan(present, tuple(levels[:-1]), blobs)


def _blobs_of(view: View) -> Iterable[Descriptor]:
    """Config and layers of an image; of an index those entries that are no manifests."""
    if isinstance(view, Image):
        return (view.manifest.config, *view.manifest.layers)
    return (entry for entry in view.index_manifest.manifests if not is_manifest(entry))

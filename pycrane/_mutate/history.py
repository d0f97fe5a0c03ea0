"""History entries of a configuration: one for each layer, or none at all (OCI image spec, config.md)."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any


def extended(config: Mapping[str, Any], entries: Iterable[Mapping[str, Any]]) -> list[Mapping[str, Any]]:
    """Return the history of a configuration with more entries at its end.

    Where the history has fewer entries for layers than the configuration has layers, empty entries come
    between, so that each entry belongs to the layer that it was made for.
    """
    history = list(config.get("history") or ())
    diff_ids: Sequence[Any] = (config.get("rootfs") or {}).get("diff_ids") or ()
    made = sum(not entry.get("empty_layer") for entry in history)
    return [*history, *({} for _ in range(len(diff_ids) - made)), *entries]

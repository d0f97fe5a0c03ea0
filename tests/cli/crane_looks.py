"""All that is seen of a run: each thing has a name, and perhaps what it is about, as in `tar x.tar`.

Names of this run (the host, the folder) are taken out of all that is seen.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from cli.crane_local_looks import LOCAL_LOOKS
from cli.crane_registry_looks import REGISTRY_LOOKS
from cli.crane_row import Run

LOOKS = LOCAL_LOOKS | REGISTRY_LOOKS


def look(run: Run, names: Iterable[str]) -> dict[str, Any]:
    """What is seen of a run, of the things named."""
    seen = {}
    for name in names:
        kind, _, about = name.partition(" ")
        seen[name] = LOOKS[kind](run, run.world.named(about))
    return seen

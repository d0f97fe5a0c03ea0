"""A row of the table: a command line and what is to be seen of it; and a run of one, with what it left."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from cli.crane_world import Preparation, World

Seen = Mapping[str, Any]

LOST = "(not there)"
"""What is seen of a field of a manifest that is missing or null."""


@dataclass(frozen=True)
class Row:
    """One command line, without the program's name, and what is `seen` of it.

    Without `fails` it succeeds; when it fails it prints and pushes nothing, if not told otherwise. `crane` is
    what is seen of crane where that is not the same, for the reason `why`; None is for what has no fixed
    value. `crane_line` is what crane is told where that is not the same. `given` is what there is before.
    """

    line: str
    seen: Seen = field(default_factory=dict)
    fails: bool = False
    crane: Seen = field(default_factory=dict)
    why: str = ""
    stdin: bytes = b""
    given: tuple[Preparation, ...] = ()
    env: Mapping[str, str] = field(default_factory=dict)
    program: str = "crane"
    crane_line: str = ""

    def __str__(self) -> str:
        return f"{self.program} {self.line}"

    @property
    def expected(self) -> dict[str, Any]:
        """All that is to be seen of pycrane."""
        default = {"stdout": "", "tags {dst}": []} if self.fails else {}
        if any(name.startswith("holds ") for name in self.seen):
            default.pop("stdout", None)
        return {"fails": self.fails, **default, **self.seen}

    @property
    def expected_of_crane(self) -> dict[str, Any]:
        """All that is to be seen of crane."""
        both = {**self.expected, **self.crane}
        return {name: value for name, value in both.items() if value is not None}


@dataclass(frozen=True)
class Run:
    """What a run left behind."""

    world: World
    returncode: int
    stdout: bytes
    stderr: bytes


Look = Callable[[Run, str], Any]
"""What is seen of a run, about what a text says."""


def short(data: bytes) -> str:
    """How the digest of some bytes begins."""
    return hashlib.sha256(data).hexdigest()[:20]

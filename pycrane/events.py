"""What happens, as typed events: progress bars, logs and JSON lines listen; nothing here knows a terminal."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum

from pycrane.oci.descriptor import Descriptor


class Outcome(StrEnum):
    """How a blob came to be where it is wanted."""

    MOVED = "moved"
    EXISTING = "existing"
    MOUNTED = "mounted"
    SKIPPED = "skipped"


@dataclass(frozen=True, slots=True)
class Event:
    """Root of all events."""


@dataclass(frozen=True, slots=True)
class BlobStarted(Event):
    """Bytes of a blob begin to move."""

    descriptor: Descriptor


@dataclass(frozen=True, slots=True)
class BlobProgress(Event):
    """`bytes` more have moved; negative when a part has to be moved again."""

    descriptor: Descriptor
    bytes: int


@dataclass(frozen=True, slots=True)
class BlobFinished(Event):
    """A blob is where it is wanted, verified."""

    descriptor: Descriptor
    outcome: Outcome


@dataclass(frozen=True, slots=True)
class ManifestFinished(Event):
    """A manifest is where it is wanted; `name` is its tag or path there, or None below an index."""

    descriptor: Descriptor
    outcome: Outcome
    name: str | None


@dataclass(frozen=True, slots=True)
class Retrying(Event):
    """A request failed and is made again after `delay` seconds. `reason` is one line."""

    reason: str
    delay: float


@dataclass(frozen=True, slots=True)
class Warned(Event):
    """A warning for the person, from the registry (`source` is its host) or from pycrane (`source` empty)."""

    text: str
    source: str = ""


@dataclass(frozen=True, slots=True)
class Exchange(Event):
    """One HTTP request and its answer, for -v. `lines` are safe to show: secrets are taken out."""

    lines: tuple[str, ...]


Listener = Callable[[Event], None]


def ignore(event: Event) -> None:
    """The listener that does nothing."""

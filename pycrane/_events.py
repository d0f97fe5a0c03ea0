"""Typed events of what happens: progress bars, logs and JSON lines listen; nothing here knows a terminal.

Named tuples, which take a fifth of a dataclass's time to define: every command imports these.
"""

from __future__ import annotations

from collections.abc import Callable
from enum import StrEnum
from typing import NamedTuple

from pycrane._oci.descriptor import Descriptor


class Outcome(StrEnum):
    """Way in which a blob or manifest came to be where it is wanted.

    It was moved there, it existed there, the registry mounted it from another repository of its own, or it
    was skipped, as layers are that may not be distributed.
    """

    MOVED = "moved"
    EXISTING = "existing"
    MOUNTED = "mounted"
    SKIPPED = "skipped"


class Planned(NamedTuple):
    """A transfer is about to begin that deals with these blobs, each once; some may be there already."""

    descriptors: tuple[Descriptor, ...]


class BlobStarted(NamedTuple):
    """Bytes of a blob begin to move."""

    descriptor: Descriptor


class BlobProgress(NamedTuple):
    """So many `bytes` of a blob, as it is stored, have moved more; negative when a part has to move again."""

    descriptor: Descriptor
    bytes: int


class BlobFinished(NamedTuple):
    """A blob is where it is wanted, verified."""

    descriptor: Descriptor
    outcome: Outcome


class ManifestFinished(NamedTuple):
    """A manifest is where it is wanted; `name` is its tag or path there, or None below an index."""

    descriptor: Descriptor
    outcome: Outcome
    name: str | None


class ImagesWritten(NamedTuple):
    """A transfer brought images or indexes to `place`, the text of a location; it shows them when it ends."""

    place: str
    descriptors: tuple[Descriptor, ...]


class Reading(NamedTuple):
    """Content is read to look into it or to change it: a blob by its digest, or a file by its name.

    `position` is the number of bytes read so far, `size` that of all, None if it is not known. At the end
    `done` is true, also where not all was read.
    """

    name: str
    position: int
    size: int | None
    done: bool = False


class Resumed(NamedTuple):
    """A broken download of a blob goes on behind so many `bytes`, which need not move again."""

    descriptor: Descriptor
    bytes: int


class Retrying(NamedTuple):
    """A request failed and is made again after `delay` seconds. `reason` is one line."""

    reason: str
    delay: float


class Warned(NamedTuple):
    """A warning for the user, from the registry (`source` is its host) or from pycrane (`source` empty)."""

    text: str
    source: str = ""


class Exchange(NamedTuple):
    """One HTTP request and its answer, for -v. `lines` are safe to show: secrets are taken out."""

    lines: tuple[str, ...]


Event = (
    Planned
    | BlobStarted
    | BlobProgress
    | BlobFinished
    | ManifestFinished
    | ImagesWritten
    | Reading
    | Resumed
    | Retrying
    | Warned
    | Exchange
)
"""Any event that a listener may get."""

Listener = Callable[[Event], None]


def ignore(event: Event) -> None:
    """The listener that does nothing."""

"""Summary of a command: what was written where, and what that took."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from typing import Any

from pycrane._cli.terminal.amounts import count_text, size_text, time_text
from pycrane._events import (
    BlobFinished,
    Event,
    ImagesWritten,
    ManifestFinished,
    Outcome,
    Planned,
    Reading,
    Resumed,
)
from pycrane._oci import media_types
from pycrane._oci.descriptor import Descriptor
from pycrane._oci.digest import Digest


class Summary:
    """Counts what events tell. May be called from several threads."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._start = clock()
        self._lock = threading.Lock()
        self._written: list[ImagesWritten] = []
        self._images: set[Digest] = set()
        self._layers: set[Digest] = set()
        self._outcomes: dict[Outcome, dict[Digest, int]] = {outcome: {} for outcome in Outcome}
        self._new_manifests = 0
        self._read: dict[str, int] = {}
        self._resumed: dict[Digest, int] = {}

    def __call__(self, event: Event) -> None:
        """Take in an event."""
        with self._lock:
            match event:
                case ImagesWritten():
                    self._written.append(event)
                case Planned():
                    self._layers.update(each.digest for each in event.descriptors if _is_layer(each))
                case BlobFinished():
                    self._outcomes[event.outcome][event.descriptor.digest] = event.descriptor.size
                case ManifestFinished():
                    self._new_manifests += event.outcome is Outcome.MOVED
                    if event.descriptor.media_type not in media_types.INDEXES:
                        self._images.add(event.descriptor.digest)
                case Resumed():
                    self._resumed[event.descriptor.digest] = event.bytes
                case Reading():
                    self._read[event.name] = max(event.position, self._read.get(event.name, 0))

    @property
    def values(self) -> dict[str, Any]:
        """The summary for programs: fields of one JSON object; empty if nothing was written."""
        with self._lock:
            if not self._written:
                return {}
            return {
                "places": list(dict.fromkeys(each.place for each in self._written)),
                "digests": [str(each.digest) for written in self._written for each in written.descriptors],
                "images": len(self._images),
                "layers": len(self._layers),
                "bytes": sum(self._outcomes[Outcome.MOVED].values()),
                "moved": len(self._outcomes[Outcome.MOVED]),
                "mounted": len(self._outcomes[Outcome.MOUNTED]),
                "existing": len(self._outcomes[Outcome.EXISTING]),
                "skipped": len(self._outcomes[Outcome.SKIPPED]),
                "resumed": sum(self._resumed.values()),
                "read": sum(self._read.values()),
                "seconds": round(self._clock() - self._start, 3),
                "changed": self._new_manifests > 0 or not self._images,
            }

    @property
    def line(self) -> str:
        """The summary in one line; empty if nothing was written."""
        values = self.values
        if not values:
            return ""
        where = ", ".join(values["places"])
        parts = [text for text in (_counted(values, "images"), _counted(values, "layers")) if text]
        parts += _amounts(values)
        digests = list(dict.fromkeys(values["digests"]))
        parts += digests if len(digests) == 1 else []
        said = f"Wrote {where}" if values["changed"] else f"Already there: {where}"
        return f"{said}: {', '.join(parts)}"

    @property
    def markdown(self) -> str:
        """The summary as Markdown; empty if nothing was written."""
        values = self.values
        if not values:
            return ""
        rows = [("Written to", ", ".join(f"`{place}`" for place in values["places"]))]
        rows += [("Digest", f"`{digest}`") for digest in dict.fromkeys(values["digests"])]
        rows += [("Images", str(values["images"])), ("Layers", str(values["layers"]))]
        rows += [("Bytes", ", ".join(_amounts(values)[:-1]) or "none moved")]
        rows += [("Time", time_text(values["seconds"]))]
        body = "".join(f"| {name} | {text} |\n" for name, text in rows)
        return f"### pycrane\n\n| | |\n|---|---|\n{body}\n"


def _counted(values: dict[str, Any], name: str) -> str:
    return count_text(values[name], name.removesuffix("s")) if values[name] else ""


def _amounts(values: dict[str, Any]) -> list[str]:
    """Return what moved and what did not have to, and the time."""
    found = [f"{size_text(values['bytes'])} moved"] if values["moved"] else []
    found += [f"{count_text(values[name], 'blob')} {text}" for name, text in _KEPT if values[name]]
    found += [f"{size_text(values['resumed'])} resumed"] if values["resumed"] else []
    found += [f"{size_text(values['read'])} read"] if values["read"] else []
    return [*found, time_text(values["seconds"])]


_KEPT = (("mounted", "mounted"), ("existing", "already there"), ("skipped", "skipped"))


def _is_layer(descriptor: Descriptor) -> bool:
    return descriptor.media_type not in media_types.CONFIGS

"""Events as lines of JSON on standard error, for programs. The fields are documented in progress.md."""

from __future__ import annotations

import json
import threading
import time
from collections.abc import Callable
from typing import Any

from pycrane._events import (
    BlobFinished,
    BlobProgress,
    BlobStarted,
    Event,
    Exchange,
    ImagesWritten,
    ManifestFinished,
    Planned,
    Reading,
    Resumed,
    Retrying,
    Warned,
)
from pycrane._oci.descriptor import Descriptor

_EVERY = 0.5  # seconds between two lines on the bytes of one blob


class JsonLines:
    """Writes each event as one line. May be called from several threads."""

    def __init__(self, say: Callable[[str], None], clock: Callable[[], float] = time.monotonic) -> None:
        self._say = say
        self._clock = clock
        self._lock = threading.Lock()
        self._done: dict[str, int] = {}
        self._said: dict[str, float] = {}

    def __call__(self, event: Event) -> None:
        """Write an event, if it is one that is shown."""
        with self._lock:
            fields = self._fields(event)
            if fields is not None:
                self.write(**fields)

    def write(self, **fields: Any) -> None:
        """Write one line."""
        self._say(json.dumps(fields, ensure_ascii=True))

    def stop(self) -> None:
        """Nothing is left to do."""

    def _fields(self, event: Event) -> dict[str, Any] | None:
        match event:
            case Planned():
                return {
                    "event": "planned",
                    "blobs": len(event.descriptors),
                    "bytes": sum(each.size for each in event.descriptors),
                }
            case BlobStarted():
                name = str(event.descriptor.digest)
                self._done[name], self._said[name] = 0, self._clock()
                return {"event": "blob-started", **_blob(event.descriptor)}
            case BlobProgress():
                name = str(event.descriptor.digest)
                done = self._done[name] = max(0, self._done.get(name, 0) + event.bytes)
                size = event.descriptor.size
                fields = {"event": "blob-progress", "digest": name, "done": done, "size": size}
                return self._seldom(name, fields)
            case BlobFinished():
                self._done.pop(str(event.descriptor.digest), None)
                return {"event": "blob-finished", **_blob(event.descriptor), "outcome": str(event.outcome)}
            case ManifestFinished():
                found = {"event": "manifest-finished", **_blob(event.descriptor), "name": event.name}
                return {**found, "outcome": str(event.outcome)}
            case Reading() if event.position == 0 or event.done:
                return self._reading(event)
            case Reading():
                return self._seldom(event.name, self._reading(event))
            case _:
                return _message(event)

    def _reading(self, event: Reading) -> dict[str, Any]:
        fields = {"name": event.name, "done": event.position, "size": event.size}
        return {"event": "reading-finished" if event.done else "reading", **fields}

    def _seldom(self, name: str, fields: dict[str, Any]) -> dict[str, Any] | None:
        """Return the fields if it is time for another line on the bytes of this name."""
        now = self._clock()
        if now - self._said.get(name, now - _EVERY) < _EVERY:
            return None
        self._said[name] = now
        return fields


def _message(event: Event) -> dict[str, Any] | None:
    match event:
        case ImagesWritten():
            digests = [str(each.digest) for each in event.descriptors]
            return {"event": "written", "place": event.place, "digests": digests}
        case Resumed():
            return {"event": "resumed", "digest": str(event.descriptor.digest), "done": event.bytes}
        case Retrying():
            return {"event": "retrying", "reason": event.reason, "delay": round(event.delay, 3)}
        case Warned():
            return {"event": "warning", "text": event.text, "source": event.source}
        case Exchange():
            return {"event": "exchange", "lines": list(event.lines)}
        case _:
            return None


def _blob(descriptor: Descriptor) -> dict[str, Any]:
    return {
        "digest": str(descriptor.digest),
        "size": descriptor.size,
        "media_type": descriptor.media_type,
    }

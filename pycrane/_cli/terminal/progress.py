"""Progress bars on standard error: one for each blob in transfer, and one for the total."""

from __future__ import annotations

import threading

from rich.console import Console
from rich.progress import (
    BarColumn,
    DownloadColumn,
    Progress,
    TaskID,
    TextColumn,
    TimeRemainingColumn,
    TransferSpeedColumn,
)

from pycrane._events import BlobFinished, BlobProgress, BlobStarted, Outcome, Planned
from pycrane._oci.descriptor import Descriptor
from pycrane._oci.digest import Digest

_SHORT = 12  # hexadecimal digits of a digest, as Docker shows them


class Bars:
    """Draws events as progress bars until `stop`. May be called from several threads."""

    def __init__(self, console: Console | None = None) -> None:
        # Standard error is redirected while bars are drawn, so that warnings appear above them.
        self._progress = Progress(
            TextColumn("{task.description}"),
            BarColumn(),
            DownloadColumn(),
            TransferSpeedColumn(),
            TimeRemainingColumn(),
            console=console or Console(stderr=True),
            redirect_stdout=False,
            transient=True,
        )
        self._lock = threading.Lock()
        self._tasks: dict[Digest, TaskID] = {}
        self._bytes = 0
        self._total = self._progress.add_task("total", total=0)
        self._progress.start()

    def __call__(self, event: Planned | BlobStarted | BlobProgress | BlobFinished) -> None:
        """Draw an event."""
        with self._lock:
            match event:
                case Planned():
                    self._bytes += sum(descriptor.size for descriptor in event.descriptors)
                    self._progress.update(self._total, total=self._bytes)
                case BlobStarted():
                    self._begin(event.descriptor)
                case BlobProgress():
                    self._advance(event.descriptor, event.bytes)
                case BlobFinished():
                    self._end(event.descriptor, event.outcome)

    def stop(self) -> None:
        """Remove the bars."""
        self._progress.stop()

    def _begin(self, descriptor: Descriptor) -> None:
        digest = descriptor.digest
        if digest not in self._tasks:
            self._tasks[digest] = self._progress.add_task(digest.encoded[:_SHORT], total=descriptor.size)

    def _advance(self, descriptor: Descriptor, count: int) -> None:
        self._progress.advance(self._total, count)
        if descriptor.digest in self._tasks:
            self._progress.advance(self._tasks[descriptor.digest], count)

    def _end(self, descriptor: Descriptor, outcome: Outcome) -> None:
        if outcome is not Outcome.MOVED:
            self._progress.advance(self._total, descriptor.size)
        if descriptor.digest in self._tasks:
            self._progress.remove_task(self._tasks.pop(descriptor.digest))

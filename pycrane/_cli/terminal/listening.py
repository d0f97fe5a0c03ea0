"""Events shown on standard error while a command runs: warnings, retries, the log of -v, progress."""

from __future__ import annotations

import sys
import threading
from contextlib import AbstractContextManager
from datetime import datetime
from types import TracebackType
from typing import TYPE_CHECKING, Self

from pycrane._cli.terminal.report import printable, say, warn
from pycrane._events import (
    BlobFinished,
    BlobProgress,
    BlobStarted,
    Event,
    Exchange,
    Planned,
    Retrying,
    Warned,
)

if TYPE_CHECKING:
    from pycrane._cli.terminal.progress import Bars


class Terminal(AbstractContextManager["Terminal"]):
    """A listener that writes to standard error, as a context manager. May be called from several threads.

    Each warning is shown once. Progress is drawn on a terminal only, from the first blob transferred.
    """

    def __init__(self, *, verbose: bool = False, quiet: bool = False) -> None:
        self._verbose = verbose
        self._draws = not (quiet or verbose) and sys.stderr.isatty()
        self._bars: Bars | None = None
        self._unseen: list[Planned | BlobStarted | BlobProgress | BlobFinished] = []
        self._said: set[Warned] = set()
        self._lock = threading.Lock()

    def __call__(self, event: Event) -> None:
        """Show an event."""
        match event:
            case Planned() | BlobStarted() | BlobProgress() | BlobFinished():
                if self._draws:
                    self._draw(event)
            case Warned():
                self._warn(event)
            case Retrying():
                warn(f"{_short(event.reason)}; trying again in {event.delay:.1f} s")
            case Exchange():
                if self._verbose:
                    self._log(event)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Remove the progress bars."""
        if self._bars is not None:
            self._bars.stop()

    def _draw(self, event: Planned | BlobStarted | BlobProgress | BlobFinished) -> None:
        with self._lock:
            if self._bars is None:
                self._unseen.append(event)
                if not isinstance(event, BlobStarted):
                    return
                from pycrane._cli.terminal.progress import Bars  # rich costs as much as a whole start

                self._bars = Bars()
                for missed in self._unseen:
                    self._bars(missed)
                return
        self._bars(event)

    def _warn(self, event: Warned) -> None:
        with self._lock:
            if event in self._said:
                return
            self._said.add(event)
        warn(f"{event.source} says: {event.text}" if event.source else event.text)

    def _log(self, event: Exchange) -> None:
        now = datetime.now().astimezone().isoformat(" ", "milliseconds")
        say("\n".join(f"{now} {printable(line)}" for line in event.lines))


def _short(reason: str) -> str:
    """Return the reason of a retry with the host alone instead of method and URL, which -v shows."""
    request, _, rest = reason.partition(": ")
    _, scheme, path = request.partition("://")
    return f"{path.partition('/')[0]}: {rest}" if scheme else reason

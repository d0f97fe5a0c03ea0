"""Events on standard error while a command runs: warnings, retries, the log of -v, progress, summary."""

from __future__ import annotations

import re
import threading
from contextlib import AbstractContextManager
from datetime import datetime
from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING, Protocol, Self

from pycrane._cli.terminal import report
from pycrane._cli.terminal.groups import log_group
from pycrane._cli.terminal.modes import AUTO, JSON, NONE, PLAIN, TTY, chosen_mode
from pycrane._cli.terminal.report import printable, say, warn
from pycrane._cli.terminal.summary import Summary
from pycrane._events import (
    BlobFinished,
    BlobProgress,
    BlobStarted,
    Event,
    Exchange,
    Planned,
    Reading,
    Retrying,
    Warned,
)

if TYPE_CHECKING:
    from pycrane._cli.terminal.json_lines import JsonLines
    from pycrane._cli.terminal.progress import Shown


_REQUEST = re.compile(r"\b[A-Z]+ https?://([^/\s]+)/\S*(?=: )")
_DIGEST = re.compile(r"\bsha(?:256|512):([0-9a-f]{12})[0-9a-f]+")


class Display(Protocol):
    """Progress in one of the modes."""

    def __call__(self, event: Shown, /) -> None:
        """Take in an event."""
        ...

    def stop(self) -> None:
        """Show nothing more."""
        ...


class Terminal(AbstractContextManager["Terminal"]):
    """A listener that writes to standard error, as a context manager. May be called from several threads.

    `progress` is the value of `--progress`. Each warning is shown once. Progress is shown from the first blob
    on that moves or is read; the summary at the end, if there was no error, and in Markdown at the end of the
    file `summary`. `quiet` leaves errors alone. With `group` CI's log folds all but the summary.
    """

    def __init__(
        self,
        *,
        progress: str = AUTO,
        verbose: bool = False,
        quiet: bool = False,
        summary: Path | None = None,
        group: str = "",
    ) -> None:
        mode = NONE if quiet else chosen_mode(progress)
        self._mode = PLAIN if verbose and progress == AUTO and mode == TTY else mode
        self._verbose = verbose
        self._quiet = quiet
        self._display: Display | None = None
        self._json: JsonLines | None = None
        if mode == JSON:
            from pycrane._cli.terminal.json_lines import JsonLines

            report.speak_json()
            self._json = JsonLines(report.say_as_it_is)
        self._unseen: list[Shown] = []
        self._said: set[Warned] = set()
        self._lock = threading.Lock()
        self._summary = Summary()
        self._summary_file = summary
        self._group = log_group(group) if group and mode == PLAIN else None

    def __call__(self, event: Event) -> None:
        """Show an event."""
        self._summary(event)
        if isinstance(event, Warned) and self._known(event):
            return
        if self._json is not None:
            if not isinstance(event, Exchange) or self._verbose:
                self._json(event)
            return
        match event:
            case Planned() | BlobStarted() | BlobProgress() | BlobFinished() | Reading():
                if self._mode != NONE:
                    self._show(event)
            case Warned():
                warn(f"{event.source} says: {event.text}" if event.source else event.text)
            case Retrying():
                if not self._quiet:
                    reason = event.reason if self._verbose else _short(event.reason)
                    say(f"Retrying in {event.delay:.1f} s: {printable(reason)}")
            case Exchange():
                if self._verbose:
                    self._log(event)

    def __enter__(self) -> Self:
        if self._group is not None:
            say(self._group.start)
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Remove what shows progress, and show the summary."""
        if self._display is not None:
            self._display.stop()
            report.show_above(None)
        if self._group is not None:
            say(self._group.end)
        if kind is None:
            self._sum_up()

    def _sum_up(self) -> None:
        if self._summary_file is not None and (text := self._summary.markdown):
            with self._summary_file.open("a", encoding="utf-8") as file:
                file.write(text)
        if self._json is not None:
            if values := self._summary.values:
                self._json.write(event="summary", **values)
        elif not self._quiet and (line := self._summary.line):
            say(printable(line))

    def _show(self, event: Shown) -> None:
        with self._lock:
            if self._display is None:
                self._unseen.append(event)
                if not isinstance(event, BlobStarted | Reading):
                    return
                self._display = self._started()
                return
        self._display(event)

    def _started(self) -> Display:
        """Return a display of all events up to now."""
        if self._mode == TTY:
            from pycrane._cli.terminal.progress import Bars  # most commands move nothing

            bars = Bars()
            report.show_above(bars.screen.cleared)
            for event in self._unseen:
                bars(event)
            bars.screen.draw()
            return bars
        from pycrane._cli.terminal.lines import Lines

        lines = Lines(lambda text: say(printable(text)))
        for event in self._unseen:
            lines(event)
        return lines

    def _known(self, event: Warned) -> bool:
        with self._lock:
            known = event in self._said
            self._said.add(event)
        return known

    def _log(self, event: Exchange) -> None:
        now = datetime.now().astimezone().isoformat(" ", "milliseconds")
        say("\n".join(f"{now} {printable(line)}" for line in event.lines))


def _short(reason: str) -> str:
    """Shorten requests to their hosts, and digests as bars show them."""
    return _DIGEST.sub(r"\1", _REQUEST.sub(r"\1", reason))

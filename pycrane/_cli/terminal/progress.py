"""Progress bars on standard error: one for each blob in transfer or reading, and one for the total."""

from __future__ import annotations

import sys
import threading
import time
from collections import deque
from collections.abc import Callable

from pycrane._cli.terminal.amounts import size_text, time_text
from pycrane._cli.terminal.modes import colours
from pycrane._cli.terminal.screen import Row, Screen
from pycrane._events import BlobFinished, BlobProgress, BlobStarted, Outcome, Planned, Reading
from pycrane._oci.descriptor import Descriptor

Shown = Planned | BlobStarted | BlobProgress | BlobFinished | Reading
"""Events that progress is made of."""

SHORT = 12  # hexadecimal digits of a digest, as Docker shows them
_WINDOW = 5.0  # seconds over which a rate is measured
_DAYS = 86400.0
_LEAST_BAR, _MOST_BAR = 8, 40
_DONE, _COLOUR_OFF = "\x1b[36m", "\x1b[0m"  # cyan: red and yellow are errors and warnings


class Task:
    """Progress of one thing: `done` of `total` bytes, and the rate of late."""

    def __init__(self, name: str, total: int | None, clock: Callable[[], float] = time.monotonic) -> None:
        self.name = name
        self.total = total
        self.done = 0
        self._clock = clock
        self._samples: deque[tuple[float, int]] = deque([(clock(), 0)])

    def reach(self, done: int) -> None:
        """Set how much is done. Bytes taken back begin a new measurement."""
        now = self._clock()
        if done < self.done:
            self._samples.clear()
        self.done = done
        self._samples.append((now, done))
        while len(self._samples) > 2 and self._samples[0][0] < now - _WINDOW:
            self._samples.popleft()

    @property
    def rate(self) -> float:
        """Bytes per second; 0 if nothing moved of late."""
        start, before = self._samples[0]
        seconds = self._clock() - start
        return (self.done - before) / seconds if seconds > 0 else 0.0

    @property
    def left(self) -> float | None:
        """Seconds left, None if that cannot be said, or is days."""
        rate = self.rate
        left = (self.total - self.done) / rate if self.total is not None and rate > 0 else _DAYS
        return left if left < _DAYS else None

    @property
    def whole(self) -> bool:
        """Whether all bytes are there, and something else is waited for."""
        return self.total is not None and self.done >= self.total


class Bars:
    """Draws events as progress bars until `stop`. May be called from several threads."""

    def __init__(self, screen: Screen | None = None, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._lock = threading.Lock()
        self._tasks: dict[str, Task] = {}
        self._moving: set[str] = set()
        self._total = Task("total", 0, clock)
        self._paint = _Paint(colours(terminal=True), sys.stderr.encoding or "ascii")
        self.screen = screen or Screen(self.rows)
        self.screen.start()

    def __call__(self, event: Shown) -> None:
        """Take in an event, to be drawn next time."""
        with self._lock:
            match event:
                case Planned():
                    self._total.total = (self._total.total or 0) + sum(
                        each.size for each in event.descriptors
                    )
                case BlobStarted():
                    self._begin(event.descriptor)
                case BlobProgress():
                    self._advance(event.descriptor, event.bytes)
                case BlobFinished():
                    self._end(event.descriptor, event.outcome)
                case Reading():
                    self._read(event)

    def rows(self, width: int) -> list[Row]:
        """Return the rows for a width."""
        with self._lock:
            rows = [
                self._paint.row(task, width, "waits for target" if name in self._moving else "")
                for name, task in self._tasks.items()
            ]
            if self._total.total:
                rows.append(self._paint.row(self._total, width, "" if self._tasks else "writing manifests"))
        return rows

    def stop(self) -> None:
        """Remove the bars."""
        self.screen.stop()

    def _begin(self, descriptor: Descriptor) -> None:
        name = str(descriptor.digest)
        if name not in self._moving:
            self._moving.add(name)
            self._tasks[name] = Task(descriptor.digest.encoded[:SHORT], descriptor.size, self._clock)

    def _advance(self, descriptor: Descriptor, count: int) -> None:
        self._total.reach(max(0, self._total.done + count))
        task = self._tasks.get(str(descriptor.digest))
        if task is not None:
            task.reach(max(0, task.done + count))

    def _end(self, descriptor: Descriptor, outcome: Outcome) -> None:
        if outcome is not Outcome.MOVED:
            self._total.reach(self._total.done + descriptor.size)
        self._moving.discard(str(descriptor.digest))
        self._tasks.pop(str(descriptor.digest), None)

    def _read(self, event: Reading) -> None:
        if event.name in self._moving:  # what moves is shown as such
            return
        if event.done:
            self._tasks.pop(event.name, None)
            return
        if event.name not in self._tasks:
            self._tasks[event.name] = Task(short_name(event.name), event.size, self._clock)
        self._tasks[event.name].reach(event.position)


def short_name(name: str) -> str:
    """Return the first digits of a digest, or the end of a path, as long as those."""
    algorithm, colon, encoded = name.partition(":")
    if colon and algorithm in ("sha256", "sha512"):
        return encoded[:SHORT]
    base = name.rstrip("/").rpartition("/")[2]
    return base if len(base) <= SHORT else f"{base[: SHORT - 1]}…"


class _Paint:
    """Rows for a width: name and bytes always, then a bar, then the rate, then the time that is left."""

    def __init__(self, colour: bool, encoding: str) -> None:
        self._colour = colour
        try:
            "━…".encode(encoding)
            self._full, self._empty = "━", "─"
        except UnicodeEncodeError:
            self._full, self._empty = "#", "-"

    def row(self, task: Task, width: int, waits: str) -> Row:
        """Return the row of a task; `waits` says what it waits for when its bytes are all there."""
        name = f"{task.name:<{SHORT}}"
        if task.whole and waits:
            return Row(f"{name} {waits}"[:width])
        text = f"{name} {_bytes(task):>15}"
        if len(text) > width:
            return Row(f"{name} {size_text(task.done):>8}"[:width])
        rate = f" {size_text(task.rate) + '/s':>10}" if width >= 60 else ""
        left = task.left
        time_left = f" {'' if left is None else time_text(left):>8}" if width >= 72 else ""
        room = min(width - len(text) - len(rate) - len(time_left) - 1, _MOST_BAR)
        if room < _LEAST_BAR or not task.total:
            return Row(text + rate + time_left)
        full = min(room, room * task.done // task.total)
        bar, rest = self._full * full, self._empty * (room - full)
        coloured = f"{_DONE}{bar}{_COLOUR_OFF}{rest}" if self._colour else bar + rest
        return Row(f"{text} {bar}{rest}{rate}{time_left}", f"{text} {coloured}{rate}{time_left}")


def _bytes(task: Task) -> str:
    return size_text(task.done) if task.total is None else f"{size_text(task.done)}/{size_text(task.total)}"

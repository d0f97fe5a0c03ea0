"""Progress as lines, for logs: only of work that takes long, and one every ten seconds."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable

from pycrane._cli.terminal.amounts import size_text, time_text
from pycrane._cli.terminal.progress import Shown, Task, short_name
from pycrane._events import BlobFinished, BlobProgress, BlobStarted, Planned, Reading

_LONG = 5.0  # seconds until the work on a blob counts as long
_EVERY = 10.0  # seconds between lines on all of it


class Lines:
    """Says how events go on, in lines, until `stop`. May be called from several threads."""

    def __init__(self, say: Callable[[str], None], clock: Callable[[], float] = time.monotonic) -> None:
        self._say = say
        self._clock = clock
        self._lock = threading.Lock()
        self._total = Task("total", 0, clock)
        self._tasks: dict[str, Task] = {}
        self._begun: dict[str, float] = {}
        self._said: set[str] = set()
        self._last = clock()
        self._stopped = threading.Event()
        self._thread = threading.Thread(target=self._tick_often, daemon=True)
        self._thread.start()

    def __call__(self, event: Shown) -> None:
        """Take in an event."""
        with self._lock:
            match event:
                case Planned():
                    self._total.total = (self._total.total or 0) + sum(
                        each.size for each in event.descriptors
                    )
                case BlobStarted():
                    self._begin(str(event.descriptor.digest), event.descriptor.size)
                case BlobProgress():
                    self._total.reach(max(0, self._total.done + event.bytes))
                    if task := self._tasks.get(str(event.descriptor.digest)):
                        task.reach(max(0, task.done + event.bytes))
                case BlobFinished():
                    self._end(str(event.descriptor.digest), event.outcome)
                case Reading():
                    self._read(event)

    def stop(self) -> None:
        """Say nothing more."""
        self._stopped.set()

    def tick(self) -> None:
        """Say what is due."""
        with self._lock:
            now = self._clock()
            for name, begun in self._begun.items():
                if name not in self._said and now - begun >= _LONG:
                    self._said.add(name)
                    self._say(f"{self._tasks[name].name}: {_state(self._tasks[name])}")
            if self._begun and now - self._last >= _EVERY:
                self._last = now
                if self._total.total:
                    self._say(f"total: {_state(self._total)}")
                else:
                    for task in self._tasks.values():
                        self._say(f"{task.name}: {_state(task)}")

    def _tick_often(self) -> None:
        while not self._stopped.wait(1.0):
            self.tick()

    def _begin(self, name: str, size: int | None) -> None:
        if name not in self._tasks:
            if not self._begun:
                self._last = self._clock()
            self._tasks[name] = Task(short_name(name), size, self._clock)
            self._begun[name] = self._clock()

    def _read(self, event: Reading) -> None:
        self._begin(event.name, event.size)
        self._tasks[event.name].reach(event.position)
        if event.done:
            self._end(event.name, "read")

    def _end(self, name: str, outcome: str) -> None:
        task, begun = self._tasks.pop(name, None), self._begun.pop(name, None)
        if task is not None and begun is not None and name in self._said:
            self._said.discard(name)
            self._say(f"{task.name}: {outcome}, {size_text(task.done)} in {time_text(self._clock() - begun)}")


def _state(task: Task) -> str:
    if task.whole:
        return f"{size_text(task.done)}, all bytes are read; waiting for the target"
    of = "" if task.total is None else f" of {size_text(task.total)}"
    left = task.left
    rest = "" if left is None else f", {time_text(left)} left"
    return f"{size_text(task.done)}{of}, {size_text(task.rate)}/s{rest}"

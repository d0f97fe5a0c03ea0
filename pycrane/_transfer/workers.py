"""A few threads that work in parallel. The first error stops the rest and is the one that is raised."""

from __future__ import annotations

import queue
import threading
import time
from collections.abc import Callable, Iterable
from typing import Generic, TypeVar

In = TypeVar("In")
Out = TypeVar("Out")

_GRACE = 0.3  # seconds that threads get to clean up after an interrupt


class Stopped(BaseException):
    """Raised inside a worker whose siblings failed or were interrupted and caught outside of it."""


class Workers:
    """At most `count` threads at a time for each `map`; the calling thread waits and can be interrupted."""

    def __init__(self, count: int) -> None:
        self.count = max(1, count)
        self._stop = threading.Event()

    def check(self) -> None:
        """Raise Stopped if the work is over because of an error elsewhere. Long work calls this often."""
        if self._stop.is_set():
            raise Stopped

    def map(self, work: Callable[[In], Out], inputs: Iterable[In]) -> list[Out]:
        """The results in the order of the inputs.

        Once one call raises, no further one begins; those under way are waited for, then the first error is
        raised. An interrupt does not wait long. One input is worked on in the calling thread.
        """
        tasks = list(inputs)
        if len(tasks) <= 1 or self.count == 1:
            return [work(each) for each in tasks]
        return _Run(work, tasks, self._stop).results(min(self.count, len(tasks)))


class _Run(Generic[In, Out]):
    def __init__(self, work: Callable[[In], Out], tasks: list[In], stop: threading.Event) -> None:
        self.work = work
        self.left: queue.SimpleQueue[tuple[int, In]] = queue.SimpleQueue()
        for task in enumerate(tasks):
            self.left.put(task)
        self.done: dict[int, Out] = {}
        self.errors: list[BaseException] = []
        self.stop = stop

    def results(self, count: int) -> list[Out]:
        # Daemons: a thread that hangs in a read must not keep an interrupted program alive.
        threads = [threading.Thread(target=self.loop, daemon=True) for _ in range(count)]
        try:
            for thread in threads:
                thread.start()
            for thread in threads:
                thread.join()
        except BaseException:
            self.stop.set()
            end = time.monotonic() + _GRACE
            for thread in threads:
                if thread.ident is not None:
                    thread.join(max(0.0, end - time.monotonic()))
            raise
        if self.errors:
            raise self.errors[0]
        return [self.done[number] for number in sorted(self.done)]

    def loop(self) -> None:
        while not self.stop.is_set():
            try:
                number, each = self.left.get_nowait()
            except queue.Empty:
                return
            try:
                self.done[number] = self.work(each)
            except BaseException as error:
                self.errors.append(error)
                self.stop.set()

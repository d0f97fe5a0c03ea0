"""Threads that work in parallel. The first error stops the rest of its work and is the one that is raised."""

from __future__ import annotations

import queue
import threading
import time
from collections.abc import Callable, Iterable
from typing import Generic, TypeVar

from pycrane._io.process import renew_in_child

In = TypeVar("In")
Out = TypeVar("Out")

DEFAULT_JOBS = 4
_SIGNALS = 0.2  # seconds in which an interrupt is noticed at the latest
_GRACE = 0.3  # seconds that threads get to clean up after an interrupt


class Stopped(BaseException):
    """Raised inside a worker whose siblings failed or were interrupted and caught outside of it."""


class Stop:
    """Flag of one piece of work, set when a part of it fails or it is interrupted."""

    def __init__(self) -> None:
        self._event = threading.Event()

    def set(self) -> None:
        """Stop all parts of the work."""
        self._event.set()

    def is_set(self) -> bool:
        """Return whether the work is over because of an error."""
        return self._event.is_set()

    def check(self) -> None:
        """Raise Stopped if the work is over because of an error. Long work calls this often."""
        if self._event.is_set():
            raise Stopped


class Workers:
    """Workers of a client: at most `count` tasks at a time, of all that any thread gives to `map`.

    Work that is given to `map` by a worker is done by that worker.
    """

    def __init__(self, count: int = DEFAULT_JOBS) -> None:
        self.count = max(1, count)
        self.renew()
        renew_in_child(self)

    def renew(self) -> None:
        """Have all workers free."""
        self._free = threading.BoundedSemaphore(self.count)
        self._here = threading.local()

    def map(
        self, work: Callable[[In], Out], inputs: Iterable[In], /, *, stop: Stop | None = None
    ) -> list[Out]:
        """Return the results in the order of the inputs. One input is worked on in the calling thread.

        Once one call raises, `stop` is set and no further call begins; those under way are waited for, then
        the first error is raised. An interrupt does not wait long.
        """
        tasks = list(inputs)
        if len(tasks) <= 1 or self.count == 1 or getattr(self._here, "works", False):
            return [work(each) for each in tasks]

        def worked(each: In) -> Out:
            self._here.works = True
            with self._free:
                return work(each)

        return _Run(worked, tasks, stop or Stop()).results(min(self.count, len(tasks)))


class _Run(Generic[In, Out]):
    def __init__(self, work: Callable[[In], Out], tasks: list[In], stop: Stop) -> None:
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
                # A signal that comes just before a wait, or to another thread, does not end the wait.
                while thread.is_alive():
                    thread.join(_SIGNALS)
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

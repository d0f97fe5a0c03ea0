"""Once: results that are made once for each key, however many threads ask."""

from __future__ import annotations

from collections.abc import Callable, Hashable
from concurrent.futures import Future
from typing import Generic, TypeVar

from pycrane._io.process import ForkLock

Key = TypeVar("Key", bound=Hashable)
Result = TypeVar("Result")


class Once(Generic[Key, Result]):
    """Results by key. The first thread to ask makes the result, others wait for it. Thread-safe."""

    def __init__(self) -> None:
        self._lock = ForkLock()
        self._made: dict[Key, Future[Result]] = {}

    def get(self, key: Key, make: Callable[[], Result]) -> tuple[Result, bool]:
        """Return the result for a key, and whether this call made it.

        An error of `make` is raised in all threads that wait for it; the next one to ask tries again.
        """
        with self._lock:
            future = self._made.get(key)
            mine = future is None
            if future is None:
                future = self._made[key] = Future()
        if mine:
            try:
                future.set_result(make())
            except BaseException as error:
                with self._lock:
                    del self._made[key]
                future.set_exception(error)
                raise
        return future.result(), mine

"""Bound on what requests have in hand together, in bytes."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager


class Budget:
    """Bytes that threads may use at once. They wait for their share in the order in which they came."""

    def __init__(self, size: int) -> None:
        self._left = self._size = size
        self._order = threading.Lock()
        self._changed = threading.Condition()

    @contextmanager
    def share(self, size: int) -> Iterator[None]:
        """Use `size` bytes, or all there are if that is less; wait until they are free."""
        size = min(size, self._size)
        with self._order, self._changed:
            self._changed.wait_for(lambda: self._left >= size)
            self._left -= size
        try:
            yield
        finally:
            with self._changed:
                self._left += size
                self._changed.notify()

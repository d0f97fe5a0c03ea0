"""Rows at the bottom of a terminal that are drawn again and again, below all that is printed meanwhile."""

from __future__ import annotations

import os
import sys
import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from typing import TextIO

_INTERVAL = 0.1  # seconds between two drawings
_HIDE, _SHOW, _UP, _ERASE = "\x1b[?25l", "\x1b[?25h", "\x1b[{}A", "\x1b[J"
_NARROWEST = 20


class Row:
    """One row: its text, as wide as it is shown, with the escapes of colours apart."""

    def __init__(self, text: str, painted: str | None = None) -> None:
        self.text = text
        self.painted = text if painted is None else painted


class Screen:
    """Draws the rows that `rows` gives for a width, from `start` until `stop`. Thread-safe."""

    def __init__(
        self,
        rows: Callable[[int], Sequence[Row]],
        stream: TextIO | None = None,
        size: Callable[[], os.terminal_size] | None = None,
    ) -> None:
        self._rows = rows
        self._stream = stream or sys.stderr
        self._size = size or self._terminal_size
        self._drawn: Sequence[Row] = ()
        self._lock = threading.RLock()
        self._stopped = threading.Event()
        self._thread = threading.Thread(target=self._draw_often, daemon=True)

    def start(self) -> None:
        """Begin to draw."""
        self._write(_HIDE)
        self._thread.start()

    def stop(self) -> None:
        """Remove the rows, once and for all."""
        if self._stopped.is_set():
            return
        self._stopped.set()
        with self._lock:
            self._write(self._erased() + _SHOW)

    def draw(self) -> None:
        """Draw the rows as they are now."""
        with self._lock:
            if self._stopped.is_set():
                return
            columns, lines = self._size()
            width = max(columns - 1, _NARROWEST)  # a full last column would wrap in some terminals
            rows = list(self._rows(width))[: max(lines - 1, 1)]
            erased = self._erased()
            self._drawn = rows
            self._write(erased + "".join(f"{row.painted}\n" for row in rows))

    @contextmanager
    def cleared(self) -> Iterator[None]:
        """Remove the rows while something else is printed."""
        with self._lock:
            self._write(self._erased())
            try:
                yield
            finally:
                self.draw()

    def _erased(self) -> str:
        """Return what removes the rows. They take more lines after the terminal became narrower."""
        columns = max(self._size()[0], 1)
        lines = sum(max(1, -(-len(row.text) // columns)) for row in self._drawn)
        self._drawn = ()
        return f"\r{_UP.format(lines)}{_ERASE}" if lines else ""

    def _draw_often(self) -> None:
        while not self._stopped.wait(_INTERVAL):
            self.draw()

    def _write(self, text: str) -> None:
        with suppress(OSError, ValueError):
            self._stream.write(text)
            self._stream.flush()

    def _terminal_size(self) -> os.terminal_size:
        """Return the size, that of most terminals where none is told."""
        with suppress(OSError, ValueError):
            columns, lines = os.get_terminal_size(self._stream.fileno())
            return os.terminal_size((columns or 80, lines or 24))
        return os.terminal_size((80, 24))

"""Standard output: all bytes exactly as given, or an error that says why not."""

from __future__ import annotations

import os
import select
from contextlib import nullcontext

from pycrane._cli.terminal.report import above, printable
from pycrane._errors import PycraneError

_STDOUT = 1
_BATCH = 64 * 1024


class OutputError(PycraneError):
    """Standard output cannot be written: the reader has closed it, or the disk is full."""


class StandardOutput:
    """Buffered standard output; a terminal is not buffered."""

    def __init__(self, descriptor: int = _STDOUT) -> None:
        self._descriptor = descriptor
        self._pending = bytearray()
        self._batch = 0 if os.isatty(descriptor) else _BATCH

    @property
    def terminal(self) -> bool:
        """Whether it is a terminal."""
        return os.isatty(self._descriptor)

    def write(self, data: bytes) -> None:
        """Write bytes. Raises OutputError, perhaps for bytes written earlier."""
        self._pending += data
        if len(self._pending) >= self._batch:
            self.flush()

    def line(self, text: object) -> None:
        """Write a line of text; control characters are written as escapes."""
        self.write(f"{printable(str(text))}\n".encode())

    def flush(self) -> None:
        """Write everything that is buffered. Raises OutputError."""
        pending, self._pending = self._pending, bytearray()
        with above() if pending and not self._batch else nullcontext(), memoryview(pending) as view:
            done = 0
            while done < len(view):
                done += self._write(view[done:])

    def _write(self, data: memoryview) -> int:
        try:
            return os.write(self._descriptor, data)
        except BlockingIOError:  # the parent process may have made the stream non-blocking
            select.select([], [self._descriptor], [])
            return 0
        except OSError as error:
            raise OutputError(f"writing to standard output: {error.strerror}") from error


stdout = StandardOutput()

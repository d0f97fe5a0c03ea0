"""Standard output: exactly the bytes given, all of them, or an error that says why not."""

from __future__ import annotations

import os

from pycrane._errors import PycraneError

_STDOUT = 1
_BATCH = 64 * 1024


class OutputError(PycraneError):
    """Standard output cannot be written: the reader has gone, or the disk is full."""


class StandardOutput:
    """What is written is kept until it is worth a system call, a terminal gets it at once."""

    def __init__(self, descriptor: int = _STDOUT) -> None:
        self._descriptor = descriptor
        self._pending = bytearray()
        self._batch = 0 if os.isatty(descriptor) else _BATCH

    @property
    def terminal(self) -> bool:
        """Whether a person reads it."""
        return os.isatty(self._descriptor)

    def write(self, data: bytes) -> None:
        """Take bytes. Raises OutputError, perhaps for bytes that were taken before."""
        self._pending += data
        if len(self._pending) >= self._batch:
            self.flush()

    def line(self, text: object) -> None:
        """Take a line of text; characters that could steer a terminal are written as escapes."""
        from pycrane._cli.terminal.report import printable

        self.write(f"{printable(str(text))}\n".encode())

    def flush(self) -> None:
        """Write all that was taken. Raises OutputError."""
        pending, self._pending = self._pending, bytearray()
        with memoryview(pending) as view:
            done = 0
            while done < len(view):
                done += self._write(view[done:])

    def _write(self, data: memoryview) -> int:
        try:
            return os.write(self._descriptor, data)
        except BlockingIOError:  # whoever started the program may have made the stream non-blocking
            import select

            select.select([], [self._descriptor], [])
            return 0
        except OSError as error:
            raise OutputError(f"writing to standard output: {error.strerror}") from error


stdout = StandardOutput()

"""Open files read by position, as often as wanted: the user's own, and temporary ones without a name."""

from __future__ import annotations

import os
import tempfile
import weakref
from pathlib import Path
from typing import BinaryIO

from pycrane._errors import LayerError, PycraneError
from pycrane._io.stream import ByteStream


class HeldFile:
    """An open regular file that `what` names in errors.

    It is closed by `close`, or when neither it nor a stream of it is referred to any more.
    """

    def __init__(self, file: BinaryIO, what: str) -> None:
        self._file = file
        self._what = what
        weakref.finalize(self, file.close)

    def open(self) -> ByteStream:
        """All bytes that are there now, from the first. Several such streams may be open at once."""
        return _PositionStream(self, self.size(), self._what)

    def fileno(self) -> int:
        """Number of the open file. Raises LayerError if it is closed."""
        try:
            return self._file.fileno()
        except ValueError as error:
            raise LayerError(f"{self._what} is closed") from error

    def size(self) -> int:
        """Bytes that are there now. Raises LayerError if it is closed."""
        return os.fstat(self.fileno()).st_size

    def close(self) -> None:
        """Let the file go; a temporary one is gone then."""
        self._file.close()


class Spool(HeldFile):
    """A temporary file. Nothing is left of it, however the program ends: it has no name.

    It lies in `directory`, or where temporary files go. Raises PycraneError if it cannot be made or written.
    """

    def __init__(self, what: str, folder: Path | None = None) -> None:
        self._where = f"a temporary copy of {what}"
        self._hint = "TMPDIR says where it goes" if folder is None else None
        try:
            super().__init__(tempfile.TemporaryFile(dir=folder, buffering=0), what)  # noqa: SIM115
        except OSError as error:
            raise self._unwritable(error) from error

    def write(self, data: bytes) -> None:
        """Put these bytes after what is there."""
        left = memoryview(data)
        while left:
            try:
                left = left[self._file.write(left) :]
            except OSError as error:
                raise self._unwritable(error) from error

    def _unwritable(self, error: OSError) -> PycraneError:
        text = f"could not write {self._where}: {error.strerror or error}"
        return PycraneError(text, hint=self._hint)


class SpooledStream:
    """A stream whose bytes are put into a spool while they are read. Closes the stream it wraps."""

    def __init__(self, stream: ByteStream, spool: Spool) -> None:
        self._stream = stream
        self._spool = spool

    def read(self, size: int = -1, /) -> bytes:
        """Up to `size` bytes, all that is left with -1."""
        data = self._stream.read(size)
        self._spool.write(data)
        return data

    def close(self) -> None:
        """Close the wrapped stream; the spool stays."""
        self._stream.close()


class _PositionStream:
    def __init__(self, file: HeldFile, size: int, what: str) -> None:
        self._file = file
        self._at, self._end = 0, size
        self._what = what

    def read(self, size: int = -1, /) -> bytes:
        left = self._end - self._at
        try:
            data = os.pread(self._file.fileno(), left if size < 0 else min(size, left), self._at)
        except OSError as error:
            raise LayerError(f"could not read {self._what}: {error.strerror}") from error
        self._at += len(data)
        return data

    def close(self) -> None:
        """Nothing: the file's owner closes it."""

"""A file, pipe or standard input as a file that is read by position: decompressed, copied if it must be."""

from __future__ import annotations

import os
import stat
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import IO

from pycrane._errors import ArchiveError
from pycrane._io.files import FileStream, copy, reading, writing
from pycrane._io.stream import CHUNK, ByteStream
from pycrane._layers.compression.decompress import open_decompressed
from pycrane._layers.compression.kinds import MAGIC_LENGTH, Compression, sniff
from pycrane._limits import DEFAULT_LIMITS, Limits

_OTHER_COMPRESSIONS = {b"\xfd7zX": "xz", b"BZh": "bzip2"}


@dataclass(frozen=True, slots=True)
class InputFile:
    """An open file, its size in bytes, and its name for errors."""

    fd: int
    size: int
    what: str


@contextmanager
def open_input(path: Path | None, limits: Limits = DEFAULT_LIMITS) -> Iterator[InputFile]:
    """A file (None: standard input) for reading by position while the context lasts.

    What is compressed or cannot be read by position is copied, decompressed, into a temporary file.

    Raises:
        ArchiveError: it cannot be opened or read, or is compressed in a way that pycrane does not know.
        PycraneError: it cannot be decompressed or copied.
    """
    what = "standard input" if path is None else str(path)
    fd = _open(path, what)
    try:
        status = os.fstat(fd)
        if _is_readable_by_position(fd, status):
            whole = FileStream(fd, 0, status.st_size, what)
            head = FileStream(fd, 0, status.st_size, what).read(MAGIC_LENGTH)
            _reject_other_compressions(head, what)
            if sniff(head) is Compression.NONE:
                yield InputFile(fd, status.st_size, what)
                return
            source: ByteStream = whole
        else:
            source = _Pipe(fd, what)
        with _temporary(what) as file:
            copy(open_decompressed(source, limits, what), file, f"a temporary copy of {what}")
            yield InputFile(file.fileno(), file.tell(), what)
    finally:
        if path is not None:
            os.close(fd)


def _temporary(what: str) -> IO[bytes]:
    with writing(f"a temporary copy of {what}"):
        return tempfile.TemporaryFile()


def _open(path: Path | None, what: str) -> int:
    try:
        return sys.stdin.fileno() if path is None else os.open(path, os.O_RDONLY | os.O_CLOEXEC)
    except (OSError, ValueError, AttributeError) as error:
        # Python has no sys.stdin, or a closed one, where the program was started without.
        reason = error.strerror if isinstance(error, OSError) else None
        raise ArchiveError(f"could not open {what}: {reason or 'it is closed'}") from error


def _is_readable_by_position(fd: int, status: os.stat_result) -> bool:
    return stat.S_ISREG(status.st_mode) and os.lseek(fd, 0, os.SEEK_CUR) == 0


def _reject_other_compressions(head: bytes, what: str) -> None:
    for magic, name in _OTHER_COMPRESSIONS.items():
        if head.startswith(magic):
            raise ArchiveError(f"{what} is compressed with {name}", hint=f"decompress it with {name} -d")


class _Pipe:
    """An open file that can only be read front to back."""

    def __init__(self, fd: int, what: str) -> None:
        self._fd = fd
        self._what = what

    def read(self, size: int = -1, /) -> bytes:
        if size < 0:
            return b"".join(iter(lambda: self.read(CHUNK), b""))
        with reading(self._what):
            return os.read(self._fd, size)

    def close(self) -> None:
        """Nothing: the file belongs to who opened it."""

"""A file, pipe or standard input as a file that is read by position: decompressed, copied if it must be."""

from __future__ import annotations

import os
import stat
import sys
import weakref
from collections.abc import Callable
from contextlib import ExitStack, closing
from functools import partial
from pathlib import Path

from pycrane._errors import ArchiveError
from pycrane._io.files import FileStream, reading
from pycrane._io.spool import Spool, SpooledStream
from pycrane._io.stream import CHUNK, ByteStream, drain
from pycrane._layers.compression.decompress import open_unpacked
from pycrane._layers.compression.kinds import ARCHIVE_MAGIC_LENGTH, Compression, sniff_archive
from pycrane._limits import DEFAULT_LIMITS, Limits


class InputFile:
    """An open file, its size in bytes, and its name for errors.

    It is closed by `close`, or when nothing refers to it any more: streams of it do, and so it lives as long
    as the last view or stream.
    """

    def __init__(self, fd: int, size: int, what: str, release: Callable[[], object]) -> None:
        self.fd = fd
        self.size = size
        self.what = what
        self._release = weakref.finalize(self, release)

    @property
    def closed(self) -> bool:
        """Whether it is closed; its number may then be that of another file."""
        return not self._release.alive

    def open(self, offset: int, size: int, what: str) -> FileStream:
        """A part of it as a stream that `what` names in errors. Raises ArchiveError if it is closed."""
        if self.closed:
            raise ArchiveError(f"{self.what} is closed")
        return FileStream(self.fd, offset, size, what, holder=self)

    def close(self) -> None:
        """Close the file. May be called twice."""
        self._release()


class ArchiveFiles:
    """The open file of an archive and the temporary files of its layers. What its views read refers to it."""

    def __init__(self, file: InputFile) -> None:
        self.what = file.what
        self._file = file
        self._spools: list[Spool] = []

    def spool(self, what: str) -> Spool:
        """A new temporary file. Raises PycraneError if it cannot be made."""
        spool = Spool(what)
        self._spools.append(spool)
        return spool

    def close(self) -> None:
        """Close all files. May be called twice."""
        self._file.close()
        for spool in self._spools:
            spool.close()


def spooled(stream: ByteStream, what: str) -> InputFile:
    """All of a stream in a temporary file, which the caller closes. The stream is closed.

    Raises PycraneError if the file cannot be written; what the stream itself raises passes through.
    """
    with ExitStack() as undo:
        spool = Spool(what)
        undo.callback(spool.close)
        with closing(SpooledStream(stream, spool)) as copied:
            drain(copied)
        undo.pop_all()
        return InputFile(spool.fileno(), spool.size(), what, spool.close)


def open_input(path: Path | None, limits: Limits = DEFAULT_LIMITS) -> InputFile:
    """A file (None: standard input) for reading by position. The caller closes it.

    A compressed file, or one that cannot be read by position, is copied, decompressed, into a temporary file.

    Raises:
        ArchiveError: it cannot be opened or read.
        PycraneError: it cannot be decompressed or copied.
    """
    what = "standard input" if path is None else str(path)
    with ExitStack() as stack:
        fd = _open(path, what)
        if path is not None:
            stack.callback(os.close, fd)
        status = os.fstat(fd)
        if not _is_readable_by_position(fd, status):
            return spooled(open_unpacked(_Pipe(fd, what), limits, what), what)
        whole = partial(FileStream, fd, 0, status.st_size, what)
        if sniff_archive(whole().read(ARCHIVE_MAGIC_LENGTH)) is Compression.NONE:
            return InputFile(fd, status.st_size, what, stack.pop_all().close)
        return spooled(open_unpacked(whole(), limits, what), what)


def _open(path: Path | None, what: str) -> int:
    try:
        return sys.stdin.fileno() if path is None else os.open(path, os.O_RDONLY | os.O_CLOEXEC)
    except (OSError, ValueError, AttributeError) as error:
        # Python has no sys.stdin, or a closed one, where the program was started without.
        reason = error.strerror if isinstance(error, OSError) else None
        raise ArchiveError(f"could not open {what}: {reason or 'it is closed'}") from error


def _is_readable_by_position(fd: int, status: os.stat_result) -> bool:
    return stat.S_ISREG(status.st_mode) and os.lseek(fd, 0, os.SEEK_CUR) == 0


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
        """Nothing: the caller closes the file."""

"""Bytes in files: opened without surprises, read by position, copied with the file named in errors."""

from __future__ import annotations

import os
import stat
import weakref
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Protocol

from pycrane._errors import ArchiveError, PycraneError
from pycrane._io.stream import CHUNK, ByteStream, drain
from pycrane._io.verified import VerifiedStream
from pycrane._oci.descriptor import Descriptor


class Holder(Protocol):
    """Owner of an open file. Once it is closed, the file's number may be that of another file."""

    @property
    def closed(self) -> bool:
        """Whether the file was closed."""
        ...


class FileStream:
    """A part of an open file as a stream. Several may read one file at once: each keeps its own position.

    `what` names the file in errors. The file is closed with the stream if the stream owns it; else `holder`
    closes it, is kept as long as the stream, and ends it.
    """

    def __init__(
        self,
        fd: int,
        offset: int,
        size: int,
        what: str,
        *,
        owned: bool = False,
        holder: Holder | None = None,
    ) -> None:
        self._fd = fd
        self._offset = offset
        self._left = size
        self._what = what
        # A stream that its reader forgets must not cost an open file for good.
        self._release = weakref.finalize(self, os.close, fd) if owned else None
        self._holder = holder
        self._closed = False

    def read(self, size: int = -1, /) -> bytes:
        """Up to `size` bytes, all that is left with -1. Raises ArchiveError if the file cannot be read."""
        if size < 0:
            return b"".join(iter(lambda: self.read(CHUNK), b""))
        if self._closed or (self._holder is not None and self._holder.closed):
            raise ArchiveError(f"{self._what} was closed while it was being read")
        with reading(self._what):
            data = os.pread(self._fd, min(size, self._left), self._offset)
        self._offset += len(data)
        self._left -= len(data)
        return data

    def close(self) -> None:
        """Close the file if it is owned. May be called twice."""
        if self._release is not None:
            self._release()
        self._closed = True


class Writer(Protocol):
    """Target of written bytes: an open file, buffered or not."""

    def write(self, data: memoryview, /) -> int | None:
        """Write some of `data`, and say how many bytes."""
        ...

    def flush(self) -> object:
        """Hand on what is held back."""
        ...


def open_regular(path: Path, what: str, *, follow: bool = False) -> FileStream:
    """A file as a stream that owns it. `what` names it in errors; `follow` allows a symbolic link.

    Raises:
        ArchiveError: it is not there, cannot be opened, or is not a regular file.
    """
    # Without O_NONBLOCK, opening a pipe without a writer would hang.
    flags = os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC | (0 if follow else os.O_NOFOLLOW)
    try:
        # Asked before too: there are devices that act on being opened.
        _check_regular(path.stat(follow_symlinks=follow), what)
        fd = os.open(path, flags)
    except OSError as error:
        raise ArchiveError(f"could not open {what}: {error.strerror}") from error
    status = os.fstat(fd)
    stream = FileStream(fd, 0, status.st_size, what, owned=True)
    try:
        _check_regular(status, what)
    except ArchiveError:
        stream.close()
        raise
    return stream


def open_verified(path: Path, descriptor: Descriptor, what: str, *, follow: bool = False) -> FileStream:
    """A regular file of which no byte may be used before all are verified: it is read twice.

    Raises:
        ArchiveError: as `open_regular` does.
        IntegrityError: it is not what the descriptor says.
    """
    with closing(VerifiedStream(open_regular(path, what, follow=follow), descriptor)) as stream:
        drain(stream)
    return open_regular(path, what, follow=follow)


def leads_out(path: Path, directory: Path) -> bool:
    """Whether a path below a directory leads out of it, by a link in any of its parts."""
    return not Path(os.path.realpath(path)).is_relative_to(os.path.realpath(directory))


def _check_regular(status: os.stat_result, what: str) -> None:
    if stat.S_ISLNK(status.st_mode):
        raise ArchiveError(f"{what} is a symbolic link, expected a file")
    if not stat.S_ISREG(status.st_mode):
        raise ArchiveError(f"{what} is not a regular file")


def read_bounded(stream: ByteStream, limit: int, what: str) -> bytes:
    """All bytes of a small stream, which is closed. Raises ArchiveError if there are more than `limit`."""
    with closing(stream):
        parts, left = [], limit + 1
        while left and (data := stream.read(min(left, CHUNK))):
            parts.append(data)
            left -= len(data)
    if not left:
        raise ArchiveError(f"{what} is larger than {limit} bytes")
    return b"".join(parts)


def copy(stream: ByteStream, out: Writer, where: str) -> None:
    """Write all of a stream, and leave it open. Raises PycraneError naming `where` if it cannot be written.

    What the stream itself raises passes through.
    """
    while data := stream.read(CHUNK):
        with writing(where):
            write_all(out, data)
    with writing(where):
        out.flush()


def write_all(out: Writer, data: bytes | bytearray | memoryview) -> None:
    """Write all of `data`, however little is taken at a time. Raises OSError."""
    left = memoryview(data)
    while left:
        left = left[out.write(left) :]


@contextmanager
def reading(what: str) -> Iterator[None]:
    """Turn what the file system refuses into an ArchiveError that names `what`."""
    try:
        yield
    except OSError as error:
        raise ArchiveError(f"could not read {what}: {error.strerror or error}") from error


@contextmanager
def writing(where: str) -> Iterator[None]:
    """Turn what the file system refuses into a PycraneError that names `where`."""
    try:
        yield
    except OSError as error:
        raise unwritable(where, error) from error


def unwritable(where: str, error: OSError) -> PycraneError:
    """The error to raise when `where` cannot be written."""
    return PycraneError(f"could not write {where}: {error.strerror or error}")

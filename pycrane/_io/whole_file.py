"""Files that appear when they are whole: a temporary name in the same directory, then a rename."""

from __future__ import annotations

import os
import secrets
import stat
import sys
import tempfile
from contextlib import closing, suppress
from io import FileIO
from pathlib import Path
from types import TracebackType
from typing import Self

from pycrane._errors import PycraneError
from pycrane._io.files import copy, open_regular, write_all, writing

TEMPORARY = ".pycrane-"
"""The beginning of temporary names."""
STANDARD_OUTPUT = Path("/dev/stdout")
"""The name of standard output where a path is wanted."""


class WholeFile:
    """A file that is written in any order and takes its name when the context is left without an error.

    Until then, and after an error, what was at `path` is untouched. A file that replaces another keeps its
    mode; `mode` is that of a new one, less the umask. A `private` file has exactly `mode`, and the owner of
    the file that it replaces. What is `durable` is on the disk before it is renamed.

    Raises, in all that it does:
        PycraneError: it cannot be written.
    """

    def __init__(
        self, path: Path, mode: int = 0o666, *, private: bool = False, durable: bool = False
    ) -> None:
        self.name = str(path)
        self._path = path
        self._mode = mode
        self._private = private
        self._durable = durable
        self._temporary = _beside(path)

    @property
    def folder(self) -> Path:
        """Directory that holds the bytes until the file is whole, with room for more of them."""
        return self._temporary.parent

    def reserve(self, size: int) -> None:
        """Make the file `size` bytes long, all zero. Raises PycraneError if they cannot fit."""
        with writing(self.name):
            room = os.statvfs(self._temporary)
            free = room.f_bavail * room.f_frsize
            if room.f_blocks and free < size:
                raise PycraneError(f"could not write {self.name}: it needs {size} bytes and {free} are free")
            os.truncate(self._temporary, size)

    def writer(self, offset: int = 0) -> FileIO:
        """A writer from `offset` on, its own for each thread. The caller closes it."""
        with writing(self.name):
            # Without a buffer nothing is left to be written, and to fail, when it is closed.
            out = self._temporary.open("r+b", buffering=0)
            out.seek(offset)
        return out

    def write(self, data: bytes, offset: int = 0) -> None:
        """Write some bytes at an offset."""
        with writing(self.name), self.writer(offset) as out:
            write_all(out, data)

    def __enter__(self) -> Self:
        with writing(self.name):
            self._create()
        return self

    def _create(self) -> None:
        """Create the temporary file. It is never readable for more users than the finished file."""
        replaced = None if self._private else _regular_mode(self._path)
        fd = _open_new(self._temporary, self._mode if replaced is None else self._mode & replaced)
        try:
            if self._private:
                _keep_owner(self._path, fd)
                os.fchmod(fd, self._mode)
            elif replaced is not None:
                os.fchmod(fd, replaced)
        finally:
            os.close(fd)

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if kind is None:
            self.finish()
        else:
            self.discard()

    def finish(self) -> None:
        """Give the file its name; or, if that fails, raise PycraneError and leave nothing of it."""
        try:
            with writing(self.name):
                self._finish()
        finally:
            self.discard()

    def discard(self) -> None:
        """Leave nothing of the file, unless it has its name already."""
        self._temporary.unlink(missing_ok=True)

    def _finish(self) -> None:
        if self._durable:
            with self._temporary.open("rb") as file:
                os.fsync(file.fileno())
        self._temporary.replace(self._path)


class CopiedFile(WholeFile):
    """Output to what cannot be replaced by a rename: a device, a pipe, standard output (`path` None).

    Its bytes lie in the directory for temporary files, readable for their owner only, and are copied once
    all are there.
    """

    def __init__(self, path: Path | None) -> None:
        super().__init__(Path(tempfile.gettempdir()) / "pycrane", 0o600)
        self.name = "standard output" if path is None else str(path)
        self._target = path

    def _create(self) -> None:
        # Nothing in the directory for temporary files is replaced, so no file in it lends its mode or owner.
        os.close(_open_new(self._temporary, self._mode))

    def _finish(self) -> None:
        with closing(open_regular(self._temporary, self.name)) as stream:
            if self._target is not None:
                with self._target.open("wb", buffering=0) as out:
                    copy(stream, out, self.name)
            elif sys.stdout is None:
                raise PycraneError(f"could not write {self.name}: it is closed")
            else:
                copy(stream, sys.stdout.buffer, self.name)


def open_output(path: Path | None, mode: int = 0o666) -> WholeFile:
    """The file that was named for output, None for standard output.

    A symbolic link stays, and the file that it points to is replaced. `mode` is that of a new file, less
    the umask.

    Raises:
        PycraneError: it cannot be written.
    """
    if path is None or path == STANDARD_OUTPUT:
        return CopiedFile(None)
    with writing(str(path)):
        if path.is_dir():
            raise PycraneError(f"could not write {path}: it is a directory, expected a file")
        # The links in /dev/fd lead to pipes by names that cannot be opened, so they are not resolved.
        if path.exists() and not path.is_file():
            return CopiedFile(path)
        return WholeFile(Path(os.path.realpath(path)), mode)


def write_whole(
    path: Path, data: bytes, mode: int = 0o666, *, private: bool = False, durable: bool = False
) -> None:
    """Write a small file, whole or not at all. Raises PycraneError if it cannot be written."""
    with WholeFile(path, mode, private=private, durable=durable) as file:
        file.write(data)


def link_whole(source: Path, target: Path) -> None:
    """Give a file one more name, a hard link, in place of a file that has the name. Raises OSError."""
    temporary = _beside(target)
    temporary.hardlink_to(source)
    try:
        temporary.replace(target)
    finally:
        # A rename between two names of one file leaves both.
        temporary.unlink(missing_ok=True)


def _beside(path: Path) -> Path:
    """A temporary name in the directory of a file."""
    return path.with_name(f"{TEMPORARY}{secrets.token_hex(8)}.tmp")


def _open_new(path: Path, mode: int) -> int:
    """Create a file that does not exist yet, and open it."""
    return os.open(path, os.O_RDWR | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, mode)


def _regular_mode(path: Path) -> int | None:
    """Permissions of a regular file; None if there is no file, or one of another kind."""
    try:
        status = path.lstat()
    except FileNotFoundError:
        return None
    return stat.S_IMODE(status.st_mode) if stat.S_ISREG(status.st_mode) else None


def _keep_owner(path: Path, fd: int) -> None:
    """Leave a user's file to the user when root writes it."""
    with suppress(OSError):
        old, new = path.stat(), os.fstat(fd)
        if stat.S_ISREG(old.st_mode) and (old.st_uid, old.st_gid) != (new.st_uid, new.st_gid):
            os.fchown(fd, old.st_uid, old.st_gid)

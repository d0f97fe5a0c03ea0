"""Locks on directories, between threads and processes (flock)."""

from __future__ import annotations

import fcntl
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from pycrane._io.files import unwritable, writing


@contextmanager
def locked(folder: Path, *, required: bool = False) -> Iterator[None]:
    """Hold the lock of a directory; other writers wait. Where its file system has no locks none is held.

    Raises:
        PycraneError: the directory cannot be opened; or it cannot be locked and the lock is `required`.
    """
    with writing(str(folder)):
        fd = os.open(folder, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    try:
        try:
            fcntl.flock(fd, fcntl.LOCK_EX)
        except OSError as error:
            if required:
                raise unwritable(str(folder), error) from error
        yield
    finally:
        os.close(fd)

"""Locks on directories, between threads and processes (flock)."""

from __future__ import annotations

import fcntl
import os
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from pycrane._io.files import writing


@contextmanager
def locked(folder: Path) -> Iterator[None]:
    """Hold the lock of a directory, where its file system has locks; other writers wait."""
    with writing(str(folder)):
        fd = os.open(folder, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    try:
        with suppress(OSError):
            fcntl.flock(fd, fcntl.LOCK_EX)
        yield
    finally:
        os.close(fd)

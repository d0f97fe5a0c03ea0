"""Reading the bytes of a credentials file, bounded in size and in waiting."""

from __future__ import annotations

import os
import select
import stat
import time
from pathlib import Path

from pycrane._errors import CredentialsError
from pycrane._limits import Limits

_CHUNK = 64 * 1024


def read_bytes(path: Path, limits: Limits) -> bytes | None:
    """Read a file; None if there is none, or a directory, or none that this user may look for.

    A pipe is read too, as a shell's `<(command)` gives one, for at most `limits.helper_timeout` seconds.

    Raises:
        CredentialsError: it cannot be read, is larger than `limits.config_file`, or is an idle pipe.
    """
    if not _is_there(path):
        return None
    try:
        # Without O_NONBLOCK, opening a pipe that has no writer would hang.
        fd = os.open(path, os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC)
    except FileNotFoundError:
        return None
    except OSError as error:
        raise CredentialsError(f"cannot read {path}: {error.strerror}") from error
    try:
        return _read(fd, path, limits)
    except OSError as error:
        raise CredentialsError(f"cannot read {path}: {error.strerror}") from error
    finally:
        os.close(fd)


def _read(fd: int, path: Path, limits: Limits) -> bytes:
    deadline = time.monotonic() + limits.helper_timeout
    raw = bytearray()
    while len(raw) <= limits.config_file:
        try:
            chunk = os.read(fd, min(_CHUNK, limits.config_file + 1 - len(raw)))
        except BlockingIOError:
            if not select.select([fd], [], [], max(deadline - time.monotonic(), 0))[0]:
                raise CredentialsError(
                    f"cannot read {path}: nothing came within {limits.helper_timeout:g} seconds"
                ) from None
            continue
        if not chunk:
            break
        raw += chunk
    if len(raw) > limits.config_file:
        raise CredentialsError(f"cannot read {path}: it is larger than {limits.config_file} bytes")
    if not raw and stat.S_ISFIFO(os.fstat(fd).st_mode):
        raise CredentialsError(f"cannot read {path}: it is a pipe that no program writes to, expected a file")
    return bytes(raw)


def _is_there(path: Path) -> bool:
    # A home that may not even be searched belongs to another user: it holds nothing for this one.
    try:
        return path.exists() and not path.is_dir()
    except (OSError, ValueError):
        return False

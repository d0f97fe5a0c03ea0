"""Lists kept for completion, in the user's cache directory. Failures to read or write are ignored."""

from __future__ import annotations

import hashlib
import json
import os
import stat
import time
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path

_AGE = 60.0  # seconds that a list counts
_SIZE = 4 * 1024 * 1024


def read(what: str, *, age: float | None = _AGE) -> list[str] | None:
    """Return the list called `what`; None without one that is at most `age` seconds old."""
    with suppress(OSError, ValueError, RecursionError):
        fd = os.open(_path(what), os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK)
        with os.fdopen(fd, "rb") as file:
            status = os.fstat(fd)
            if not stat.S_ISREG(status.st_mode) or status.st_uid != os.geteuid():
                return None
            if age is not None and not 0 <= time.time() - status.st_mtime < age:
                return None
            names = json.loads(file.read(_SIZE))
        if isinstance(names, list) and all(isinstance(name, str) for name in names):
            return names
    return None


def write(what: str, names: Sequence[str]) -> None:
    """Keep a list, readable by the user alone, and remove those that count no longer."""
    from pycrane._errors import PycraneError
    from pycrane._io.whole_file import WholeFile

    path = _path(what)
    with suppress(OSError, PycraneError):
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        with WholeFile(path, 0o600, private=True) as file:
            file.write(json.dumps(list(names)).encode())
        for old in path.parent.glob("list-*"):
            if time.time() - old.lstat().st_mtime > _AGE:
                old.unlink(missing_ok=True)


def _path(what: str) -> Path:
    import platformdirs  # only what is cached needs it

    name = what if what.isalpha() else f"list-{hashlib.sha256(what.encode()).hexdigest()}"
    return platformdirs.user_cache_path("pycrane") / "completion" / name

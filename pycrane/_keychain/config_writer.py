"""Changing a credentials file: whole or not at all, for its owner's eyes only, unknown fields and order kept.

Written as Docker writes it (docker/cli, cli/config/configfile): tab-indented, without a final newline. Of two
pycranes that change one file at a time, one waits for the other.
"""

from __future__ import annotations

import contextlib
import fcntl
import os
import stat
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

from pycrane._errors import CredentialsError
from pycrane._keychain.config_file import read_bytes
from pycrane._keychain.docker_config import parse_document
from pycrane._limits import DEFAULT_LIMITS, Limits
from pycrane._oci import go_json

Change = Callable[[dict[str, Any]], dict[str, Any]]


def edit_config(path: Path, change: Change, limits: Limits = DEFAULT_LIMITS) -> bool:
    """Replace a file by what `change` makes of its JSON object; False if that is what it was.

    No file is an empty object. A symbolic link stays, what it points to is replaced. `change` must leave its
    argument alone.

    Raises:
        CredentialsError: the file is broken, is no regular file, or cannot be written. It is as it was then.

    """
    try:
        target = _target(path)
        target.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        with _alone_in(target.parent):
            document = parse_document(read_bytes(target, limits) or b"", str(path))
            changed = change(document)
            if changed == document:
                return False
            _replace(target, go_json.dumps(changed, indent="\t"))
            return True
    except OSError as error:
        raise CredentialsError(f"cannot write {path}: {error.strerror}") from error


def _target(path: Path) -> Path:
    """The file behind all symbolic links, which need not exist yet."""
    try:
        target = path.resolve()
    except RuntimeError:  # links in a circle; Python 3.13 gives one of them back instead
        target = path
    if target.is_symlink():
        raise CredentialsError(f"cannot write {path}: its symbolic links go in a circle")
    if target.exists() and not target.is_file():
        kind = "a directory" if target.is_dir() else "not a regular file"
        raise CredentialsError(f"cannot write {path}: it is {kind}, expected a file")
    return target


@contextlib.contextmanager
def _alone_in(folder: Path) -> Iterator[None]:
    """Keep other writers out. The folder itself is the lock, so that no lock file stays behind."""
    handle = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        with contextlib.suppress(OSError):  # some network file systems have no locks: go on without
            fcntl.flock(handle, fcntl.LOCK_EX)
        yield
    finally:
        os.close(handle)


def _replace(target: Path, content: bytes) -> None:
    handle, name = tempfile.mkstemp(prefix=f".{target.name}.", dir=target.parent)
    try:
        with open(handle, "wb") as file:
            _keep_owner(target, file.fileno())
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        Path(name).replace(target)
    except BaseException:
        with contextlib.suppress(OSError):
            Path(name).unlink()
        raise


def _keep_owner(target: Path, handle: int) -> None:
    """Leave a person's file to the person when root writes it."""
    with contextlib.suppress(OSError):
        old, new = target.stat(), os.fstat(handle)
        if stat.S_ISREG(old.st_mode) and (old.st_uid, old.st_gid) != (new.st_uid, new.st_gid):
            os.fchown(handle, old.st_uid, old.st_gid)

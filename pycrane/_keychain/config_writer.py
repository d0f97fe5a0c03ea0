"""Edits of a credentials file: whole or not at all, for its owner only, unknown fields and order kept.

Written as Docker writes it (docker/cli, cli/config/configfile): tab-indented, without a final newline. Of two
processes that edit one file at a time, one waits for the other.
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

from pycrane._errors import CredentialsError, PycraneError
from pycrane._io.lock import locked
from pycrane._io.whole_file import write_whole
from pycrane._keychain.config_file import read_bytes
from pycrane._keychain.docker_config import parse_document
from pycrane._limits import DEFAULT_LIMITS, Limits
from pycrane._oci import go_json

Change = Callable[[dict[str, Any]], dict[str, Any]]


def edit_config(path: Path, change: Change, limits: Limits = DEFAULT_LIMITS) -> bool:
    """Replace a file by what `change` makes of its JSON object; False if that is what it was.

    A file that does not exist counts as an empty object. A symbolic link stays, and its target is replaced.
    `change` must not modify its argument.

    Raises:
        CredentialsError: the file is broken, is not a regular file, or cannot be written. It is unchanged.

    """
    try:
        target = _target(path)
        target.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        with locked(target.parent):
            document = parse_document(read_bytes(target, limits) or b"", str(path))
            changed = change(document)
            if changed == document:
                return False
            write_whole(target, go_json.dumps(changed, indent="\t"), 0o600, private=True, durable=True)
            return True
    except CredentialsError:
        raise
    except PycraneError as error:
        raise CredentialsError(error.message) from error
    except OSError as error:
        raise CredentialsError(f"could not write {path}: {error.strerror}") from error


def _target(path: Path) -> Path:
    """The file behind all symbolic links, which need not exist yet."""
    try:
        target = path.resolve()
    except RuntimeError:  # links in a circle; Python 3.13 returns one of them instead
        target = path
    if target.is_symlink():
        raise CredentialsError(f"could not write {path}: its symbolic links form a circle")
    if target.exists() and not target.is_file():
        kind = "a directory" if target.is_dir() else "not a regular file"
        raise CredentialsError(f"could not write {path}: it is {kind}, expected a file")
    return target

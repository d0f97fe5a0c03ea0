"""What a person writes: in the editor of their choice, or on standard input if nobody sits there."""

from __future__ import annotations

import os
import shlex
import signal
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from pycrane._cli.terminal.output import stdout
from pycrane._cli.terminal.report import say
from pycrane._errors import LimitExceededError, PycraneError
from pycrane._limits import DEFAULT_LIMITS

_FALLBACK = "vi"


class EditorError(PycraneError):
    """The editor cannot be run, or ended with an error."""


class Writing:
    """Content written anew by a person; the same old content is asked for once.

    `suffix` ends the name of the file that the editor gets, as in `.json`.
    """

    def __init__(self, suffix: str, limit: int = DEFAULT_LIMITS.edited_file) -> None:
        self._suffix = suffix
        self._limit = limit
        self._typed: bytes | None = None
        self._written: dict[bytes, bytes] = {}

    def __call__(self, old: bytes) -> bytes | None:
        """The new content; None if an editor left the old one as it was.

        Raises:
            EditorError: there is no editor, or it ended with an error.
            LimitExceededError: what was written is too long.
        """
        if not (sys.stdin.isatty() and stdout.terminal):
            return self._from_stdin()
        if old not in self._written:
            self._written[old] = self._typed = edited(old, self._suffix)
        new = self._written[old]
        if len(new) > self._limit:
            raise LimitExceededError(f"what was written is longer than {self._limit} bytes")
        return None if new == old else new

    @contextmanager
    def kept_on_error(self) -> Iterator[None]:
        """Keep what was written last in a file if an error passes through, and say in which."""
        try:
            yield
        except BaseException as error:
            if self._typed:
                told = f"what was written is kept in {_keep(self._typed, self._suffix)}"
                if isinstance(error, PycraneError):
                    error.hint = f"{error.hint}; {told}" if error.hint else told
                else:
                    say(told)
            raise

    def _from_stdin(self) -> bytes:
        if self._typed is None:
            self._typed = sys.stdin.buffer.read(self._limit + 1)
            if len(self._typed) > self._limit:
                self._typed = b""
                raise LimitExceededError(f"standard input is longer than {self._limit} bytes")
        return self._typed


def edited(content: bytes, suffix: str) -> bytes:
    """What the person's editor ($EDITOR, $VISUAL, vi) makes of a file with this content.

    Raises:
        EditorError: there is no such editor, or it ended with an error.
    """
    command = os.environ.get("EDITOR") or os.environ.get("VISUAL") or _FALLBACK
    path = _keep(content, suffix)
    try:
        _run(command, path)
        return path.read_bytes()
    except OSError as error:
        raise EditorError(f"reading what was edited: {error.strerror}") from error
    finally:
        path.unlink(missing_ok=True)


def _run(command: str, path: Path) -> None:
    try:
        words = shlex.split(command)
        with _interrupts_are_the_editors():
            code = subprocess.run([*words, str(path)], check=False).returncode
    except (OSError, ValueError) as error:
        reason = error.strerror if isinstance(error, OSError) else error
        raise EditorError(
            f"starting the editor {command!r}: {reason}", hint="name another one in EDITOR"
        ) from error
    if code:
        raise EditorError(f"the editor {command!r} ended with exit code {code}: nothing was changed")


@contextmanager
def _interrupts_are_the_editors() -> Iterator[None]:
    """Ctrl-C reaches all programs of a terminal. Not SIG_IGN: the editor would inherit it."""
    before = signal.signal(signal.SIGINT, lambda *_: None)
    try:
        yield
    finally:
        signal.signal(signal.SIGINT, before)


def _keep(content: bytes, suffix: str) -> Path:
    try:
        descriptor, name = tempfile.mkstemp(suffix, "pycrane-edit-")
        with open(descriptor, "wb") as file:
            file.write(content)
    except OSError as error:
        raise EditorError(f"writing a temporary file: {error.strerror}") from error
    return Path(name)

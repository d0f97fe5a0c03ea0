"""Text edited by the user: in an editor, or from standard input without a terminal."""

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

_FALLBACK = "vi"


class EditorError(PycraneError):
    """The editor cannot be run, or ended with an error."""


class Writing:
    """Edits content; equal contents are edited once.

    `suffix` is the end of the name of the file for the editor, as in `.json`; `limit` the largest size of the
    new content in bytes.
    """

    def __init__(self, suffix: str, limit: int) -> None:
        self._suffix = suffix
        self._limit = limit
        self._typed: bytes | None = None
        self._written: dict[bytes, bytes] = {}

    def __call__(self, old: bytes) -> bytes | None:
        """Return the new content; None if the editor left the old one unchanged.

        Raises:
            EditorError: there is no editor, or it failed.
            LimitExceededError: the new content is too long.
        """
        if not (sys.stdin.isatty() and stdout.terminal):
            return self._from_stdin()
        if old not in self._written:
            self._written[old] = self._typed = edited(old, self._suffix)
        new = self._written[old]
        if len(new) > self._limit:
            raise LimitExceededError(f"the edited text is longer than {self._limit} bytes")
        return None if new == old else new

    @contextmanager
    def kept_on_error(self) -> Iterator[None]:
        """Keep the last edited text in a file if an error passes through, and say in which."""
        try:
            yield
        except BaseException as error:
            if self._typed:
                told = f"the edited text is kept in {_keep(self._typed, self._suffix)}"
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
    """Run the user's editor ($EDITOR, $VISUAL, vi) on a file with this content, and return the new content.

    Raises:
        EditorError: there is no such editor, or it failed.
    """
    command = os.environ.get("EDITOR") or os.environ.get("VISUAL") or _FALLBACK
    path = _keep(content, suffix)
    try:
        _run(command, path)
        return path.read_bytes()
    except OSError as error:
        raise EditorError(f"reading the edited file: {error.strerror}") from error
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
            f"starting the editor {command!r}: {reason}", hint="set EDITOR to another one"
        ) from None
    if code:
        raise EditorError(f"the editor {command!r} failed with exit status {code}; nothing was changed")


@contextmanager
def _interrupts_are_the_editors() -> Iterator[None]:
    """Leave Ctrl-C, which reaches all programs of a terminal, to the editor. It would inherit SIG_IGN."""
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

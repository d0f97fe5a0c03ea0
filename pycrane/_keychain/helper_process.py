"""One run of a credential helper: input, bounded output, and no process of its group left behind.

What a helper prints may be a secret, on success and on failure, so it goes to the caller alone.
"""

from __future__ import annotations

import contextlib
import os
import selectors
import signal
import subprocess
import time
from collections.abc import Mapping, Sequence
from typing import IO, NamedTuple

from pycrane._errors import CredentialsError
from pycrane._limits import Limits

_CHUNK = 64 * 1024
_ERRORS_KEPT = 4096
_POLL = 0.05  # seconds between two looks at standard error


class Answer(NamedTuple):
    """The exit status of a program, its standard output, and the beginning of its standard error."""

    status: int
    output: bytes
    errors: bytes = b""


def run(command: Sequence[str], text: str, env: Mapping[str, str], limits: Limits) -> Answer:
    """Run a program with `text` on standard input.

    Raises:
        CredentialsError: it cannot be started, takes longer than `limits.helper_timeout` seconds, or prints
            more than `limits.helper_output` bytes. It and what it started are killed then.

    """
    try:
        # In a session of its own it can be killed with its children, and cannot wait for the terminal.
        process = subprocess.Popen(
            command,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            env=dict(env),
            start_new_session=True,
            bufsize=0,
        )
    except (OSError, ValueError) as error:
        reason = error.strerror if isinstance(error, OSError) else "its environment contains a NUL"
        raise CredentialsError(f"it cannot be started: {reason}") from None
    with process:
        try:
            return _converse(process, text.encode(), limits)
        except BaseException:
            _kill_group(process)
            raise


def _converse(process: subprocess.Popen[bytes], text: bytes, limits: Limits) -> Answer:
    """Write all input and read all output, in whatever order the program takes and gives them."""
    assert process.stdin is not None  # noqa: S101
    assert process.stdout is not None  # noqa: S101
    assert process.stderr is not None  # noqa: S101
    deadline = time.monotonic() + limits.helper_timeout
    output, errors, more = bytearray(), bytearray(), True
    with selectors.DefaultSelector() as selector:
        selector.register(process.stdin, selectors.EVENT_WRITE)
        selector.register(process.stdout, selectors.EVENT_READ)
        selector.register(process.stderr, selectors.EVENT_READ)
        os.set_blocking(process.stdin.fileno(), False)
        os.set_blocking(process.stderr.fileno(), False)
        while more:
            ready = selector.select(max(deadline - time.monotonic(), 0))
            if not ready:
                raise _too_slow(limits)
            for key, _ in ready:
                if key.fileobj is process.stdin:
                    text = _write_some(process.stdin, text, selector)
                elif key.fileobj is process.stdout:
                    more = _read_some(process.stdout, output, limits)
                elif not _read_errors(process.stderr, errors):
                    selector.unregister(process.stderr)
    status = _wait(process, errors, deadline, limits)
    return Answer(status, bytes(output), bytes(errors))


def _wait(process: subprocess.Popen[bytes], errors: bytearray, deadline: float, limits: Limits) -> int:
    """Wait for the program itself: what it started may hold standard error open for long."""
    assert process.stderr is not None  # noqa: S101
    status = None
    while status is None:
        with contextlib.suppress(subprocess.TimeoutExpired):
            status = process.wait(min(_POLL, max(deadline - time.monotonic(), 0)))
        while _read_errors(process.stderr, errors) and time.monotonic() < deadline:
            pass
        if status is None and time.monotonic() >= deadline:
            raise _too_slow(limits)
    return status


def _write_some(stream: IO[bytes], text: bytes, selector: selectors.BaseSelector) -> bytes:
    try:
        text = text[os.write(stream.fileno(), text[:_CHUNK]) :] if text else b""
    except BrokenPipeError:  # it stopped reading: its answer shows whether it has read enough
        text = b""
    if not text:
        selector.unregister(stream)
        stream.close()
    return text


def _read_some(stream: IO[bytes], output: bytearray, limits: Limits) -> bool:
    """Read some output. Returns whether there may be more."""
    chunk = os.read(stream.fileno(), _CHUNK)
    output += chunk
    if len(output) > limits.helper_output:
        raise CredentialsError(f"it printed more than {limits.helper_output} bytes")
    return bool(chunk)


def _read_errors(stream: IO[bytes], errors: bytearray) -> bool:
    """Read some of standard error and keep its beginning. Returns whether there was something."""
    try:
        chunk = os.read(stream.fileno(), _CHUNK)
    except BlockingIOError:
        return False
    errors += chunk[: _ERRORS_KEPT - len(errors)]
    return bool(chunk)


def _too_slow(limits: Limits) -> CredentialsError:
    return CredentialsError(f"it did not answer within {limits.helper_timeout:g} seconds")


def _kill_group(process: subprocess.Popen[bytes]) -> None:
    # Before the leader is reaped, so that its number cannot be another process's yet.
    with contextlib.suppress(ProcessLookupError, PermissionError):
        os.killpg(process.pid, signal.SIGKILL)

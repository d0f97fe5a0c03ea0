"""Messages for errors and warnings, and exit statuses: the one place where errors become text."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable, Iterable
from contextlib import AbstractContextManager, nullcontext, suppress
from typing import Any

import click

from pycrane._cli.terminal.modes import colours
from pycrane._cli.terminal.process import Interrupted, interrupt_in
from pycrane._errors import (
    DeniedError,
    ImageNotFoundError,
    InvalidPlatformError,
    InvalidRangeError,
    InvalidReferenceError,
    NotFoundError,
    PlatformNotFoundError,
    PycraneError,
    RateLimitedError,
    TransportError,
    UnauthorizedError,
    UnavailableError,
)

FAILURE, USAGE, MISSING, DENIED, UNREACHABLE = range(1, 6)
_USAGE_ERRORS = (click.UsageError, InvalidReferenceError, InvalidPlatformError, InvalidRangeError)
_STATUSES = (
    ((NotFoundError, ImageNotFoundError, PlatformNotFoundError, FileNotFoundError), MISSING),
    ((UnauthorizedError, DeniedError, PermissionError), DENIED),
    ((TransportError, RateLimitedError, UnavailableError), UNREACHABLE),
)
"""The exit status of an error is that of its class, or else of the class of its cause."""
_BUG = "this is a bug in pycrane; please report it, with the output that PYCRANE_DEBUG=1 adds"


def report(error: BaseException) -> int:
    """Print an error and its hint on standard error. Returns the exit status."""
    if os.environ.get("PYCRANE_DEBUG"):
        import traceback  # only for those who ask for it

        traceback.print_exception(error)
    error = interrupt_in(error) or error
    match error:
        case click.UsageError():
            _say_usage(error)
        case click.ClickException():
            _say_error(error.format_message())
        case click.Abort():
            _say_error("aborted")
        case Interrupted():
            _say_error(str(error))
        case _:
            _say_error(*explained(error))
    return exit_status(error)


def exit_status(error: BaseException) -> int:
    """Return the exit status of an error other than an interrupt: see pycrane-exit-status(7)."""
    given = getattr(error, "exit_code", None)
    if isinstance(given, int):
        return given
    if isinstance(error, _USAGE_ERRORS):
        return USAGE
    at: BaseException | None = error
    while at is not None:
        for kinds, status in _STATUSES:
            if isinstance(at, kinds):
                return status
        at = at.__cause__
    return FAILURE


def common_status(statuses: Iterable[int]) -> int:
    """Return the exit status of several results: that of all failures, or 1 if they differ."""
    failures = set(statuses) - {0}
    return failures.pop() if len(failures) == 1 else int(bool(failures))


def explained(error: BaseException) -> tuple[str, str | None]:
    """Return the message of an error, and its hint or None."""
    match error:
        case PycraneError():
            return error.message, error.hint
        case OSError():
            return _system_error(error), None
        case MemoryError():
            return "out of memory", None
        case _:
            what = f"{type(error).__name__}: {error}".removesuffix(": ")
            return f"unexpected {what}", _BUG


class _Manner:
    """Manner of all that is printed on standard error by this process."""

    quiet = False
    json = False
    above: Callable[[], AbstractContextManager[None]] = nullcontext


def be_quiet() -> None:
    """Print errors only from now on."""
    _Manner.quiet = True


def speak_json() -> None:
    """Print lines of JSON from now on."""
    _Manner.json = True


def show_above(cleared: Callable[[], AbstractContextManager[None]] | None) -> None:
    """Enter `cleared` around all that is printed, until None is given: it removes what is drawn below."""
    _Manner.above = nullcontext if cleared is None else cleared


def above() -> AbstractContextManager[None]:
    """Return the context in which something may be printed on the terminal."""
    return _Manner.above()


def warn(text: str) -> None:
    """Print a warning on standard error."""
    if _Manner.json:
        _say_json(event="warning", text=text, source="")
    elif not _Manner.quiet:
        say(f"{_coloured('Warning:', 'yellow')} {printable(text)}")


def say(text: str) -> None:
    """Print a line on standard error; nothing happens if it is closed."""
    if _Manner.json:
        _say_json(event="note", text=text)
    else:
        say_as_it_is(text)


def say_as_it_is(text: str) -> None:
    """Print a line, in JSON or not; nothing happens if standard error is closed."""
    with suppress(OSError, ValueError), above():
        print(f"{text}\n", end="", file=sys.stderr, flush=True)  # noqa: T201  # one write, as threads print too


def _say_json(**fields: Any) -> None:
    import json  # only where it is asked for

    say_as_it_is(json.dumps(fields))


def printable(text: str) -> str:
    """Return the text with escapes for control characters and line breaks."""
    if text.isprintable():
        return text
    return "".join(
        char if char.isprintable() else char.encode("unicode_escape").decode("ascii") for char in text
    )


def _say_error(message: str, hint: str | None = None) -> None:
    if _Manner.json:
        _say_json(event="error", message=message, hint=hint)
        return
    say(f"{_coloured('Error:', 'red')} {printable(message)}")
    if hint:
        say(f"{_coloured('Hint:', 'cyan')} {printable(hint)}")


def _say_usage(error: click.UsageError) -> None:
    hint: str | None = getattr(error, "hint", None)
    if error.ctx is not None and hint is None:
        hint = f"{error.ctx.get_usage().removeprefix('Usage: ')}; see {error.ctx.command_path} --help"
    _say_error(error.format_message().rstrip("."), hint)


def _system_error(error: OSError) -> str:
    reason = error.strerror or str(error)
    names = (
        os.fsdecode(name) for name in (error.filename, error.filename2) if isinstance(name, (str, bytes))
    )
    return ": ".join((" to ".join(names), reason)).removeprefix(": ")


def _coloured(text: str, colour: str) -> str:
    return click.style(text, fg=colour, bold=True) if colours(terminal=sys.stderr.isatty()) else text

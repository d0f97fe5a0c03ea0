"""The process itself: signals that end it, and standard streams that its parent has closed."""

from __future__ import annotations

import os
import signal
import sys
from collections.abc import Callable
from types import FrameType

_ENDING = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)
_AGAIN = 0.01  # seconds until an interrupt that Python dropped is raised again


class Interrupted(BaseException):
    """A signal asked the program to end, Ctrl-C among them. `exit_code` is the one that shells use."""

    def __init__(self, number: int) -> None:
        super().__init__(number)
        self.number = number
        self.exit_code = 128 + number

    def __str__(self) -> str:
        return "interrupted" if self.number == signal.SIGINT else "terminated"


class TimedOut(Interrupted):
    """The time that a command was given is over."""

    def __init__(self, number: int) -> None:
        super().__init__(number)
        self.exit_code = 1

    def __str__(self) -> str:
        return "the command took longer than it was given"


def interrupt_in(error: BaseException) -> Interrupted | None:
    """Return the interrupt that an error is, or that caused it: Python 3.11 wraps those in class bodies."""
    seen: set[int] = set()
    at: BaseException | None = error
    while at is not None and id(at) not in seen:
        if isinstance(at, Interrupted):
            return at
        seen.add(id(at))
        at = at.__cause__ or at.__context__
    return None


def exit_on_signals() -> None:
    """Make signals that end a program end it at once and silently, for times when it has nothing to clean up.

    An exception would not do: raised between two modules that are being imported it shows a traceback.
    """
    _handle_ending(_exit)


def raise_on_signals() -> None:
    """Make signals that end a program raise Interrupted once, so that it cleans up; the next one kills it."""
    _handle_ending(_interrupt)
    sys.unraisablehook = _raise_again


def claim_standard_streams() -> None:
    """Fill closed standard streams, so that no file or socket gets their numbers and is written to as one."""
    for number in (0, 1, 2):
        try:
            os.fstat(number)
        except OSError:
            os.open(os.devnull, os.O_RDONLY if number < 2 else os.O_WRONLY)
    sys.stdin = sys.stdin or os.fdopen(0)
    sys.stdout = sys.stdout or os.fdopen(1, "w")
    sys.stderr = sys.stderr or os.fdopen(2, "w")


def discard_standard_output() -> None:
    """Drop output that cannot be written: Python would try again when it ends, and print its own error."""
    try:
        sys.stdout.flush()
    except (OSError, ValueError):
        os.dup2(os.open(os.devnull, os.O_WRONLY), 1)


def _handle_ending(handler: Callable[[int, FrameType | None], None]) -> None:
    """Handle the signals that end a program, unless the parent ignores them (nohup, `&` in a script)."""
    for number in _ENDING:
        if signal.getsignal(number) in (signal.SIG_DFL, signal.default_int_handler, _exit, _interrupt):
            signal.signal(number, handler)


def _exit(number: int, frame: FrameType | None) -> None:
    os._exit(128 + number)


def _interrupt(number: int, frame: FrameType | None) -> None:
    signal.signal(number, signal.SIG_DFL)
    raise Interrupted(number)


def _raise_again(unraisable: sys.UnraisableHookArgs, /) -> None:
    """Raise an interrupt again that came while a callback of the interpreter ran, which drops exceptions.

    Importing a module runs such callbacks. The alarm is handled after the callback.
    """
    error = unraisable.exc_value
    if not isinstance(error, Interrupted):
        sys.__unraisablehook__(unraisable)
        return

    def raise_interrupt(_: int, frame: FrameType | None) -> None:
        raise Interrupted(error.number)

    signal.signal(signal.SIGALRM, raise_interrupt)
    signal.setitimer(signal.ITIMER_REAL, _AGAIN)

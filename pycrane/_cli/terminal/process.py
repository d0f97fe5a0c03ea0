"""The process itself: signals that end it, and standard streams that whoever started it has closed."""

from __future__ import annotations

import os
import signal
import sys
from types import FrameType


class Interrupted(BaseException):
    """The program was asked to end by a signal, Ctrl-C among them. `exit_code` is as shells have it."""

    def __init__(self, number: int) -> None:
        super().__init__(number)
        self.exit_code = 128 + number

    def __str__(self) -> str:
        return "interrupted" if self.exit_code == 128 + signal.SIGINT else "terminated"


def raise_on_signals() -> None:
    """Have signals that end a program raise Interrupted once, so that it cleans up; the next one kills."""

    def end(number: int, frame: FrameType | None) -> None:
        signal.signal(number, signal.SIG_DFL)
        raise Interrupted(number)

    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        if signal.getsignal(number) in (signal.SIG_DFL, signal.default_int_handler):
            signal.signal(number, end)


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


def give_up_standard_output() -> None:
    """Drop what standard output does not take, or Python would try again at its end and complain itself."""
    try:
        sys.stdout.flush()
    except (OSError, ValueError):
        os.dup2(os.open(os.devnull, os.O_WRONLY), 1)

"""State that belongs to the process that made it: locks and connections after a fork, and pickling."""

from __future__ import annotations

import os
import threading
import weakref
from types import TracebackType
from typing import Any, NoReturn, Protocol


class Renewed(Protocol):
    """An object that is made usable again in a child process."""

    def renew(self) -> None:
        """Replace what the child must not share with its parent. Called once, before any thread starts."""
        ...


_renewed: weakref.WeakSet[Any] = weakref.WeakSet()


def renew_in_child(owner: Renewed) -> None:
    """Call `owner.renew` in each child process that `os.fork` makes, as long as the owner exists."""
    _renewed.add(owner)


def _renew_all() -> None:
    for owner in list(_renewed):
        owner.renew()


if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_renew_all)


class ForkLock:
    """A reentrant lock that is free in a child process, whichever thread of the parent held it."""

    def __init__(self) -> None:
        self.renew()
        renew_in_child(self)

    def renew(self) -> None:
        """Be a new lock."""
        self._lock = threading.RLock()

    def __enter__(self) -> None:
        self._lock.acquire()

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._lock.release()


class NotPickled:
    """Base of objects with connections, files or locks, which cannot be sent to another process."""

    def __reduce__(self) -> NoReturn:
        raise TypeError(
            f"a pycrane {type(self).__name__} cannot be pickled: "
            "make one in each process, and send references, digests or descriptors"
        )

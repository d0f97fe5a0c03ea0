"""Open upload sessions of a store, bounded in number and in idle time."""

from __future__ import annotations

import threading
import time
import uuid
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress

from pycrane._limits import Limits
from pycrane._oci.digest import Digest
from pycrane._server.messages import Body
from pycrane._server.spool import Spool
from pycrane._server.store import (
    BusyError,
    OutOfOrderError,
    SessionOverError,
    TooManySessionsError,
    WrongDigestError,
)

_LOCK_TIMEOUT = 5.0
"""Seconds that a request waits for another request of its session to end."""

Keep = Callable[[Spool, Digest], None]
"""Makes a verified spool a blob."""


class UploadSession:
    """An upload session, a `pycrane._server.store.Upload`. Between requests its file is closed."""

    def __init__(self, session: str, repository: str, spool: Spool, keep: Keep) -> None:
        self.id = session
        self.repository = repository
        self.touched = time.monotonic()
        self._spool = spool
        self._keep = keep
        self._lock = threading.Lock()
        self._over = False

    @property
    def size(self) -> int:
        """Bytes held."""
        return self._spool.size

    @property
    def over(self) -> bool:
        """Whether the session has been finished or cancelled."""
        return self._over

    def append(self, body: Body, start: int | None) -> None:
        """See `Upload.append`."""
        with self._turn(start):
            try:
                self._spool.take(body)
            finally:
                self._spool.release()

    def finish(self, body: Body, start: int | None, digest: Digest) -> None:
        """See `Upload.finish`."""
        with self._turn(start):
            try:
                if not self._spool.take_or_restore(body, digest):
                    raise WrongDigestError
            except BaseException:
                self._spool.release()
                raise
            self._over = True
            try:
                self._keep(self._spool, digest)
            finally:
                self._spool.discard()

    def cancel(self) -> None:
        """See `Upload.cancel`."""
        with suppress(SessionOverError), self._turn(None):
            self._over = True
            self._spool.discard()

    def idle(self, now: float, seconds: float) -> bool:
        """Whether the session has been idle for more than `seconds`."""
        return now - self.touched > seconds and not self.busy

    @property
    def busy(self) -> bool:
        """Whether a request is using the session."""
        return self._lock.locked()

    @contextmanager
    def _turn(self, start: int | None) -> Iterator[None]:
        if not self._lock.acquire(timeout=_LOCK_TIMEOUT):
            raise BusyError
        try:
            if self._over:
                raise SessionOverError
            if start is not None and start != self._spool.size:
                raise OutOfOrderError
            yield
        finally:
            self.touched = time.monotonic()
            self._lock.release()


class Sessions:
    """The open sessions of a store, at most `limits.upload_sessions`.

    When a session begins, those that have been idle for `limits.upload_idle` seconds are cancelled; if there
    are still too many, the one that has been idle for longest is cancelled too.
    """

    def __init__(self, limits: Limits) -> None:
        self._idle = limits.upload_idle
        self._most = limits.upload_sessions
        self._open: dict[str, UploadSession] = {}
        self._lock = threading.Lock()

    def begin(self, repository: str, spool: Callable[[str], Spool], keep: Keep) -> UploadSession:
        """Open a session; `spool` returns the spool for a session id.

        Raises TooManySessionsError if there are too many and all of them are in use.
        """
        self.expire()
        self._make_room()
        name = uuid.uuid4().hex
        session = UploadSession(name, repository, spool(name), keep)
        with self._lock:
            self._open[name] = session
        return session

    def find(self, repository: str, name: str) -> UploadSession | None:
        """The open session of this id in this repository."""
        session = self._open.get(name)
        return session if session and session.repository == repository and not session.over else None

    def expire(self) -> None:
        """Cancel idle sessions and drop those that are over."""
        now = time.monotonic()
        with self._lock:
            open_sessions = list(self._open.values())
        for session in open_sessions:
            if not session.over and session.idle(now, self._idle):
                with suppress(BusyError):
                    session.cancel()
            if session.over:
                with self._lock:
                    self._open.pop(session.id, None)

    def _make_room(self) -> None:
        with self._lock:
            idle = [session for session in self._open.values() if not session.busy]
            excess = len(self._open) - self._most + 1
        if excess > len(idle):
            raise TooManySessionsError
        for session in sorted(idle, key=lambda session: session.touched)[: max(0, excess)]:
            with suppress(BusyError):
                session.cancel()
            with self._lock:
                self._open.pop(session.id, None)

    def close(self) -> None:
        """Cancel all sessions and remove their files."""
        with self._lock:
            open_sessions = list(self._open.values())
            self._open.clear()
        for session in open_sessions:
            with suppress(BusyError):
                session.cancel()

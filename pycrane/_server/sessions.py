"""Upload sessions: a bounded table of those that are open, for either store."""

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

_PATIENCE = 5.0
"""Seconds that a request waits for the one before it in the same session."""

Keep = Callable[[Spool, Digest], None]
"""Makes a blob of a spool whose bytes have been checked."""


class UploadSession:
    """One upload. It is a `pycrane._server.store.Upload`. No file is open between its requests."""

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
        """Whether nothing has happened here for so long, and nothing is happening."""
        return now - self.touched > seconds and not self.busy

    @property
    def busy(self) -> bool:
        """Whether a request is using the session."""
        return self._lock.locked()

    @contextmanager
    def _turn(self, start: int | None) -> Iterator[None]:
        if not self._lock.acquire(timeout=_PATIENCE):
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

    When others begin, those left alone for `limits.upload_idle` seconds are cancelled, and where there are
    too many the one that has been idle for longest.
    """

    def __init__(self, limits: Limits) -> None:
        self._idle = limits.upload_idle
        self._most = limits.upload_sessions
        self._open: dict[str, UploadSession] = {}
        self._lock = threading.Lock()

    def begin(self, repository: str, spool: Callable[[str], Spool], keep: Keep) -> UploadSession:
        """Open a session; `spool` makes the place for its bytes from its id.

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
        """Cancel the sessions that have been left alone, and forget those that are over."""
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
        """Forget all sessions and remove their files."""
        with self._lock:
            open_sessions = list(self._open.values())
            self._open.clear()
        for session in open_sessions:
            with suppress(BusyError):
                session.cancel()

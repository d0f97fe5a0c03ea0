"""Upload sessions: one table of those that are open, whatever store their blobs end in."""

from __future__ import annotations

import threading
import time
import uuid
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress

from pycrane._oci.digest import Digest
from pycrane._server.messages import Body
from pycrane._server.spool import Spool
from pycrane._server.store import BusyError, OutOfOrderError, SessionOverError, WrongDigestError

_PATIENCE = 5.0
"""Seconds that a request waits for the one before it in the same session."""

Keep = Callable[[Spool, Digest], None]
"""Makes a blob of a spool whose bytes have been checked."""


class Session:
    """One upload. It is a `pycrane._server.store.Upload`."""

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
            self._spool.take(body)

    def finish(self, body: Body, start: int | None, digest: Digest) -> None:
        """See `Upload.finish`."""
        with self._turn(start):
            if not self._spool.take_or_restore(body, digest):
                raise WrongDigestError
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
        return now - self.touched > seconds and not self._lock.locked()

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
    """The open sessions of a store. Those left alone for `idle` seconds are cancelled when others begin."""

    def __init__(self, idle: float) -> None:
        self._idle = idle
        self._open: dict[str, Session] = {}
        self._lock = threading.Lock()

    def begin(self, repository: str, spool: Callable[[str], Spool], keep: Keep) -> Session:
        """Open a session; `spool` makes the place for its bytes from its id."""
        self.expire()
        name = uuid.uuid4().hex
        session = Session(name, repository, spool(name), keep)
        with self._lock:
            self._open[name] = session
        return session

    def find(self, repository: str, name: str) -> Session | None:
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

    def close(self) -> None:
        """Forget all sessions and remove their files."""
        with self._lock:
            open_sessions = list(self._open.values())
            self._open.clear()
        for session in open_sessions:
            with suppress(BusyError):
                session.cancel()

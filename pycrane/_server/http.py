"""HTTP server of the registry: one thread for each connection, TLS, and a graceful stop."""

from __future__ import annotations

import selectors
import socket
import ssl
import threading
import time
from collections.abc import Callable
from contextlib import suppress

from pycrane._limits import DEFAULT_LIMITS, Limits
from pycrane._server.connection import Connection
from pycrane._server.messages import Request, Response

_BACKLOG = 128
_GRACE = 5.0
"""Seconds that running requests are given when the server stops."""
_PAUSE = 0.05
"""Seconds until the next try when no connection can be accepted, for example without file descriptors."""


class Server:
    """Serves `answer` on an address from its own threads. Port 0 takes a free one; see `address`.

    Raises OSError or UnicodeError if the address cannot be had.
    """

    def __init__(
        self,
        address: tuple[str, int],
        answer: Callable[[Request], Response],
        *,
        tls: ssl.SSLContext | None = None,
        limits: Limits = DEFAULT_LIMITS,
    ) -> None:
        family = socket.AF_INET6 if ":" in address[0] else socket.AF_INET
        self._listener = socket.create_server(address, family=family, backlog=_BACKLOG)
        self._listener.setblocking(False)
        self._waker, self._woken = socket.socketpair()
        self._connections: set[Connection] = set()
        self._slots = threading.BoundedSemaphore(limits.server_connections)
        self._stall = limits.server_stall
        self._stopping = threading.Event()
        attributes = {
            "answer": staticmethod(answer),
            "tls": tls,
            "timeout": limits.server_idle,
            "head_timeout": limits.server_head,
            "connections": self._connections,
        }
        self._connection = type("Connection", (Connection,), attributes)
        self._accepting = threading.Thread(target=self._accept_all, name="registry", daemon=True)

    @property
    def address(self) -> tuple[str, int]:
        """The host and port that are listened on."""
        host, port = self._listener.getsockname()[:2]
        return host, port

    def start(self) -> None:
        """Begin to serve and return."""
        self._accepting.start()

    def stop(self) -> None:
        """Stop listening, let running requests end for a few seconds, then close every connection."""
        self._stopping.set()
        self._waker.close()
        if self._accepting.ident:
            self._accepting.join()
        self._listener.close()
        self._woken.close()
        end = time.monotonic() + _GRACE
        while connections := self._connections.copy():
            for connection in connections:
                if not connection.busy or time.monotonic() > end:
                    connection.break_off()
            time.sleep(0.001)

    def _accept_all(self) -> None:
        with selectors.DefaultSelector() as selector:
            selector.register(self._listener, selectors.EVENT_READ)
            selector.register(self._woken, selectors.EVENT_READ)
            while not self._stopping.is_set():
                selector.select()
                self._accept()

    def _accept(self) -> None:
        """Accept a connection in a thread of its own; if all slots are taken, close one that waits."""
        while not self._slots.acquire(timeout=_PAUSE):
            if self._stopping.is_set():
                return
            self._make_room()
        try:
            client, address = self._listener.accept()
        except OSError as error:
            self._slots.release()
            if not isinstance(error, BlockingIOError):
                self._stopping.wait(_PAUSE)
            return
        threading.Thread(target=self._serve, args=(client, address), daemon=True).start()

    def _make_room(self) -> None:
        """Close a connection that waits for its client, so that slow clients do not block others.

        Those without a request go first, then those whose request or response has stalled; among them the one
        that has waited for longest.
        """
        candidates = [
            (connection.busy, since, connection)
            for connection in self._connections.copy()
            if (since := connection.waiting.since) is not None
            and (not connection.busy or connection.waiting.longer_than(self._stall))
        ]
        if candidates:
            min(candidates, key=lambda candidate: candidate[:2])[2].break_off()

    def _serve(self, client: socket.socket, address: tuple[str, int]) -> None:
        try:
            with client, suppress(OSError):  # The client went away, or never spoke TLS.
                self._connection(client, address, self)
        finally:
            self._slots.release()

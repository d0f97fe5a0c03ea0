"""Connections as requests and urllib3 keep them, TLS as the trust store says, larger pieces on the wire."""

from __future__ import annotations

import http.client
import socket
import time
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from io import BufferedReader
from typing import Any
from urllib.parse import urlsplit

from requests import PreparedRequest
from requests.adapters import HTTPAdapter
from urllib3.connection import HTTPConnection, HTTPSConnection
from urllib3.connectionpool import HTTPConnectionPool, HTTPSConnectionPool

from pycrane._errors import UnsupportedError
from pycrane._io.process import renew_in_child
from pycrane._io.stream import CHUNK
from pycrane._registry.http.addresses import literal_reach
from pycrane._registry.http.request import PeerRule
from pycrane._registry.http.tls import TrustStore

_KEPT = 64
_INTERIM_ANSWERS = 100
_MOST_TRAILERS = 100
_LONGEST_LINE = 64 * 1024
_HEAD_SECONDS: ContextVar[float] = ContextVar("head seconds", default=60.0)


class Connections(HTTPAdapter):
    """Keeps connections for as many hosts and threads as a command needs."""

    def __init__(self, trust: TrustStore) -> None:
        self._trust = trust
        super().__init__(pool_connections=_KEPT, pool_maxsize=_KEPT)
        renew_in_child(self)

    def renew(self) -> None:
        """Begin without connections: those of the parent process are the parent's to use."""
        self.init_poolmanager(_KEPT, _KEPT)
        self.proxy_manager = {}

    def init_poolmanager(self, *args: Any, **settings: Any) -> None:
        """Called by requests."""
        super().init_poolmanager(*args, blocksize=CHUNK, **settings)
        self.poolmanager.pool_classes_by_scheme = _POOLS

    def proxy_manager_for(self, proxy: str, **settings: Any) -> Any:
        """Called by requests, once for each proxy."""
        manager = super().proxy_manager_for(proxy, blocksize=CHUNK, **settings)
        if not proxy.lower().startswith("socks"):
            manager.pool_classes_by_scheme = _POOLS
        return manager

    def build_connection_pool_key_attributes(  # type: ignore[override]
        self, request: PreparedRequest, verify: object, cert: object = None
    ) -> tuple[dict[str, Any], dict[str, Any]]:
        """Return the host and TLS settings. Called by requests for each request."""
        parts = urlsplit(request.url or "")
        host = {"scheme": parts.scheme, "host": parts.hostname, "port": parts.port}
        if parts.scheme != "https":
            return host, {}
        return host, {"ssl_context": self._trust.context(parts.hostname or "", parts.port or 443)}

    def cert_verify(self, conn: object, url: object, verify: object, cert: object) -> None:
        """Do nothing: the context knows what to trust."""


class _Lines:
    """The lines of a response head, all of them read within some seconds of the first byte."""

    def __init__(self, stream: BufferedReader, seconds: float) -> None:
        self._stream = stream
        self._seconds = seconds
        self._deadline = 0.0

    def readline(self, limit: int = _LONGEST_LINE) -> bytes:
        """Read a line, at most `limit` bytes. Raises TimeoutError after the deadline."""
        line = bytearray()
        while waiting := self._stream.peek(1)[: limit - len(line)]:
            self._deadline = self._deadline or time.monotonic() + self._seconds
            end = waiting.find(b"\n") + 1
            line += self._stream.read(end or len(waiting))
            if end or len(line) >= limit:
                break
            if time.monotonic() > self._deadline:
                raise TimeoutError(f"the head of the response took longer than {self._seconds:g} seconds")
        return bytes(line)

    def close(self) -> None:
        """Close the stream."""
        self._stream.close()


class _Answer(http.client.HTTPResponse):
    """A response after all interim ones (RFC 9110, section 15.2); these, head and trailers are bounded."""

    def begin(self) -> None:
        """Read the head. Called by http.client."""
        received = self.fp
        self.fp = _Lines(received, _HEAD_SECONDS.get())  # type: ignore[assignment]
        try:
            super().begin()
        finally:
            if self.fp is not None:
                self.fp = received

    def _read_and_discard_trailer(self) -> None:
        lines = _Lines(self.fp, _HEAD_SECONDS.get())
        for _ in range(_MOST_TRAILERS):
            if lines.readline() in (b"\r\n", b"\n", b""):
                return
        raise http.client.HTTPException("too many trailers")

    def _read_status(self) -> tuple[str, int, str]:
        for _ in range(_INTERIM_ANSWERS):
            version, status, reason = super()._read_status()  # type: ignore[misc]
            if not 100 <= status < 200 or status == http.HTTPStatus.SWITCHING_PROTOCOLS:
                return version, status, reason
            http.client.parse_headers(self.fp)
        raise http.client.HTTPException("too many interim answers")


_RULE: ContextVar[PeerRule | None] = ContextVar("rule", default=None)


@contextmanager
def peers(rule: PeerRule | None, head_seconds: float) -> Iterator[None]:
    """Have the requests that this thread sends go only to addresses that a rule allows; None allows all.

    They raise UnsupportedError before a byte is sent. At a proxy, which knows the address, the rule is not
    applied. The head of a response may take `head_seconds` from its first byte on.
    """
    token, seconds = _RULE.set(rule), _HEAD_SECONDS.set(head_seconds)
    try:
        yield
    finally:
        _RULE.reset(token)
        _HEAD_SECONDS.reset(seconds)


class _Connection(HTTPConnection):
    response_class = _Answer

    def _new_conn(self) -> socket.socket:
        new = super()._new_conn()
        try:
            self._check_peer(new)
        except BaseException:
            new.close()
            raise
        return new

    def request(self, *args: Any, **settings: Any) -> None:
        """Called by urllib3. The connection may be one that was made under another rule."""
        if self.sock is not None:
            self._check_peer(self.sock)
        super().request(*args, **settings)

    def _check_peer(self, connected: socket.socket) -> None:
        rule = _RULE.get()
        if rule is None or self.proxy is not None:
            return
        address = str(connected.getpeername()[0])
        reach = literal_reach(address)
        if reach is not None and not rule(reach):
            raise UnsupportedError(
                f"refusing the redirect to {self.host}: it resolves to the private address {address}",
                hint=f"allow it with --insecure-registry {self.host}:{self.port}",
            )


class _TLSConnection(_Connection, HTTPSConnection):
    """The same over TLS."""


class _Pool(HTTPConnectionPool):
    ConnectionCls = _Connection


class _TLSPool(HTTPSConnectionPool):
    ConnectionCls = _TLSConnection


_POOLS = {"http": _Pool, "https": _TLSPool}

"""Connections as requests and urllib3 keep them, TLS as the trust store says, larger pieces on the wire."""

from __future__ import annotations

import http.client
import socket
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
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


class _Answer(http.client.HTTPResponse):
    """An answer after all interim ones (RFC 9110, section 15.2), of which there may be only so many."""

    def _read_status(self) -> tuple[str, int, str]:
        for _ in range(_INTERIM_ANSWERS):
            version, status, reason = super()._read_status()  # type: ignore[misc]
            if not 100 <= status < 200 or status == http.HTTPStatus.SWITCHING_PROTOCOLS:
                return version, status, reason
            http.client.parse_headers(self.fp)
        raise http.client.HTTPException("too many interim answers")


_RULE: ContextVar[PeerRule | None] = ContextVar("rule", default=None)


@contextmanager
def peers(rule: PeerRule | None) -> Iterator[None]:
    """Have the requests that this thread sends go only to addresses that a rule allows; None allows all.

    They raise UnsupportedError before a byte is sent. At a proxy, which knows the address, nothing is asked.
    """
    token = _RULE.set(rule)
    try:
        yield
    finally:
        _RULE.reset(token)


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

"""Classification of network errors, to decide whether to retry and whether to try another scheme."""

from __future__ import annotations

import http.client
import re
import socket
import ssl
from enum import Enum

from requests import exceptions as asking
from urllib3 import exceptions as wire

from pycrane._errors import ConnectionFailedError, TimedOutError, TLSError, TransportError, UnsupportedError
from pycrane._registry.http.redaction import one_line, safe_url, said


class Fault(Enum):
    """Why there is no usable answer."""

    NAME = "the host is not known"
    REFUSED = "the connection was refused"
    UNREACHABLE = "the host cannot be reached"
    CONNECT_TIMEOUT = "no connection in time"
    BROKEN = "the connection broke"
    GARBAGE = "the answer is not HTTP"
    NOT_TLS = "the host does not speak TLS"
    TLS = "TLS failed"
    READ_TIMEOUT = "the host sent nothing for too long"
    PROXY = "the proxy cannot be used"
    TUNNEL = "the proxy refuses to connect to the host"
    OTHER = "the request cannot be made"

    @property
    def before_sending(self) -> bool:
        """Whether the other side certainly did not see the request."""
        return self in _BEFORE_SENDING

    @property
    def passing(self) -> bool:
        """Whether a retry may succeed."""
        return self in _PASSING


_BEFORE_SENDING = frozenset(
    {
        Fault.NAME,
        Fault.REFUSED,
        Fault.UNREACHABLE,
        Fault.CONNECT_TIMEOUT,
        Fault.NOT_TLS,
        Fault.TLS,
        Fault.TUNNEL,
    }
)
_PASSING = frozenset(
    {Fault.REFUSED, Fault.CONNECT_TIMEOUT, Fault.BROKEN, Fault.GARBAGE, Fault.READ_TIMEOUT, Fault.PROXY}
)
_NOT_TLS = (
    "WRONG_VERSION_NUMBER",
    "UNKNOWN_PROTOCOL",
    "HTTP_REQUEST",
    "RECORD_LAYER_FAILURE",
    "PACKET_LENGTH_TOO_LONG",
)
_TUNNEL_REFUSED = re.compile(r"Tunnel connection failed: 4(?!07|08|29)\d\d\b")
# The first that fits any of an error's causes names the fault.
_KINDS: tuple[tuple[type[BaseException], Fault], ...] = (
    (wire.ProxyError, Fault.PROXY),
    (asking.InvalidProxyURL, Fault.PROXY),
    (socket.gaierror, Fault.NAME),
    (ConnectionRefusedError, Fault.REFUSED),
    (ssl.SSLEOFError, Fault.BROKEN),
    (ssl.SSLError, Fault.TLS),
    (wire.SSLError, Fault.TLS),
    (wire.NewConnectionError, Fault.UNREACHABLE),
    (wire.ConnectTimeoutError, Fault.CONNECT_TIMEOUT),
    (wire.ReadTimeoutError, Fault.READ_TIMEOUT),
    (http.client.IncompleteRead, Fault.BROKEN),
    (http.client.RemoteDisconnected, Fault.BROKEN),
    (http.client.HTTPException, Fault.GARBAGE),
    (wire.InvalidHeader, Fault.GARBAGE),
    (ConnectionError, Fault.BROKEN),
    (TimeoutError, Fault.READ_TIMEOUT),
    (wire.ProtocolError, Fault.BROKEN),
)
_ERRORS: dict[Fault, type[TransportError]] = {
    Fault.CONNECT_TIMEOUT: TimedOutError,
    Fault.READ_TIMEOUT: TimedOutError,
    Fault.NOT_TLS: TLSError,
    Fault.TLS: TLSError,
}

NETWORK_ERRORS = (asking.RequestException, wire.HTTPError, http.client.HTTPException, OSError, ValueError)
"""Errors of requests, urllib3 and the standard library while a request is sent or a response is read."""


class FaultError(Exception):
    """A fault inside the client, with the error that leaves it if trying again does not help."""

    def __init__(self, fault: Fault, error: TransportError) -> None:
        super().__init__(str(error))
        self.fault = fault
        self.error = error


def failure(method: str, url: str, host: str, cause: Exception) -> FaultError:
    """The failure of a request to `host` (`host[:port]`) that ended in `cause`, one of NETWORK_ERRORS.

    Raises:
        UnsupportedError: a SOCKS proxy is named and the library that speaks to one is not installed.
    """
    if "Missing dependencies for SOCKS" in str(cause):
        raise UnsupportedError("a SOCKS proxy is named and PySocks is not installed") from cause
    fault = classify(cause)
    detail = _detail(cause) if fault is not Fault.REFUSED else ""
    text = f"{method} {safe_url(url)}: {fault.value}{f': {detail}' if detail else ''}"
    kind = _ERRORS.get(fault, ConnectionFailedError)
    hint = _hint(fault, host, detail)
    return FaultError(fault, kind(text, method=method, url=safe_url(url), hint=hint))


def classify(cause: BaseException) -> Fault:
    """Which fault an error is, by all that it came from."""
    chain = _causes(cause)
    for kind, fault in _KINDS:
        found = next((error for error in chain if isinstance(error, kind)), None)
        if isinstance(found, ssl.SSLError) and fault is Fault.TLS:
            return _tls_fault(found)
        if fault is Fault.PROXY and any(_TUNNEL_REFUSED.search(str(error)) for error in chain):
            return Fault.TUNNEL
        if found is not None:
            return fault
    return Fault.OTHER


def _tls_fault(error: ssl.SSLError) -> Fault:
    reason = (error.reason or str(error)).upper().replace(" ", "_")
    if "UNEXPECTED_EOF" in reason:
        return Fault.BROKEN
    return Fault.NOT_TLS if any(word in reason for word in _NOT_TLS) else Fault.TLS


def _causes(error: BaseException) -> list[BaseException]:
    """The error and all that it wraps, outermost first. Libraries wrap in three different schemes."""
    chain: list[BaseException] = []
    waiting: list[object] = [error]
    while waiting:
        item = waiting.pop(0)
        if isinstance(item, BaseException) and all(item is not seen for seen in chain):
            chain.append(item)
            waiting += [*item.args, getattr(item, "reason", None), item.__cause__, item.__context__]
    return chain


def _detail(cause: BaseException) -> str:
    """Return the system's message. The libraries' texts repeat URLs and headers, which may hold secrets."""
    for error in reversed(_causes(cause)):
        if isinstance(error, ssl.SSLCertVerificationError):
            return one_line(error.verify_message or str(error))
        if isinstance(error, OSError) and not isinstance(error, asking.RequestException):
            return said(error)
    return ""


def _hint(fault: Fault, host: str, detail: str) -> str | None:
    if fault is Fault.TLS and "alert" in detail and "certificate" in detail:
        return f"{host} wants a client certificate: name it with --cert and --key, or in a certs.d directory"
    if fault is Fault.TLS:
        return (
            f"name the authority that signed for {host} with --cacert or in a certs.d directory, or trust it "
            f"blindly with --insecure-registry {host}"
        )
    if fault is Fault.NOT_TLS:
        return f"allow plain HTTP with --insecure-registry {host}"
    if fault in (Fault.PROXY, Fault.TUNNEL):
        return "see HTTP_PROXY, HTTPS_PROXY, ALL_PROXY and NO_PROXY"
    return None

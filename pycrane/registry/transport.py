"""One request on the wire, its answer: connections, timeouts, proxies, TLS. Follows and repeats nothing."""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import suppress
from functools import partial
from typing import Any
from urllib.parse import urlsplit

from requests import PreparedRequest
from requests.adapters import HTTPAdapter
from requests.cookies import RequestsCookieJar
from requests.models import default_hooks
from requests.structures import CaseInsensitiveDict

from pycrane import events
from pycrane.errors import PycraneError
from pycrane.layers.stream import CHUNK, ByteStream
from pycrane.registry.ask import Ask, Body
from pycrane.registry.faults import NETWORK_ERRORS, failure
from pycrane.registry.notices import Notices
from pycrane.registry.options import ClientOptions
from pycrane.registry.proxies import proxies_for
from pycrane.registry.redact import one_line, safe_headers, safe_url
from pycrane.registry.response import Incoming, Response
from pycrane.registry.tls import TrustStore

_CONNECTIONS = 64


class Transport:
    """Sends single requests over kept connections. Thread-safe; whoever made it closes it."""

    def __init__(self, options: ClientOptions, listener: events.Listener) -> None:
        self._options = options
        self._listener = listener
        self._notices = Notices(options.limits, listener)
        self._adapter = _Adapter(TrustStore(options))
        self._secret = frozenset(name.lower() for name in options.headers)

    def send(self, ask: Ask, *, private: bool = True) -> Response:
        """Make the request, with its private headers or without, and give the answer, the body unread.

        Raises:
            FaultError: no usable answer.
            PycraneError: the request's own body cannot be read, or a certificate cannot be used.
        """
        headers = {
            "User-Agent": self._options.user_agent,
            "Accept-Encoding": "identity",
            **(ask.private if private else {}),
            **ask.headers,
        }
        response = self._exchange(ask, headers)
        if "Warning" in response.headers:
            self._notices.note(urlsplit(ask.url).netloc, response.headers["Warning"])
        return response

    def close(self) -> None:
        """Close all connections."""
        self._adapter.close()

    def _exchange(self, ask: Ask, headers: dict[str, str]) -> Response:
        fail = partial(failure, ask.method, ask.url, urlsplit(ask.url).netloc)
        outgoing = _Outgoing(ask.body) if ask.body else None
        limits = self._options.limits
        try:
            answer = self._adapter.send(
                _prepare(ask, headers, outgoing),
                stream=True,
                timeout=(limits.connect_timeout, limits.read_timeout),
                proxies=proxies_for(ask.url),
            )
        except PycraneError:
            raise
        except NETWORK_ERRORS as error:
            failed = fail(error)
            self._report(ask, headers, f"! {failed}")
            raise failed from error
        finally:
            if outgoing:
                outgoing.close()
        status = f"< {answer.status_code} {one_line(answer.reason or '')}"
        self._report(ask, headers, status, answer.headers)
        raw = Incoming(answer.raw, fail)
        return Response(ask.method, ask.url, answer.status_code, answer.headers, raw, answer.reason or "")

    def _report(
        self, ask: Ask, sent: Mapping[str, str], end: str, received: Mapping[str, str] | None = None
    ) -> None:
        if self._listener is events.ignore:
            return
        lines = [f"> {ask.method} {safe_url(ask.url)}"]
        lines += (f"> {line}" for line in safe_headers(sent, self._secret))
        lines.append(end)
        lines += (f"< {line}" for line in safe_headers(received or {}, self._secret))
        self._listener(events.Exchange(tuple(lines)))


class _Adapter(HTTPAdapter):
    """requests' adapter with TLS as the trust store says, and larger pieces on the wire."""

    def __init__(self, trust: TrustStore) -> None:
        self._trust = trust
        super().__init__(pool_connections=_CONNECTIONS, pool_maxsize=_CONNECTIONS)

    def init_poolmanager(self, *args: Any, **settings: Any) -> None:
        super().init_poolmanager(*args, blocksize=CHUNK, **settings)

    def proxy_manager_for(self, proxy: str, **settings: Any) -> Any:
        return super().proxy_manager_for(proxy, blocksize=CHUNK, **settings)

    def build_connection_pool_key_attributes(  # type: ignore[override]
        self, request: PreparedRequest, verify: object, cert: object = None
    ) -> tuple[dict[str, Any], dict[str, Any]]:
        parts = urlsplit(request.url or "")
        host = {"scheme": parts.scheme, "host": parts.hostname, "port": parts.port}
        if parts.scheme != "https":
            return host, {}
        return host, {"ssl_context": self._trust.context(parts.hostname or "", parts.port or 443)}

    def cert_verify(self, conn: object, url: object, verify: object, cert: object) -> None:
        """Nothing: the context knows what to trust."""


class _Outgoing:
    """A request's body as it is read. A file's error is not taken for the network's."""

    def __init__(self, body: Body) -> None:
        self.length = body.length
        self._stream: ByteStream = body.open()

    def read(self, size: int = CHUNK) -> bytes:
        try:
            return self._stream.read(size)
        except OSError as error:
            raise PycraneError(f"what is to be uploaded cannot be read: {error.strerror or error}") from error

    def close(self) -> None:
        with suppress(OSError):
            self._stream.close()


def _prepare(ask: Ask, headers: dict[str, str], body: _Outgoing | None) -> PreparedRequest:
    # Not requests' own preparation: it would requote the URL, which may be signed.
    request = PreparedRequest()
    request.method = ask.method
    request.url = ask.url
    request.headers = CaseInsensitiveDict(headers)
    request.hooks = default_hooks()
    request._cookies = RequestsCookieJar()  # type: ignore[attr-defined]
    if body is not None:
        request.body = body  # type: ignore[assignment]
    if body is not None and body.length is not None:
        request.headers["Content-Length"] = str(body.length)
    elif body is None and ask.method in ("POST", "PUT", "PATCH"):
        request.headers["Content-Length"] = "0"
    return request

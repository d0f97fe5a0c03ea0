"""One request on the wire, its answer: connections, timeouts, proxies, TLS. Follows and repeats nothing."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from functools import partial
from urllib.parse import urlsplit

from requests import PreparedRequest
from requests.cookies import RequestsCookieJar
from requests.models import Response as Answer
from requests.models import default_hooks
from requests.structures import CaseInsensitiveDict

from pycrane import _events as events
from pycrane._errors import PycraneError
from pycrane._io.stream import CHUNK, ByteStream
from pycrane._limits import patience_of
from pycrane._registry.http.connections import Connections, peers
from pycrane._registry.http.network_errors import NETWORK_ERRORS, failure
from pycrane._registry.http.options import ClientOptions
from pycrane._registry.http.proxies import proxies_for
from pycrane._registry.http.redaction import one_line, safe_headers, safe_url
from pycrane._registry.http.request import Ask, Body
from pycrane._registry.http.response import Incoming, Response
from pycrane._registry.http.tls import TrustStore
from pycrane._registry.http.warning_header import Notices

_UPLOADS = frozenset({"PUT", "PATCH"})


class Transport:
    """Sends single requests over kept connections. Thread-safe; whoever made it closes it."""

    def __init__(self, options: ClientOptions, listener: events.Listener) -> None:
        self._options = options
        self._listener = listener
        self._notices = Notices(options.limits, listener)
        self._connections = Connections(TrustStore(options))
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
        self._connections.close()

    def _exchange(self, ask: Ask, headers: dict[str, str]) -> Response:
        fail = partial(failure, ask.method, ask.url, urlsplit(ask.url).netloc)
        try:
            answer = self._answer(ask, headers)
        except PycraneError:
            raise
        except NETWORK_ERRORS as error:
            failed = fail(error)
            self._report(ask, headers, f"! {failed}")
            raise failed from error
        reason = one_line(answer.reason or "")
        self._report(ask, headers, f"< {answer.status_code} {reason}", answer.headers)
        raw = Incoming(answer.raw, fail)
        return Response(ask.method, ask.url, answer.status_code, answer.headers, raw, reason)

    def _answer(self, ask: Ask, headers: dict[str, str]) -> Answer:
        limits = self._options.limits
        silence = limits.upload_timeout if ask.method in _UPLOADS else limits.read_timeout
        outgoing = _Outgoing(ask.body) if ask.body else None
        try:
            with peers(ask.peer):
                return self._connections.send(
                    _prepare(ask, headers, outgoing),
                    stream=True,
                    timeout=(patience_of(limits.connect_timeout), patience_of(silence)),
                    proxies=proxies_for(ask.url),
                )
        finally:
            if outgoing:
                outgoing.close()

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


class _Outgoing:
    """A request's body as it is read. A file's error is not taken for the network's."""

    def __init__(self, body: Body) -> None:
        self.length = body.length
        with _unreadable():
            self._stream: ByteStream = body.open()

    def read(self, size: int = CHUNK) -> bytes:
        with _unreadable():
            return self._stream.read(size)

    def close(self) -> None:
        with suppress(OSError):
            self._stream.close()


@contextmanager
def _unreadable() -> Iterator[None]:
    try:
        yield
    except OSError as error:
        raise PycraneError(f"what is to be uploaded cannot be read: {error.strerror or error}") from error


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

"""Single requests over kept connections, with timeouts, proxies and TLS. Follows and repeats nothing."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
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
from pycrane._limits import timeout_of
from pycrane._registry.http.connections import Connections, peers
from pycrane._registry.http.network_errors import NETWORK_ERRORS, failure
from pycrane._registry.http.options import ClientOptions
from pycrane._registry.http.proxies import proxies_for
from pycrane._registry.http.redaction import hidden, one_line, safe_headers, safe_url, secrets_in
from pycrane._registry.http.request import Body, Request
from pycrane._registry.http.response import Response, ResponseBody
from pycrane._registry.http.tls import TrustStore
from pycrane._registry.http.warning_header import WarningHeaders

_UPLOADS = frozenset({"PUT", "PATCH"})


class Transport:
    """Sends single requests over kept connections. Thread-safe; its maker closes it."""

    def __init__(self, options: ClientOptions, listener: events.Listener) -> None:
        self.options = options
        self.listener = listener
        self._warnings = WarningHeaders(options.limits, listener)
        self._connections = Connections(TrustStore(options))
        self._secret = frozenset(name.lower() for name in options.headers)

    def send(self, request: Request, *, private: bool = True) -> Response:
        """Send a request, with its private headers or without, and return the response, its body unread.

        Raises:
            FaultError: no usable response.
            PycraneError: the request's own body cannot be read, or a certificate cannot be used.
        """
        headers = {
            "User-Agent": self.options.user_agent,
            "Accept-Encoding": "identity",
            **(request.private if private else {}),
            **request.headers,
        }
        response = self._exchange(request, headers)
        if "Warning" in response.headers:
            self._warnings.note(
                urlsplit(request.url).netloc, hidden(response.headers["Warning"], response.secrets)
            )
        return response

    def close(self) -> None:
        """Close all connections."""
        self._connections.close()

    def _exchange(self, request: Request, headers: dict[str, str]) -> Response:
        secrets = secrets_in(request.private) | frozenset(request.secrets)
        fail = partial(failure, request.method, request.url, urlsplit(request.url).netloc)
        try:
            answer = self._answer(request, headers)
        except PycraneError:
            raise
        except NETWORK_ERRORS as error:
            failed = fail(error)
            self._report(request, headers, f"! {failed}")
            raise failed from error
        reason = one_line(answer.reason or "")
        self._report(request, headers, f"< {answer.status_code} {reason}", answer.headers, secrets)
        raw = ResponseBody(answer.raw, fail)
        response = Response(request.method, request.url, answer.status_code, answer.headers, raw, reason)
        response.secrets = secrets
        return response

    def _answer(self, request: Request, headers: dict[str, str]) -> Answer:
        limits = self.options.limits
        silence = limits.upload_timeout if request.method in _UPLOADS else limits.read_timeout
        body = _RequestBody(request.body) if request.body else None
        try:
            with peers(request.peer, limits.response_head):
                return self._connections.send(
                    _prepare(request, headers, body),
                    stream=True,
                    timeout=(timeout_of(limits.connect_timeout), timeout_of(silence)),
                    proxies=proxies_for(request.url),
                )
        finally:
            if body:
                body.close()

    def _report(
        self,
        request: Request,
        sent: Mapping[str, str],
        end: str,
        received: Mapping[str, str] | None = None,
        secrets: Collection[str] = (),
    ) -> None:
        if self.listener is events.ignore:
            return
        lines = [f"> {request.method} {safe_url(request.url)}"]
        lines += (f"> {line}" for line in safe_headers(sent, self._secret))
        lines.append(hidden(end, secrets))
        lines += (f"< {hidden(line, secrets)}" for line in safe_headers(received or {}, self._secret))
        self.listener(events.Exchange(tuple(lines)))


class _RequestBody:
    """The body of a request as it is read. A file's error is not taken for the network's."""

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
        raise PycraneError(f"reading the content to upload: {error.strerror or error}") from error


def _prepare(request: Request, headers: dict[str, str], body: _RequestBody | None) -> PreparedRequest:
    # Not requests' own preparation: it would requote the URL, which may be signed.
    prepared = PreparedRequest()
    prepared.method = request.method
    prepared.url = request.url
    prepared.headers = CaseInsensitiveDict(headers)
    prepared.hooks = default_hooks()
    prepared._cookies = RequestsCookieJar()  # type: ignore[attr-defined]
    if body is not None:
        prepared.body = body  # type: ignore[assignment]
    if body is not None and body.length is not None:
        prepared.headers["Content-Length"] = str(body.length)
    elif body is None and request.method in ("POST", "PUT", "PATCH"):
        prepared.headers["Content-Length"] = "0"
    return prepared

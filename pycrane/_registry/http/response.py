"""An answer: its status, its headers and its body, read once and never further than allowed."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from contextlib import suppress
from typing import Any
from urllib.parse import urldefrag, urljoin, urlsplit

from requests.structures import CaseInsensitiveDict

from pycrane._errors import LimitExceededError, MalformedError, TransportError
from pycrane._io.stream import CHUNK, ByteStream, Closing
from pycrane._oci import go_json
from pycrane._registry.http.network_errors import NETWORK_ERRORS, FaultError
from pycrane._registry.http.redaction import hidden, safe_url
from pycrane._registry.http.web_pages import is_web_page, page_text

_MAX_URL = 8192


class ResponseBody:
    """The body of an answer as it arrives, never decoded. Its errors are those of `pycrane._errors`."""

    def __init__(self, raw: Any, fail: Callable[[Exception], FaultError]) -> None:
        self._raw = raw
        self._fail = fail

    def read(self, size: int = -1, /) -> bytes:
        """Up to `size` bytes, all that is left with -1; empty at the end only.

        Raises:
            TransportError: the connection broke, or stood still, before the announced end.
        """
        try:
            data: bytes = self._raw.read(None if size < 0 else size)
        except NETWORK_ERRORS as error:
            raise self._fail(error).error from error
        return data

    def close(self) -> None:
        """Give the connection back, or close it if the body was not read to its end."""
        self._raw.close()
        self._raw.release_conn()


class Response(Closing):
    """One answer. Whoever asked closes it; reading `raw` to its end keeps the connection for others.

    `url` is where the answer came from after redirects, `registry` the `host[:port]` that was asked, `known`
    whether the request carried credentials, `repeated` whether it was sent more than once, so that an earlier
    try may have had an effect, and `secrets` what no message about it may repeat.
    """

    def __init__(
        self,
        method: str,
        url: str,
        status: int,
        headers: Mapping[str, str],
        raw: ByteStream,
        reason: str = "",
        registry: str = "",
    ) -> None:
        self.method = method
        self.url = url
        self.status = status
        self.headers = headers
        self.raw = raw
        self.reason = reason
        self.registry = registry
        self.known = False
        self.repeated = False
        self.secrets: frozenset[str] = frozenset()
        self._held: bytes | None = None

    @property
    def length(self) -> int | None:
        """The announced length of the body in bytes, None without a usable announcement."""
        text = self.headers.get("Content-Length", "")
        return int(text) if text.isascii() and text.isdigit() and len(text) < 19 else None

    def body(self, limit: int) -> bytes:
        """The whole body; a second call gives it again.

        Raises:
            LimitExceededError: it is longer than `limit` bytes.
            TransportError: it does not arrive.
        """
        if self.method != "HEAD" and self.length is not None and self.length > limit:
            raise self._too_long(limit)
        data = self.excerpt(limit + 1)
        if len(data) > limit:
            raise self._too_long(limit)
        return data

    def excerpt(self, size: int) -> bytes:
        """The first `size` bytes of the body, or all if it is shorter; the rest is lost.

        Raises:
            TransportError: they do not arrive.
        """
        if self._held is None:
            parts: list[bytes] = []
            left = size
            while left > 0 and (data := self.raw.read(min(left, CHUNK))):
                parts.append(data)
                left -= len(data)
            self._held = b"".join(parts)
            self.close()
        return self._held[:size]

    def discard(self, size: int) -> None:
        """Discard the body and release the connection, which lives on if the body is short."""
        with suppress(TransportError):
            self.excerpt(size)
        self.close()

    def json(self, limit: int, what: str) -> Any:
        """Return the body as JSON; `what` names it in errors. Raises as `body` does, and MalformedError."""
        data = self.body(limit)
        self.check_not_web_page(data, what)
        return go_json.loads(data, what)

    def check_not_web_page(self, data: bytes, what: str) -> None:
        """Raise MalformedError if the body is a web page; `what` names it in errors."""
        if is_web_page(data):
            page = hidden(page_text(data), self.secrets)
            raise MalformedError(
                f"{what} is a web page (text/html): {page}",
                hint="a proxy, a sign-in or a server that is not a registry may have answered",
            )

    def location(self) -> str:
        """The absolute URL that the Location header means.

        Raises:
            MalformedError: there is none, or none that can be followed.
        """
        text = self.headers.get("Location", "").strip()
        where = f"{self.method} {safe_url(self.url)}"
        if not text:
            raise MalformedError(f"{where}: the answer {self.status} has no Location")
        return self.join(text)

    def join(self, text: str) -> str:
        """The absolute URL of a reference that this answer made.

        Raises:
            MalformedError: it is not a http(s) URL.
        """
        where = f"{self.method} {safe_url(self.url)}"
        if len(text) > _MAX_URL or not text.isascii() or not text.isprintable() or " " in text:
            raise MalformedError(f"{where}: the answer points to something that is no URL")
        try:
            url = urldefrag(urljoin(self.url, text)).url
            parts = urlsplit(url)
            host, _ = parts.hostname, parts.port
        except ValueError:
            host, parts, url = None, urlsplit(""), text
        if not host or parts.scheme not in ("http", "https"):
            raise MalformedError(f"{where}: the answer points to {safe_url(url, 200)}, no http(s) URL")
        return url

    def keep(self, headers: Mapping[str, str]) -> None:
        """Let these headers, of an earlier answer to the same request, count as this answer's."""
        if headers:
            merged = CaseInsensitiveDict(self.headers)
            merged.update(headers)
            self.headers = merged

    def close(self) -> None:
        """Release the connection. May be called twice."""
        self.raw.close()

    def _too_long(self, limit: int) -> LimitExceededError:
        return LimitExceededError(
            f"{self.method} {safe_url(self.url)}: the answer is longer than {limit} bytes"
        )

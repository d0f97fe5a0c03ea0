"""One registry as the session knows it: by which scheme it is reached, and how it is persuaded.

TLS is the rule. Plain HTTP comes first for this machine itself, and last, on evidence that no TLS is spoken,
for addresses of private networks (then without credentials) and for what the person calls insecure.
"""

from __future__ import annotations

import re
import threading
from collections.abc import Callable
from typing import TYPE_CHECKING, NamedTuple

from pycrane._keychain.credentials import Keychain
from pycrane._registry.http.addresses import Reach, is_loopback, literal_reach, split_host
from pycrane._registry.http.network_errors import Fault, FaultError
from pycrane._registry.http.options import ClientOptions
from pycrane._registry.http.redirects import is_own
from pycrane._registry.http.response import Response
from pycrane._registry.http.wire import Wire

if TYPE_CHECKING:
    from pycrane._registry.auth.authorization import Authorization

_WANTS_TLS = re.compile(
    rb"HTTP request to an HTTPS server|plain HTTP request was sent to HTTPS|plain HTTP to an SSL",
    re.IGNORECASE,
)
_NO_HTTP = frozenset({Fault.BROKEN, Fault.GARBAGE})
_NO_TLS = frozenset({Fault.NOT_TLS, Fault.BROKEN, Fault.GARBAGE})


class Way(NamedTuple):
    """How a registry may be reached. `agreed` is whether credentials may go that way."""

    scheme: str
    agreed: bool = True


_TLS, _PLAIN, _SILENTLY_PLAIN = Way("https"), Way("http"), Way("http", agreed=False)
_LOOPBACK = (_PLAIN, _TLS)
_INSECURE = (_TLS, _PLAIN)
_PRIVATE = (_TLS, _SILENTLY_PLAIN)
_PUBLIC = (_TLS,)


def ways(registry: str, options: ClientOptions) -> tuple[Way, ...]:
    """The ways to a registry, the first to be tried first."""
    host, port = split_host(registry)
    if is_loopback(host):
        return _LOOPBACK
    if options.trusts_blindly(host, port or 443) or options.trusts_blindly(host, port or 80):
        return _INSECURE
    if (literal_reach(host) or Reach.PUBLIC) is not Reach.PUBLIC:
        return _PRIVATE
    return _PUBLIC


class Host:
    """One registry. Thread-safe: what two threads learn at once is the same."""

    def __init__(
        self,
        registry: str,
        keychain: Keychain,
        wire: Wire,
    ) -> None:
        self.registry = registry
        self._keychain = keychain
        self._wire = wire
        self._options = wire.options
        self._way: Way | None = None
        self._authorization: Authorization | None = None
        self._lock = threading.Lock()

    @property
    def authorization(self) -> Authorization:
        """How it is persuaded. Imported when it wants to be."""
        from pycrane._registry.auth.authorization import Authorization

        with self._lock:
            if self._authorization is None:
                self._authorization = Authorization(self.registry, self._keychain, self._wire, self.reveals)
            return self._authorization

    @property
    def challenged(self) -> bool:
        """Whether it has said how it wants to be persuaded."""
        return self._authorization is not None and self._authorization.challenged

    @property
    def way(self) -> Way:
        """The way that was found; before that the one that is tried first."""
        return self._way or ways(self.registry, self._options)[0]

    def reveals(self) -> bool:
        """Whether secrets may go the way that was found."""
        return self.way.agreed

    def owns(self, url: str) -> bool:
        """Whether a URL is this registry's own, so that its credentials may go there."""
        return is_own(url, self.base(self.way))

    def absolute(self, url: str) -> str:
        """A URL that the registry gave out; one of its own keeps TLS if that is how it is reached."""
        mine = url.startswith(f"http://{self.registry}/")
        return f"https{url[4:]}" if mine and self.way.scheme == "https" else url

    def base(self, way: Way) -> str:
        """`scheme://registry`."""
        return f"{way.scheme}://{self.registry}"

    def reach(self, attempt: Callable[[Way], Response]) -> Response:
        """The answer to `attempt` by the way that works, which is remembered.

        Raises:
            FaultError: none does; the failure is that of the way which should have.
        """
        if self._way is not None:
            return attempt(self._way)
        first: FaultError | None = None
        doubtful: tuple[Way, Response] | None = None
        open_ways = ways(self.registry, self._options)
        for way in open_ways:
            try:
                response = attempt(way)
            except FaultError as failed:
                if doubtful and failed.fault in _NO_TLS:
                    # No TLS is spoken there either: the 400 was the answer.
                    self._way = doubtful[0]
                    return doubtful[1]
                # A certificate that is refused says more than what plain HTTP met on the same port.
                first = failed if first is None or failed.fault is Fault.TLS else first
                if not self._leads_on(way, failed.fault):
                    break
            else:
                if way is open_ways[-1] or not self._wants_tls(response):
                    self._way = way
                    return response
                response.settle(self._options.limits.error_body)
                doubtful = way, response
        raise first or AssertionError("the last way gives an answer or a failure")

    def _wants_tls(self, response: Response) -> bool:
        """Whether a server of TLS says so in plain HTTP. To HEAD it cannot: then TLS is tried too."""
        if response.status != 400:
            return False
        if response.method == "HEAD":
            return "Docker-Distribution-Api-Version" not in response.headers
        return bool(_WANTS_TLS.search(response.excerpt(self._options.limits.error_body)))

    def _leads_on(self, way: Way, fault: Fault) -> bool:
        if fault is Fault.REFUSED:
            _, port = split_host(self.registry)
            return port is None
        return fault in (_NO_TLS if way.scheme == "https" else _NO_HTTP)

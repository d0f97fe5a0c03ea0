"""One registry as a session knows it: the scheme that reaches it, and its authentication.

TLS is the rule. Plain HTTP is tried first for this machine itself, and last, on evidence that no TLS is
spoken, for addresses of private networks (then without credentials) and for registries that the user calls
insecure.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import TYPE_CHECKING, NamedTuple

from pycrane._io.process import ForkLock
from pycrane._keychain.credentials import Keychain
from pycrane._registry.http.addresses import Reach, is_loopback, literal_reach, split_host
from pycrane._registry.http.network_errors import Fault, FaultError
from pycrane._registry.http.options import ClientOptions
from pycrane._registry.http.redirects import is_own, same_port
from pycrane._registry.http.response import Response
from pycrane._registry.http.transport import Transport

if TYPE_CHECKING:
    from pycrane._registry.auth.authorization import Authorization

_WANTS_TLS = re.compile(
    rb"HTTP request to an HTTPS server|plain HTTP request was sent to HTTPS|plain HTTP to an SSL",
    re.IGNORECASE,
)
_NO_HTTP = frozenset({Fault.BROKEN, Fault.GARBAGE})
_NO_TLS = frozenset({Fault.NOT_TLS, Fault.BROKEN, Fault.GARBAGE})


class Scheme(NamedTuple):
    """A scheme to reach a registry by, `https` or `http`, and whether credentials may be sent over it."""

    name: str
    sends_credentials: bool = True


_TLS, _PLAIN, _SILENTLY_PLAIN = Scheme("https"), Scheme("http"), Scheme("http", sends_credentials=False)
_LOOPBACK = (_PLAIN, _TLS)
_INSECURE = (_TLS, _PLAIN)
_PRIVATE = (_TLS, _SILENTLY_PLAIN)
_PUBLIC = (_TLS,)


def schemes(registry: str, options: ClientOptions) -> tuple[Scheme, ...]:
    """Return the schemes that may reach a registry, the first to be tried first."""
    if options.tls_only:
        return _PUBLIC
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

    def __init__(self, registry: str, keychain: Keychain, transport: Transport) -> None:
        self.registry = registry
        self._keychain = keychain
        self._transport = transport
        self._options = transport.options
        self._found: Scheme | None = None
        self._authorization: Authorization | None = None
        self._lock = ForkLock()

    @property
    def authorization(self) -> Authorization:
        """The authentication at this registry. Imported when the registry asks for it."""
        from pycrane._registry.auth.authorization import Authorization

        with self._lock:
            if self._authorization is None:
                self._authorization = Authorization(
                    self.registry, self._keychain, self._transport, self.may_send_credentials
                )
            return self._authorization

    @property
    def challenged(self) -> bool:
        """Whether the registry has sent a challenge."""
        return self._authorization is not None and self._authorization.challenged

    @property
    def scheme(self) -> Scheme:
        """The scheme that reached the registry; before that the one that is tried first."""
        return self._found or schemes(self.registry, self._options)[0]

    def may_send_credentials(self) -> bool:
        """Whether credentials may be sent by the scheme that reached the registry."""
        return self.scheme.sends_credentials

    def owns(self, url: str) -> bool:
        """Whether a URL is this registry's own, so that its credentials may go there."""
        return is_own(url, self.base(self.scheme))

    def absolute(self, url: str) -> str:
        """Return a URL that the registry gave out; one of its own gets the scheme that reaches it."""
        if url.startswith(f"http://{self.registry}/") and self.scheme.name == "https":
            return f"https{url[4:]}"
        return same_port(self.base(self.scheme), url)

    def base(self, scheme: Scheme) -> str:
        """Return `scheme://registry`."""
        return f"{scheme.name}://{self.registry}"

    def try_schemes(self, attempt: Callable[[Scheme], Response]) -> Response:
        """Return the response to `attempt` by the scheme that works, which is remembered.

        Raises:
            FaultError: no scheme works; the failure is that of the scheme that should have.
        """
        if self._found is not None:
            return attempt(self._found)
        first: FaultError | None = None
        doubtful: tuple[Scheme, Response] | None = None
        candidates = schemes(self.registry, self._options)
        for scheme in candidates:
            try:
                response = attempt(scheme)
            except FaultError as failed:
                if doubtful and failed.fault in _NO_TLS:
                    # No TLS is spoken there either: the 400 was the registry's own.
                    self._found = doubtful[0]
                    return doubtful[1]
                # A certificate that is refused says more than what plain HTTP met on the same port.
                first = failed if first is None or failed.fault is Fault.TLS else first
                if not self._may_try_next(scheme, failed.fault):
                    break
            else:
                if scheme is candidates[-1] or not self._wants_tls(response):
                    self._found = scheme
                    return response
                response.discard(self._options.limits.error_body)
                doubtful = scheme, response
        raise first or AssertionError("the last scheme gives a response or a failure")

    def _wants_tls(self, response: Response) -> bool:
        """Whether a server of TLS says so in plain HTTP. To HEAD it cannot: then TLS is tried too."""
        if response.status != 400:
            return False
        if response.method == "HEAD":
            return "Docker-Distribution-Api-Version" not in response.headers
        return bool(_WANTS_TLS.search(response.excerpt(self._options.limits.error_body)))

    def _may_try_next(self, scheme: Scheme, fault: Fault) -> bool:
        """Whether a fault leaves it open that another scheme works."""
        host, port = split_host(self.registry)
        if fault is Fault.REFUSED:
            return port is None
        if fault is Fault.TUNNEL:
            return self._options.trusts_blindly(host, port or 443)
        return fault in (_NO_TLS if scheme.name == "https" else _NO_HTTP)

"""Redirects followed by hand (RFC 9110, section 15.4): who is sent where, and with which headers."""

from __future__ import annotations

from functools import partial
from typing import Protocol
from urllib.parse import urlsplit, urlunsplit

from pycrane._errors import LimitExceededError, RegistryError, UnsupportedError
from pycrane._registry.http.addresses import Reach, literal_reach, resolved_reach
from pycrane._registry.http.options import ClientOptions
from pycrane._registry.http.proxies import is_proxied
from pycrane._registry.http.redaction import safe_url
from pycrane._registry.http.request import PeerRule, Request
from pycrane._registry.http.response import Response

_REDIRECTS = frozenset({301, 302, 303, 307, 308})
_REPEATING = frozenset({307, 308})
_FIRST_HOP = ("Docker-Content-Digest",)
_PORTS = {"http": 80, "https": 443}


class Sender(Protocol):
    """Sender of single requests: `Transport.send`."""

    def __call__(self, request: Request, *, private: bool = True) -> Response:
        """Send it, with its private headers or without."""
        ...


def origin(url: str) -> tuple[str, str, int]:
    """Scheme, host and port of a URL."""
    parts = urlsplit(url)
    return parts.scheme, parts.hostname or "", parts.port or _PORTS.get(parts.scheme, 0)


def is_own(url: str, home: str) -> bool:
    """Whether a URL is at the origin of `home`, or at the same host and port and one step safer, on https."""
    if origin(url) == origin(home):
        return True
    there, here = urlsplit(url), urlsplit(home)
    return (here.scheme, there.scheme) == ("http", "https") and there.netloc.lower() == here.netloc.lower()


def same_port(source: str, target: str) -> str:
    """Return `target` with the scheme of `source` if both are at one host and one port named in them.

    One port speaks one scheme, and at `source` it has just answered: some registries, told a wrong name for
    themselves, send to https where they speak plain HTTP, and the reverse.
    """
    here, there = urlsplit(source), urlsplit(target)
    if there.port is None or here.netloc.lower() != there.netloc.lower():
        return target
    return urlunsplit(there._replace(scheme=here.scheme))


def follow_redirects(send: Sender, request: Request, options: ClientOptions) -> Response:
    """The answer to a request after at most `limits.redirects` redirects.

    Private headers go to the origin of `request.url` alone. The response keeps the digest that only the first
    one has. A redirect that cannot be followed safely, or that would turn an upload into a GET, is an error.

    Raises:
        PycraneError: a redirect that is not followed, and all that `send` raises.
    """
    here, first = request, None
    for _ in range(options.limits.redirects + 1):
        response = send(here, private=is_own(here.url, request.url))
        if response.status not in _REDIRECTS or not response.headers.get("Location"):
            _keep_first(response, first)
            return response
        first = first or response
        response.discard(options.limits.error_body)
        here = _next(here, response, request.url, options)
    raise LimitExceededError(
        f"{request.method} {safe_url(request.url)}: more than {options.limits.redirects} redirects"
    )


def check_target(source: str, target: str, options: ClientOptions) -> PeerRule | None:
    """Refuse to be sent from one URL to another where that is not safe.

    A name may have another address once it is connected to: gives the rule that the request carries along.

    Raises:
        UnsupportedError: with a user name; away from TLS; or into this machine, its link or a private network
            by someone who is not in there. The last two are allowed to a host that the user names insecure.
    """
    here, there = urlsplit(source), urlsplit(target)
    shown = safe_url(target, 200)
    if there.username or there.password:
        raise UnsupportedError(f"refusing the redirect from {here.netloc} to {shown}: it has a user name")
    _, host, port = origin(target)
    if options.names_insecure(host, port):
        return None
    inside = here.hostname == there.hostname
    if here.scheme == "https" and there.scheme != "https" and not options.insecure:
        reason = "it leads away from TLS"
    elif not inside and not _may_reach(source, target, _expected_reach(target)):
        reason = "it leads into a private network"
    else:
        return None if inside else partial(_may_reach, source, target)
    raise UnsupportedError(
        f"refusing the redirect from {here.netloc} to {shown}: {reason}",
        hint=f"allow it with --insecure-registry {there.netloc}",
    )


def _next(request: Request, response: Response, home: str, options: ClientOptions) -> Request:
    if request.method not in ("GET", "HEAD") and response.status not in _REPEATING:
        raise RegistryError(
            f"{request.method} {safe_url(request.url)}: "
            f"redirected with {response.status}, which would make it a GET",
            status=response.status,
            method=request.method,
            url=safe_url(request.url),
        )
    if request.body and not request.body.replayable:
        raise UnsupportedError(
            f"{request.method} {safe_url(request.url)}: redirected, and its content cannot be sent again"
        )
    target = same_port(request.url, response.location())
    peer = check_target(home if is_own(request.url, home) else request.url, target, options)
    return request._replace(url=target, peer=peer)


def _keep_first(response: Response, first: Response | None) -> None:
    if first is not None:
        kept = {name: first.headers[name] for name in _FIRST_HOP if name in first.headers}
        response.keep(kept)


def _expected_reach(target: str) -> Reach:
    host = urlsplit(target).hostname or ""
    # Behind a proxy only a literal address is known; names are the proxy's to judge.
    return (literal_reach(host) or Reach.PUBLIC) if is_proxied(target) else resolved_reach(host)


def _may_reach(source: str, target: str, there: Reach) -> bool:
    """Whether who is at `source` may know what is at `target`, which lies `there`."""
    if there is Reach.PUBLIC:
        return True
    host = urlsplit(target).hostname or ""
    if there is Reach.PRIVATE and literal_reach(host) is None and target.startswith("https:"):
        # Storage of a cloud often has a private address and a name that its certificate proves.
        return True
    here = resolved_reach(urlsplit(source).hostname or "")
    return here is there or (here is Reach.LOOPBACK and there is Reach.PRIVATE)

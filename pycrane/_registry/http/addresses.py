"""Where an address lies: on this machine, on this link, in a private network or in public (RFC 6890)."""

from __future__ import annotations

import ipaddress
import socket
from enum import IntEnum
from urllib.parse import urlsplit


class Reach(IntEnum):
    """Who can reach an address, from all down to the few."""

    PUBLIC = 0
    PRIVATE = 1
    LOOPBACK = 2
    LINK_LOCAL = 3


def split_host(registry: str) -> tuple[str, int | None]:
    """Host and port of `host[:port]`, brackets of IPv6 taken off; None if no port is named."""
    parts = urlsplit(f"//{registry}")
    return parts.hostname or "", parts.port


def is_loopback(host: str) -> bool:
    """Whether a host is this machine by its mere name: `localhost`, `*.localhost`, 127.0.0.0/8, ::1."""
    name = host.rstrip(".").lower()
    return name == "localhost" or name.endswith(".localhost") or literal_reach(host) is Reach.LOOPBACK


def literal_reach(host: str) -> Reach | None:
    """Where an address lies that is written as one; None for a name."""
    try:
        address = ipaddress.ip_address(host.partition("%")[0])
    except ValueError:
        return None
    mapped = getattr(address, "ipv4_mapped", None)
    return _reach(mapped or address)


def resolved_reach(host: str) -> Reach:
    """The narrowest reach of all addresses that a host has now; public if it cannot be resolved here.

    A host that only a proxy can resolve is the proxy's to judge. May wait for the resolver.
    """
    known = literal_reach(host)
    if known is not None:
        return known
    if is_loopback(host):
        return Reach.LOOPBACK
    try:
        found = socket.getaddrinfo(host, None, type=socket.SOCK_STREAM)
    except (OSError, UnicodeError):
        return Reach.PUBLIC
    reaches = (literal_reach(str(entry[4][0])) for entry in found)
    return max((reach for reach in reaches if reach is not None), default=Reach.PUBLIC)


def _reach(address: ipaddress.IPv4Address | ipaddress.IPv6Address) -> Reach:
    if address.is_loopback or address.is_unspecified:
        return Reach.LOOPBACK
    if address.is_link_local or address.is_multicast:
        return Reach.LINK_LOCAL
    return Reach.PUBLIC if address.is_global else Reach.PRIVATE

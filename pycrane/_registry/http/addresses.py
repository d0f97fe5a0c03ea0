"""Reach of addresses: this machine, this link, a private network or the public (RFC 6890)."""

from __future__ import annotations

import ipaddress
import socket
from enum import IntEnum
from functools import cache
from urllib.parse import urlsplit

_NAT64 = ipaddress.IPv6Network("64:ff9b::/96")
_LOCAL_NAT64 = ipaddress.IPv6Network("64:ff9b:1::/48")


class Reach(IntEnum):
    """The hosts that can reach an address, from all of them down to a few."""

    PUBLIC = 0
    PRIVATE = 1
    LOOPBACK = 2
    LINK_LOCAL = 3


def split_host(registry: str) -> tuple[str, int | None]:
    """Host and port of `host[:port]`, brackets of IPv6 taken off; None if no port is named."""
    parts = urlsplit(f"//{registry}")
    return parts.hostname or "", parts.port


def is_loopback(host: str) -> bool:
    """Whether a host is this machine: 127.0.0.0/8, ::1, and `localhost` and `*.localhost` (RFC 6761).

    The names count if all addresses they have here are loopback addresses, which is looked up once.
    """
    name = host.rstrip(".").lower()
    if name == "localhost" or name.endswith(".localhost"):
        return _is_loopback_name(name)
    return literal_reach(host) is Reach.LOOPBACK


@cache
def _is_loopback_name(name: str) -> bool:
    reaches = _reaches(name)
    return bool(reaches) and min(reaches) is max(reaches) is Reach.LOOPBACK


def literal_reach(host: str) -> Reach | None:
    """Return the reach of an address; None for a name.

    An IPv6 address that stands for an IPv4 address (mapped, NAT64, 6to4, Teredo) has the reach of that.
    """
    try:
        address = ipaddress.ip_address(host.partition("%")[0])
    except ValueError:
        return None
    return _reach(_embedded(address) if isinstance(address, ipaddress.IPv6Address) else address)


def resolved_reach(host: str) -> Reach:
    """Return the narrowest reach of all addresses that a host has now; public if it cannot be resolved here.

    A host that only a proxy can resolve is checked by the proxy. May wait for the resolver.
    """
    known = literal_reach(host)
    if known is not None:
        return known
    return max(_reaches(host), default=Reach.PUBLIC)


def _reaches(host: str) -> list[Reach]:
    try:
        found = socket.getaddrinfo(host, None, type=socket.SOCK_STREAM)
    except (OSError, UnicodeError):
        return []
    reaches = (literal_reach(str(entry[4][0])) for entry in found)
    return [reach for reach in reaches if reach is not None]


def _embedded(address: ipaddress.IPv6Address) -> ipaddress.IPv4Address | ipaddress.IPv6Address:
    """The IPv4 address that an IPv6 address stands for (RFC 4291, 6052, 3056, 4380); else the address."""
    if address.ipv4_mapped or address.sixtofour:
        return address.ipv4_mapped or address.sixtofour or address
    if address.teredo:
        return address.teredo[1]
    compatible = int(address) >> 32 == 0 and int(address) > 1
    if address in _NAT64 or compatible:
        return ipaddress.IPv4Address(int(address) & 0xFFFFFFFF)
    return address


def _reach(address: ipaddress.IPv4Address | ipaddress.IPv6Address) -> Reach:
    if address.is_loopback or address.is_unspecified:
        return Reach.LOOPBACK
    if address in _LOCAL_NAT64:
        return Reach.PRIVATE
    if address.is_link_local or address.is_multicast:
        return Reach.LINK_LOCAL
    return Reach.PUBLIC if address.is_global else Reach.PRIVATE

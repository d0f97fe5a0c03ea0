"""Which proxy a request goes through: HTTP_PROXY, HTTPS_PROXY, ALL_PROXY and NO_PROXY."""

from __future__ import annotations

from urllib.parse import urlsplit

from pycrane._registry.http.addresses import is_loopback


def proxies_for(url: str) -> dict[str, str]:
    """The proxies by scheme, as requests takes them; none for this machine itself, whatever is set."""
    from requests.utils import get_environ_proxies

    if is_loopback(urlsplit(url).hostname or ""):
        return {}
    return dict(get_environ_proxies(url))


def is_proxied(url: str) -> bool:
    """Whether a request for this URL goes through a proxy, which then also resolves the name."""
    from requests.utils import select_proxy

    return select_proxy(url, proxies_for(url)) is not None

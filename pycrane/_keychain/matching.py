"""Matches keys of a credentials file with repositories (docker config.json, containers-auth.json(5)).

A key is a host, a host with a namespace (`host/team`, Podman's), or a URL as old versions of Docker wrote it
(`https://host/v1/`). Docker Hub has several names; the one written is `https://index.docker.io/v1/`.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from typing import NamedTuple

from pycrane._reference import DOCKER_HUB, Repository

HUB_KEY = "https://index.docker.io/v1/"

_HUB_KEYS = (HUB_KEY, "docker.io", "index.docker.io", "registry-1.docker.io")
_SCHEME = re.compile(r"[A-Za-z][A-Za-z0-9+.-]*://")
_API_ROOTS = ("v1", "v2")


class KeyScope(NamedTuple):
    """Scope of a key: a host, and the path that repositories must be at or below (empty: all)."""

    host: str
    path: str


def scope_of(key: str) -> KeyScope:
    """Return the scope of a key. Never fails: an unusable key yields a host that matches nothing."""
    rest, url = _SCHEME.subn("", key, count=1)
    authority, _, path = rest.partition("/")
    host = authority.rpartition("@")[2].lower()
    path = path.strip("/")
    if url or path in _API_ROOTS:
        path = ""
    return KeyScope(DOCKER_HUB if host in _HUB_KEYS else host, path)


def storage_key(registry: str) -> str:
    """Return the key that Docker and its helpers use for a registry."""
    return HUB_KEY if scope_of(registry).host == DOCKER_HUB else registry


def host_keys(registry: str) -> tuple[str, ...]:
    """Return the keys for exactly this registry, beginning with the one that Docker writes."""
    return _HUB_KEYS if scope_of(registry).host == DOCKER_HUB else (registry,)


def shown(key: str) -> str:
    """Return a key to show: without the `user:password@` that a URL may contain."""
    scheme = _SCHEME.match(key)
    rest = key[scheme.end() :] if scheme else key
    authority, slash, path = rest.partition("/")
    return f"{scheme[0] if scheme else ''}{authority.rpartition('@')[2]}{slash}{path}"


def matching_keys(keys: Iterable[str], repository: Repository) -> list[str]:
    """Return the keys that match a repository, best first.

    Longest namespace first; among keys for the host alone, the names that Docker writes before older
    spellings, and those in their order. A repository without a path matches keys for the host alone.
    """
    return [key for _, key in sorted(_ranked(keys, repository))]


def _ranked(keys: Iterable[str], repository: Repository) -> Iterator[tuple[tuple[int, int, int], str]]:
    host = scope_of(repository.registry).host
    exact = host_keys(repository.registry)
    for position, key in enumerate(keys):
        scope = scope_of(key)
        if scope.host == host and _covers(scope.path, repository.path):
            name = exact.index(key) if key in exact else len(exact)
            yield (-len(scope.path), name, position), key


def _covers(namespace: str, path: str) -> bool:
    return not namespace or path == namespace or path.startswith(f"{namespace}/")

"""What the tests of the client share: a keychain, a listener, limits that do not wait long."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from peers.registry import Registry

from pycrane._errors import CredentialsError
from pycrane._events import Event
from pycrane._keychain.credentials import ANONYMOUS, Credentials
from pycrane._limits import Limits
from pycrane._reference import Repository
from pycrane._registry.client import RegistryClient

MakeClient = Callable[..., RegistryClient]
IMPATIENT = Limits(backoff=0.001, connect_timeout=5, read_timeout=5, upload_timeout=5)


@dataclass
class Keys:
    """A keychain: credentials by registry or repository, and who was asked about."""

    known: dict[str, Credentials] = field(default_factory=dict)
    broken: bool = False
    asked: list[str] = field(default_factory=list)

    def resolve(self, repository: Repository) -> Credentials:
        self.asked.append(repository.name)
        if self.broken:
            raise CredentialsError("the credential helper gave up")
        return self.known.get(repository.name, self.known.get(repository.registry, ANONYMOUS))


class Heard(list[Event]):
    """Events in the order in which they came."""

    def of(self, kind: type[Event]) -> list[Any]:
        return [event for event in self if isinstance(event, kind)]


def asked(registry: Registry, repo: str) -> list[tuple[str, int]]:
    """Method and status of what a real registry was asked about a repository since the last `reset`."""
    return [(seen.method, seen.status) for seen in registry.requests() if f"/{repo}/" in seen.path]

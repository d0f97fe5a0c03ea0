"""Credentials (Docker's `AuthConfig`), and the protocol of keychains."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Protocol

from pycrane._reference import Repository


@dataclass(frozen=True, slots=True)
class Credentials:
    """Credentials for a registry. Anonymous if all fields are empty. `repr` shows no secret.

    `identity_token` is an OAuth2 refresh token; `registry_token` is sent unchanged as a bearer token.
    """

    username: str = ""
    password: str = field(default="", repr=False)
    identity_token: str = field(default="", repr=False)
    registry_token: str = field(default="", repr=False)

    @property
    def anonymous(self) -> bool:
        """Whether all fields are empty."""
        return not (self.username or self.password or self.identity_token or self.registry_token)


ANONYMOUS = Credentials()


class Keychain(Protocol):
    """A source of credentials: any class with this method. It is called from several threads at once.

    `Repository.path` may be empty where only the registry matters.
    """

    def resolve(self, repository: Repository) -> Credentials:
        """Return credentials for this repository's registry, `ANONYMOUS` if there are none.

        Raises:
            CredentialsError: a source that should answer is broken.

        """
        ...

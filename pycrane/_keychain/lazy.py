"""The default keychain, made when it is first used: a public image never uses it."""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING

from pycrane._io.process import ForkLock
from pycrane._keychain.credentials import Credentials
from pycrane._keychain.locations import docker_config_path
from pycrane._reference import Repository

if TYPE_CHECKING:
    from pycrane._keychain.chain import DefaultKeychain
    from pycrane._keychain.explanation import Finding


class LazyKeychain:
    """A `DefaultKeychain` made on first use, over the environment as it is now (or `env`). Thread-safe."""

    def __init__(self, env: Mapping[str, str] | None = None) -> None:
        self._env = dict(os.environ if env is None else env)
        self._made: DefaultKeychain | None = None
        self._lock = ForkLock()

    def resolve(self, repository: Repository) -> Credentials:
        """See `Keychain.resolve`."""
        return self._keychain().resolve(repository)

    def look(self, repository: Repository) -> Iterator[Finding]:
        """See `BaseKeychain.look`."""
        return self._keychain().look(repository)

    @property
    def http_headers(self) -> Mapping[str, str]:
        """See `DefaultKeychain.http_headers`; without a file, none are read."""
        return self._keychain().http_headers if docker_config_path(self._env).exists() else {}

    def _keychain(self) -> DefaultKeychain:
        from pycrane._keychain.chain import DefaultKeychain

        with self._lock:
            if self._made is None:
                self._made = DefaultKeychain(self._env)
            return self._made

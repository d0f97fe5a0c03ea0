"""Keychains over one credentials file or variable: its entries, and the helpers it names."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator, Mapping, Sequence
from itertools import chain
from pathlib import Path

from pycrane._errors import CredentialsError
from pycrane._io.process import ForkLock
from pycrane._keychain.base import BaseKeychain
from pycrane._keychain.credentials import ANONYMOUS
from pycrane._keychain.docker_config import DockerConfig, read_config
from pycrane._keychain.explanation import Finding, absent, broken, found
from pycrane._keychain.helper import CredentialHelper
from pycrane._keychain.locations import ENVIRONMENT_VARIABLE
from pycrane._keychain.matching import matching_keys, scope_of
from pycrane._limits import DEFAULT_LIMITS, Limits
from pycrane._reference import Repository


class Helpers:
    """The credential helpers of a keychain by name, each made once so that its answers are cached.

    Without `run` none is run, as if none were named.
    """

    def __init__(self, env: Mapping[str, str], limits: Limits, *, run: bool = True) -> None:
        self.run = run
        self._env = env
        self._limits = limits
        self._lock = ForkLock()
        self._helpers: dict[str, CredentialHelper] = {}

    def named(self, name: str) -> CredentialHelper:
        """The helper of this name."""
        with self._lock:
            if name not in self._helpers:
                self._helpers[name] = CredentialHelper(name, self._env, self._limits)
            return self._helpers[name]

    def forget(self) -> None:
        """Drop the answers of all helpers."""
        with self._lock:
            self._helpers.clear()


class ConfigKeychain(BaseKeychain):
    """Keychain over one configuration. `load` reads it when it is first needed, None if there is none.

    The order of lookup for a repository: entries for a namespace, longest first; the helper for the host
    (`credHelpers`, then `credsStore`); entries for the host.
    """

    def __init__(self, source: str, load: Callable[[], DockerConfig | None], helpers: Helpers) -> None:
        self.source = source
        self._load = load
        self._helpers = helpers
        self._lock = ForkLock()
        self._loaded: DockerConfig | CredentialsError | None = None
        self._fresh = False

    def look(self, repository: Repository) -> Iterator[Finding]:
        """The steps of this configuration, at least one."""
        config = self._config()
        if isinstance(config, CredentialsError):
            yield broken(self.source, config)
        elif config is None:
            yield absent(self.source)
        else:
            yield from self._look_in(config, repository)

    def http_headers(self) -> Mapping[str, str]:
        """`HttpHeaders`, which go to registries only; none if the configuration is absent or broken."""
        config = self._config()
        return config.http_headers if isinstance(config, DockerConfig) else {}

    def forget(self) -> None:
        """Drop the configuration and the answers of its helpers."""
        with self._lock:
            self._fresh = False
        self._helpers.forget()

    def _config(self) -> DockerConfig | CredentialsError | None:
        with self._lock:
            if not self._fresh:
                try:
                    self._loaded = self._load()
                except CredentialsError as error:
                    self._loaded = error
                self._fresh = True
            return self._loaded

    def _look_in(self, config: DockerConfig, repository: Repository) -> Iterator[Finding]:
        keys = matching_keys(config.auths, repository)
        narrow = [key for key in keys if scope_of(key).path]
        silent = True
        for finding in chain(
            self._entries(config, narrow),
            self._helper(config, repository),
            self._entries(config, keys[len(narrow) :]),
        ):
            silent = False
            yield finding
        if silent:
            yield found(self.source, ANONYMOUS)

    def _entries(self, config: DockerConfig, keys: Sequence[str]) -> Iterator[Finding]:
        """Yield entries that are not empty: an empty one only marks a login that a helper keeps."""
        for key in keys:
            try:
                credentials = config.entry(key)
            except CredentialsError as error:
                yield broken(self.source, error, key)
            else:
                if not credentials.anonymous:
                    yield found(self.source, credentials, key)

    def _helper(self, config: DockerConfig, repository: Repository) -> Iterator[Finding]:
        name, servers = config.helper_for(repository.registry)
        if name and self._helpers.run:
            for server in servers:
                yield ask(self._helpers.named(name), self.source, server)


def ask(helper: CredentialHelper, source: str, server: str) -> Finding:
    """Ask a helper for a server; the answer is a step of `source`."""
    try:
        return found(source, helper.get(server), server, helper.program)
    except CredentialsError as error:
        return broken(source, error, server, helper.program)


def file_keychain(path: Path, helpers: Helpers, limits: Limits = DEFAULT_LIMITS) -> ConfigKeychain:
    """The keychain over a Docker or Podman credentials file."""
    return ConfigKeychain(str(path), lambda: read_config(path, limits), helpers)


class EnvironmentKeychain(ConfigKeychain):
    """The keychain over `DOCKER_AUTH_CONFIG`, which holds the text of a Docker configuration."""

    def __init__(
        self,
        env: Mapping[str, str] | None = None,
        limits: Limits = DEFAULT_LIMITS,
        helpers: Helpers | None = None,
    ) -> None:
        env = dict(os.environ if env is None else env)
        raw = env.get(ENVIRONMENT_VARIABLE, "").encode(errors="surrogateescape")
        super().__init__(
            ENVIRONMENT_VARIABLE,
            lambda: DockerConfig.parse(raw, ENVIRONMENT_VARIABLE) if raw else None,
            helpers or Helpers(env, limits),
        )

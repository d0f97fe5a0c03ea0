"""Keychains to compose: static, one helper, several in order, refreshing, and the default one."""

from __future__ import annotations

import os
import time
from collections.abc import Callable, Collection, Iterator, Mapping
from pathlib import Path

from pycrane._errors import expect
from pycrane._io.process import ForkLock
from pycrane._keychain.base import BaseKeychain, look, until_answer
from pycrane._keychain.config_keychain import EnvironmentKeychain, Helpers, ask, file_keychain
from pycrane._keychain.credentials import Credentials, Keychain
from pycrane._keychain.explanation import Finding, found
from pycrane._keychain.helper import CredentialHelper
from pycrane._keychain.locations import docker_config_path, explicit_path, podman_paths
from pycrane._keychain.matching import matching_keys, scope_of, storage_key
from pycrane._limits import DEFAULT_LIMITS, Limits
from pycrane._reference import Repository


class StaticKeychain(BaseKeychain):
    """Fixed credentials by key: a host, or a host and a namespace, as in a credentials file."""

    def __init__(self, entries: Mapping[str, Credentials]) -> None:
        self._entries = dict(entries)

    def look(self, repository: Repository) -> Iterator[Finding]:
        """One step: the best key that matches."""
        for key in matching_keys(self._entries, repository)[:1]:
            yield found("given credentials", self._entries[key], key)


class HelperKeychain(BaseKeychain):
    """A credential helper for some registries, or for all (`registries` None)."""

    def __init__(self, helper: CredentialHelper | str, registries: Collection[str] | None = None) -> None:
        expect(helper, CredentialHelper | str, "a credential helper")
        self._helper = CredentialHelper(helper) if isinstance(helper, str) else helper
        self._hosts = None if registries is None else {scope_of(registry).host for registry in registries}

    def look(self, repository: Repository) -> Iterator[Finding]:
        """One step, if the helper is meant for this registry."""
        if self._hosts is None or scope_of(repository.registry).host in self._hosts:
            yield ask(self._helper, "credential helper", storage_key(repository.registry))

    def forget(self) -> None:
        """Drop the answers of the helper."""
        self._helper.forget()


class MultiKeychain(BaseKeychain):
    """Keychains in order: the first that has credentials answers."""

    def __init__(self, *keychains: Keychain) -> None:
        self.keychains = keychains

    def look(self, repository: Repository) -> Iterator[Finding]:
        """The steps of each keychain."""
        for keychain in self.keychains:
            yield from look(keychain, repository)

    def forget(self) -> None:
        """Drop what the keychains have cached."""
        for keychain in self.keychains:
            if isinstance(keychain, BaseKeychain):
                keychain.forget()


class RefreshingKeychain(BaseKeychain):
    """Answers of another keychain, each cached for `seconds`.

    For a long-running program whose helpers return credentials that expire. Answers with a broken source are
    not cached.
    """

    def __init__(
        self, keychain: Keychain, seconds: float, clock: Callable[[], float] = time.monotonic
    ) -> None:
        self._keychain = keychain
        self._seconds = seconds
        self._clock = clock
        self._lock = ForkLock()
        self._kept: dict[Repository, tuple[float, tuple[Finding, ...]]] = {}

    def look(self, repository: Repository) -> Iterator[Finding]:
        """The steps of the other keychain, cached or new."""
        with self._lock:
            kept = self._kept.get(repository)
            if kept is None or self._clock() - kept[0] >= self._seconds:
                kept = self._ask(repository)
        yield from kept[1]

    def forget(self) -> None:
        """Drop the answers of the other keychain."""
        with self._lock:
            self._kept.clear()
            self._forget_inner()

    def _ask(self, repository: Repository) -> tuple[float, tuple[Finding, ...]]:
        now = self._clock()
        if self._kept.pop(repository, None):
            self._forget_inner()
        findings = tuple(until_answer(look(self._keychain, repository)))
        if not any(finding.error for finding in findings):
            self._kept[repository] = (now, findings)
        return now, findings

    def _forget_inner(self) -> None:
        if isinstance(self._keychain, BaseKeychain):
            self._keychain.forget()


class DefaultKeychain(MultiKeychain):
    """The default keychain: the user's logins with Docker and Podman.

    In order: `$REGISTRY_AUTH_FILE`, `$DOCKER_AUTH_CONFIG`, Docker's `config.json`, Podman's `auth.json` of
    the session and the permanent one. `env` (default: this process's) locates them and is read once, here.
    Each file is read once, when it is first needed, and each helper runs once for a server, without
    `run_helpers` not at all: a helper may prompt.
    """

    def __init__(
        self,
        env: Mapping[str, str] | None = None,
        limits: Limits = DEFAULT_LIMITS,
        *,
        run_helpers: bool = True,
    ) -> None:
        env = dict(os.environ if env is None else env)
        helpers = Helpers(env, limits, run=run_helpers)
        docker, named = docker_config_path(env), explicit_path(env)
        first = (named,) if named else ()
        files = {path: file_keychain(path, helpers, limits) for path in (*first, docker, *podman_paths(env))}
        self._docker = files[docker]
        explicit = [files.pop(path) for path in first]
        super().__init__(*explicit, EnvironmentKeychain(env, limits, helpers), *files.values())

    @property
    def http_headers(self) -> Mapping[str, str]:
        """`HttpHeaders` of Docker's configuration: sent to a registry, never to where it redirects."""
        return self._docker.http_headers()


class ContainersKeychain(MultiKeychain):
    """The logins that Podman, Buildah and Skopeo use (containers-auth.json(5)).

    They are in `path` alone, or the file that `$REGISTRY_AUTH_FILE` names; else in the `auth.json` of the
    session, the permanent one, and Docker's `config.json`, in this order.
    """

    def __init__(
        self, env: Mapping[str, str], path: Path | None = None, limits: Limits = DEFAULT_LIMITS
    ) -> None:
        named = path or explicit_path(env)
        paths = (named,) if named else (*podman_paths(env), docker_config_path(env))
        helpers = Helpers(env, limits)
        super().__init__(*(file_keychain(each, helpers, limits) for each in paths))

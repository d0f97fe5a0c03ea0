"""Values of the global options, and the clients made of them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING

import click

if TYPE_CHECKING:
    from pathlib import Path

    from pycrane._client.client import Client
    from pycrane._events import Listener
    from pycrane._keychain.credentials import Keychain
    from pycrane._oci.platform import Platform
    from pycrane._registry.client import RegistryClient
    from pycrane._registry.http.options import ClientOptions


@dataclass(frozen=True, slots=True)
class Settings:
    """The values of the global options. No platform is all of an index."""

    platforms: tuple[Platform, ...] = ()
    insecure: bool = False
    insecure_registries: tuple[str, ...] = ()
    cacert: str | None = None
    cert: str | None = None
    key: str | None = None
    nondistributable: bool = False
    quiet: bool = False
    verbose: bool = False

    @contextmanager
    def registry(self) -> Iterator[RegistryClient]:
        """Make a client for registries alone, with the user's logins; its listener is the terminal."""
        from pycrane._registry.client import RegistryClient

        with self._session() as session, RegistryClient(*session) as client:
            yield client

    @contextmanager
    def client(self, jobs: int | None = None) -> Iterator[Client]:
        """Make a client with every verb. `jobs` is the value of `--jobs`; without it, or 0, the default."""
        from pycrane._client.client import Client
        from pycrane._transfer.workers import DEFAULT_JOBS

        count = jobs if jobs and jobs > 0 else DEFAULT_JOBS
        with (
            self._session() as (keychain, options, terminal),
            Client(keychain, options, jobs=count, listener=terminal) as client,
        ):
            yield client

    @contextmanager
    def _session(self) -> Iterator[tuple[Keychain, ClientOptions, Listener]]:
        from pycrane._cli.terminal.listening import Terminal
        from pycrane._keychain.lazy import LazyKeychain

        keychain = LazyKeychain()
        options = self.client_options(keychain.http_headers)
        with Terminal(verbose=self.verbose, quiet=self.quiet) as terminal:
            yield keychain, options, terminal

    def client_options(self, headers: Mapping[str, str]) -> ClientOptions:
        """The part of these settings that the client is to know."""
        from pycrane._registry.http.options import ClientOptions

        return ClientOptions(
            insecure=self.insecure,
            insecure_registries=frozenset(self.insecure_registries),
            ca_bundle=_path(self.cacert),
            client_cert=_path(self.cert),
            client_key=_path(self.key),
            headers=headers,
            allow_nondistributable=self.nondistributable,
        )


def _path(text: str | None) -> Path | None:
    from pathlib import Path

    return None if text is None else Path(text)


pass_settings = click.make_pass_decorator(Settings, ensure=True)
"""Decorator of a command's function: its first argument is the Settings of this run."""

"""Values of the global options, and the clients made of them."""

from __future__ import annotations

import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, fields
from typing import TYPE_CHECKING

import click

from pycrane._cli.terminal.report import warn
from pycrane._errors import NotFoundError

if TYPE_CHECKING:
    from pathlib import Path

    from pycrane._cli.terminal.listening import Terminal
    from pycrane._client.client import Client
    from pycrane._events import Listener
    from pycrane._keychain.credentials import Keychain
    from pycrane._oci.platform import Platform
    from pycrane._registry.client import RegistryClient
    from pycrane._registry.http.options import ClientOptions


REGISTRIES = frozenset({"insecure", "insecure_registries", "cacert", "cert", "key", "hints"})
"""Settings of a command that contacts registries."""
PLATFORMS = frozenset({"platforms"})
"""Settings of a command that chooses among the images of an index."""
PUSHES = frozenset({"nondistributable"})
"""Settings of a command that may push layers."""
NOTHING: frozenset[str] = frozenset()
ALL = REGISTRIES | PLATFORMS | PUSHES
"""Settings that a command may leave unused. The others say what is shown, and hold for all commands."""


@dataclass(frozen=True, slots=True)
class Settings:
    """The values of the global options. Without platforms all images of an index are meant."""

    platforms: tuple[Platform, ...] = ()
    insecure: bool = False
    insecure_registries: tuple[str, ...] = ()
    cacert: str | None = None
    cert: str | None = None
    key: str | None = None
    nondistributable: bool = False
    hints: bool = False
    quiet: bool = False
    verbose: bool = False
    progress: str = "auto"
    summary: str | None = None
    log_group: str = ""

    def given(self, names: frozenset[str]) -> list[str]:
        """Return those of `names` that the command line sets."""
        return [
            each.name
            for each in fields(self)
            if each.name in names and getattr(self, each.name) != each.default
        ]

    @contextmanager
    def registry(self) -> Iterator[RegistryClient]:
        """Make a client for registries alone, with the user's logins; its listener is the terminal."""
        from pycrane._registry.client import RegistryClient

        with self._session() as session, RegistryClient(*session) as client, self._near_names(client):
            yield client
            _remember(client)

    @contextmanager
    def client(self, jobs: int | None = None) -> Iterator[Client]:
        """Make a client with every verb. `jobs` is the value of `--jobs`; without it, or 0, the default."""
        from pycrane._client.client import Client
        from pycrane._transfer.workers import DEFAULT_JOBS

        count = jobs if jobs and jobs > 0 else DEFAULT_JOBS
        with (
            self._session() as (keychain, options, terminal),
            Client(keychain, options, jobs=count, listener=terminal) as client,
            self._near_names(client.registry),
        ):
            yield client
            _remember(client.registry)

    @contextmanager
    def _near_names(self, client: RegistryClient) -> Iterator[None]:
        """Add similar names to an error for a missing tag or repository, on a terminal or with --hints."""
        try:
            yield
        except NotFoundError as error:
            if error.hint is None and (self.hints or sys.stderr.isatty()):
                from pycrane._client.near_names import near_names

                error.hint = near_names(client, error)
            raise

    @contextmanager
    def _session(self) -> Iterator[tuple[Keychain, ClientOptions, Listener]]:
        from pycrane._keychain.lazy import LazyKeychain

        keychain = LazyKeychain()
        options = self.client_options(keychain.http_headers)
        with self.terminal() as terminal:
            yield keychain, options, terminal

    def terminal(self) -> Terminal:
        """Return a listener that shows events as these settings say. The caller enters and leaves it."""
        from pycrane._cli.terminal.listening import Terminal

        return Terminal(
            progress=self.progress,
            verbose=self.verbose,
            quiet=self.quiet,
            summary=_path(self.summary),
            group=self.log_group,
        )

    def client_options(self, headers: Mapping[str, str]) -> ClientOptions:
        """Return the options of a client. Raises click.UsageError for a key without a certificate."""
        if self.key and not self.cert:
            raise click.UsageError("--key needs --cert")
        if self.cacert and self.insecure:
            warn("--cacert has no effect with --insecure, which verifies no certificate")
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


def _remember(client: RegistryClient) -> None:
    """Note the registries that were used at a terminal, for completion."""
    if sys.stderr.isatty():
        from pycrane._cli.shells.hosts import remember

        remember(client.session.hosts)


def _path(text: str | None) -> Path | None:
    from pathlib import Path

    return None if text is None else Path(text)


pass_settings = click.make_pass_decorator(Settings, ensure=True)
"""Decorator of a command's function: its first argument is the Settings of this run."""

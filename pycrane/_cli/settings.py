"""Values of the global options, and the client made from them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING

import click

if TYPE_CHECKING:
    from pathlib import Path

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
    def client(self) -> Iterator[RegistryClient]:
        """A client for registries with the person's logins; its listener is the terminal."""
        from pycrane._cli.terminal.listening import Terminal
        from pycrane._keychain.lazy import LazyKeychain
        from pycrane._registry.client import RegistryClient

        keychain = LazyKeychain()
        options = self.client_options(keychain.http_headers)
        with (
            Terminal(verbose=self.verbose, quiet=self.quiet) as terminal,
            RegistryClient(keychain, options=options, listener=terminal) as client,
        ):
            yield client

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

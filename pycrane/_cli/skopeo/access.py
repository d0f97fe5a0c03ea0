"""Credentials and TLS of one side, as its flags and the files of Podman and Docker have them."""

from __future__ import annotations

import os
from dataclasses import replace
from pathlib import Path

from pycrane._cli.skopeo.settings import Access
from pycrane._errors import CredentialsError
from pycrane._keychain.chain import ContainersKeychain
from pycrane._keychain.credentials import ANONYMOUS, Credentials
from pycrane._limits import Limits
from pycrane._reference import Repository
from pycrane._registry.http.options import ClientOptions


class SideKeychain:
    """The credentials of one side: those that are given, else those of the credentials files.

    A file or helper that is broken is an error also for reading.
    """

    def __init__(self, access: Access, limits: Limits) -> None:
        self._given = given_credentials(access)
        self._files = ContainersKeychain(
            os.environ, Path(access.authfile) if access.authfile else None, limits
        )

    def resolve(self, repository: Repository) -> Credentials:
        """Return the credentials for a repository. Raises CredentialsError."""
        return self._files.resolve(repository) if self._given is None else self._given


def given_credentials(access: Access) -> Credentials | None:
    """Return the credentials that flags give, None without any.

    Raises:
        CredentialsError: the flags contradict each other, or one lacks another.
    """
    named = access.username is not None or access.password is not None
    ways = [access.creds is not None, named, bool(access.no_creds), access.registry_token is not None]
    if sum(ways) > 1:
        raise CredentialsError(
            "credentials are given in several ways",
            hint="give one of --creds, --username with --password, --registry-token and --no-creds",
        )
    if access.creds is not None:
        username, _, password = access.creds.partition(":")
        if not username:
            raise CredentialsError("--creds has no user name, expected USERNAME[:PASSWORD]")
        return Credentials(username, password)
    if named:
        if access.username is None or access.password is None:
            raise CredentialsError("--username and --password go together")
        return Credentials(access.username, access.password)
    if access.registry_token is not None:
        return Credentials(registry_token=access.registry_token)
    return ANONYMOUS if access.no_creds else None


def client_options(access: Access, base: ClientOptions) -> ClientOptions:
    """Return the options of a client for this side: verified TLS alone, unless flags say otherwise."""
    insecure = access.tls_verify is False or (base.insecure and access.tls_verify is None)
    directory = None if access.cert_dir is None else Path(access.cert_dir)
    return replace(base, insecure=insecure, tls_only=not insecure, cert_dir=directory or base.cert_dir)

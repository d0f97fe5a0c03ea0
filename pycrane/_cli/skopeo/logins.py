"""The calls of login and logout: credentials verified, kept, shown and removed (containers-auth.json(5))."""

from __future__ import annotations

import os
import sys
from dataclasses import replace
from pathlib import Path
from typing import NamedTuple

import click

from pycrane._cli.credentials import read_password
from pycrane._cli.skopeo.access import SideKeychain
from pycrane._cli.skopeo.session import SkopeoSession
from pycrane._cli.skopeo.settings import SkopeoSettings
from pycrane._cli.terminal.output import stdout
from pycrane._errors import CredentialsError, DeniedError, UnauthorizedError, doing
from pycrane._keychain.credentials import Credentials
from pycrane._keychain.locations import named_login_path, podman_paths
from pycrane._keychain.login import log_in, log_out, log_out_of_all
from pycrane._limits import DEFAULT_LIMITS
from pycrane._reference import Repository, parse_registry

_SCHEMES = ("https://", "http://")


class _Account(NamedTuple):
    """A registry, or a part of it, as the user names it."""

    key: str
    repository: Repository

    @classmethod
    def parse(cls, text: str) -> _Account:
        """Read `HOST[:PORT][/PATH]`, or a URL, whose host is meant. Raises InvalidReferenceError."""
        scheme = next((scheme for scheme in _SCHEMES if text.startswith(scheme)), "")
        key = text.removeprefix(scheme).partition("/")[0] if scheme else text.rstrip("/")
        host, _, path = key.partition("/")
        return cls(key, Repository(parse_registry(host), path))


class _LoginFile(NamedTuple):
    """The file of credentials; `compatible` if its keys are Docker's, `alone` if no other is read."""

    path: Path
    compatible: bool = False
    alone: bool = True

    @classmethod
    def of(cls, settings: SkopeoSettings) -> _LoginFile:
        """Return the file of the flags. Raises CredentialsError if they name two."""
        named, docker = settings.access().authfile, settings.compat_auth_file
        if named is not None and docker is not None:
            raise CredentialsError("--authfile and --compat-auth-file cannot be used together")
        if docker is not None:
            return cls(Path(docker), compatible=True)
        path = named_login_path(os.environ) if named is None else Path(named)
        return cls(next(podman_paths(os.environ)), alone=False) if path is None else cls(path)


def print_login(settings: SkopeoSettings, registry: str) -> None:
    """Print the user name that is logged in. Raises CredentialsError if there is none."""
    account = _Account.parse(registry)
    found = _existing(settings, account, _LoginFile.of(settings))
    if not found.username:
        raise CredentialsError(f"not logged in to {account.key}")
    stdout.line(found.username)


def store_login(
    settings: SkopeoSettings,
    registry: str,
    username: str,
    password: str,
    *,
    password_stdin: bool,
    verbose: bool,
) -> None:
    """Verify credentials with a registry and keep them.

    Raises:
        CredentialsError: there are none, or they cannot be kept.
        PycraneError: the registry does not accept them, or gives no response.
    """
    account, file = _Account.parse(registry), _LoginFile.of(settings)
    if not (username or password):
        existing = _existing(settings, account, file)
        if not existing.anonymous:
            stdout.line(f"Authenticating with existing credentials for {account.key}")
            _verify(settings, account, existing)
            stdout.line(f"Existing credentials are valid. Already logged in to {account.key}")
            return
    given = _completed(username, password, password_stdin=password_stdin)
    _verify(settings, account, given)
    key = None if file.compatible else account.key
    log_in(account.repository.registry, given, path=file.path, key=key)
    if verbose:
        stdout.line(f"Used:  {file.path}")
    stdout.line("Login Succeeded!")


def remove_login(settings: SkopeoSettings, registry: str) -> None:
    """Remove the credentials for a registry. Raises CredentialsError if there are none."""
    account, file = _Account.parse(registry), _LoginFile.of(settings)
    key = None if file.compatible else account.key
    if not log_out(account.repository.registry, path=file.path, key=key).removed:
        raise CredentialsError(f"not logged in to {account.key}: {file.path} has no credentials for it")
    stdout.line(f"Removed login credentials for {account.key}")


def remove_all_logins(settings: SkopeoSettings) -> None:
    """Remove all credentials of the file."""
    log_out_of_all(_LoginFile.of(settings).path, os.environ)
    stdout.line("Removed login credentials for all registries")


def _existing(settings: SkopeoSettings, account: _Account, file: _LoginFile) -> Credentials:
    access = replace(settings.access(), authfile=str(file.path) if file.alone else None)
    return SideKeychain(access, DEFAULT_LIMITS).resolve(account.repository)


def _completed(username: str, password: str, *, password_stdin: bool) -> Credentials:
    if password_stdin:
        return Credentials(username, read_password())
    if not (username and password):
        if not sys.stdin.isatty():
            raise CredentialsError(
                "user name and password required", hint="give -u NAME and --password-stdin"
            )
        username = username or click.prompt("Username", err=True)
        password = password or click.prompt("Password", hide_input=True, err=True)
    return Credentials(username, password)


def _verify(settings: SkopeoSettings, account: _Account, credentials: Credentials) -> None:
    host = account.repository.registry
    with doing(f"logging in to {account.key}"), SkopeoSession(settings) as session:
        try:
            session.registry().ping(host, credentials)
        except (UnauthorizedError, DeniedError) as error:
            error.hint = "check user name and password; nothing has been stored"
            raise

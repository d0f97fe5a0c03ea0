"""Login and logout: stores credentials in a file or helper (docker/cli, cli/config/credentials)."""

from __future__ import annotations

import os
from bisect import bisect
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from pycrane._errors import CredentialsError
from pycrane._keychain.auth_entry import write_entry
from pycrane._keychain.config_writer import edit_config
from pycrane._keychain.credentials import ANONYMOUS, Credentials
from pycrane._keychain.docker_config import DockerConfig, read_config
from pycrane._keychain.helper import CredentialHelper
from pycrane._keychain.locations import login_path
from pycrane._keychain.matching import matching_keys, storage_key
from pycrane._limits import DEFAULT_LIMITS, Limits
from pycrane._reference import Repository


@dataclass(frozen=True, slots=True)
class Login:
    """Place of stored credentials: the file, and the helper program that keeps them (empty: the file does).

    `plaintext` is whether a password has been written into the file.
    """

    path: Path
    helper: str = ""
    plaintext: bool = False


@dataclass(frozen=True, slots=True)
class Logout:
    """The file whose credentials were removed, or its helper's; `removed` is whether there were any."""

    path: Path
    removed: bool


def log_in(
    registry: str,
    credentials: Credentials,
    env: Mapping[str, str] | None = None,
    limits: Limits = DEFAULT_LIMITS,
    *,
    path: Path | None = None,
    key: str | None = None,
) -> Login:
    """Store credentials for a registry: with the helper that its file names, else in the file.

    Without a `path` it is that of Docker or of `$REGISTRY_AUTH_FILE`; without a `key` that of Docker.

    Raises:
        CredentialsError: the credentials cannot be stored in this form, the helper fails, the file is broken
            or cannot be written.

    """
    env = os.environ if env is None else env
    path, key = path or login_path(env), key or storage_key(registry)
    config = read_config(path, limits) or DockerConfig(str(path))
    name, _ = config.helper_for(registry)
    if name:
        helper = CredentialHelper(name, env, limits)
        helper.store(key, credentials)
        edit_config(path, lambda document: _with_entry(document, key, ANONYMOUS), limits)
        return Login(path, helper.program)
    _check_for_file(credentials, path)
    changed = edit_config(path, lambda document: _with_entry(document, key, credentials), limits)
    return Login(path, plaintext=changed and bool(credentials.password))


def log_out(
    registry: str,
    env: Mapping[str, str] | None = None,
    limits: Limits = DEFAULT_LIMITS,
    *,
    path: Path | None = None,
    key: str | None = None,
) -> Logout:
    """Remove a registry's credentials, under all its names, or with a `key` under this one alone.

    Without a `path` they are in the file that `log_in` writes to. That there are none is not an error.

    Raises:
        CredentialsError: the helper fails, the file is broken or cannot be written.

    """
    env = os.environ if env is None else env
    path = path or login_path(env)
    config = read_config(path, limits)
    if config is None:
        return Logout(path, removed=False)
    name, servers = config.helper_for(registry)
    helper = CredentialHelper(name, env, limits) if name else None
    erased = [helper.erase(server) for server in servers] if helper else []
    changed = edit_config(path, lambda document: _without_entries(document, registry, key), limits)
    return Logout(path, removed=changed or any(erased))


def log_out_of_all(path: Path, env: Mapping[str, str], limits: Limits = DEFAULT_LIMITS) -> None:
    """Remove all credentials from a file, and those that its helpers keep for single registries.

    Raises:
        CredentialsError: a helper fails, the file is broken or cannot be written.

    """
    config = read_config(path, limits)
    for registry, name in (config.cred_helpers if config else {}).items():
        CredentialHelper(name, env, limits).erase(registry)
    edit_config(path, _without_any, limits)


def _check_for_file(credentials: Credentials, path: Path) -> None:
    if ":" in credentials.username:
        raise CredentialsError(
            f"cannot store the user name {credentials.username!r} in {path}: it contains a colon"
        )
    if credentials.password and not credentials.username:
        raise CredentialsError(f"cannot store a password in {path} without a user name")


def _with_entry(document: dict[str, Any], key: str, credentials: Credentials) -> dict[str, Any]:
    """The document with an entry: where the key was, else where Docker's sorting puts it."""
    auths: dict[str, Any] = document.get("auths") or {}
    entry = write_entry(credentials, auths.get(key))
    if key in auths:
        auths = auths | {key: entry}
    else:
        entries = list(auths.items())
        entries.insert(bisect(list(auths), key), (key, entry))
        auths = dict(entries)
    return document | {"auths": auths} if "auths" in document else {"auths": auths, **document}


def _without_any(document: dict[str, Any]) -> dict[str, Any]:
    kept = {name: value for name, value in document.items() if name not in ("auths", "credHelpers")}
    return {"auths": {}, **kept}


def _without_entries(document: dict[str, Any], registry: str, key: str | None) -> dict[str, Any]:
    """The document without the entries for exactly this registry or key; those of its namespaces stay."""
    auths: dict[str, Any] = document.get("auths") or {}
    gone = matching_keys(auths, Repository(registry, "")) if key is None else [key]
    kept = {key: entry for key, entry in auths.items() if key not in gone}
    return document | {"auths": kept} if len(kept) < len(auths) else document

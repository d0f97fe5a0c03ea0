"""Entries of `auths`: the credentials of one registry (docker/cli, cli/config/types).

`auth` is base64 of `user:password`; it takes precedence over the separate fields, as in Docker.
"""

from __future__ import annotations

import base64
import binascii
from collections.abc import Mapping
from typing import Any

from pycrane._errors import CredentialsError
from pycrane._keychain.credentials import Credentials
from pycrane._oci import json_fields

_FIELDS = ("auth", "username", "password", "identitytoken", "registrytoken")


def read_entry(entry: object, where: str) -> Credentials:
    """Parse an entry, `ANONYMOUS` for an empty one; `where` names it in errors.

    Raises:
        CredentialsError: a field of a wrong type, or an `auth` that is not base64 of `user:password`.

    """
    if entry is None:
        return Credentials()
    if not isinstance(entry, Mapping):
        raise _broken(f"{where} is not a JSON object")
    auth, username, password, identity, registry = (
        json_fields.text(entry, name, where, _broken) for name in _FIELDS
    )
    if auth:
        username, password = decode_auth(auth, where)
    return Credentials(username, password, identity, registry)


def write_entry(credentials: Credentials, old: object = None) -> dict[str, Any]:
    """Return the entry that Docker writes for credentials, followed by the fields of `old` unknown to Docker.

    Anonymous credentials give the empty entry that marks a login kept by a helper.
    """
    entry: dict[str, Any] = {}
    if credentials.username or credentials.password:
        entry["auth"] = encode_auth(credentials.username, credentials.password)
    if credentials.identity_token:
        entry["identitytoken"] = credentials.identity_token
    if credentials.registry_token:
        entry["registrytoken"] = credentials.registry_token
    kept = old if isinstance(old, Mapping) else {}
    return entry | {name: value for name, value in kept.items() if name not in _FIELDS}


def encode_auth(username: str, password: str) -> str:
    """Return base64 of `username:password`, padded. A name with a colon cannot be decoded again."""
    return base64.b64encode(f"{username}:{password}".encode()).decode()


def decode_auth(auth: str, where: str) -> tuple[str, str]:
    """Return user name and password of an `auth` field, padded or not; the password may contain colons.

    NULs around the password, padding of old versions of Docker, are dropped.

    Raises:
        CredentialsError: not base64, not UTF-8, no colon or no user name. Nothing of the text is quoted.

    """
    packed = "".join(auth.split()).rstrip("=")
    try:
        decoded = base64.b64decode(packed + "=" * (-len(packed) % 4), validate=True).decode()
    except (binascii.Error, ValueError):
        raise _broken(f"{where} has an `auth` that is not base64 of UTF-8 text") from None
    username, colon, password = decoded.partition(":")
    if not colon or not username:
        raise _broken(f"{where} has an `auth` that is not base64 of USER:PASSWORD")
    return username, password.strip("\0")


def _broken(message: str) -> CredentialsError:
    return CredentialsError(message, hint="log in again to replace the entry")

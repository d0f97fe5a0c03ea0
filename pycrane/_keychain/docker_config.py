"""Parses Docker's and Podman's credentials files (docker/cli `config.json`, containers-auth.json(5)).

Unknown fields are ignored; known ones must have their type. An entry is decoded only when it is requested, so
that one broken login does not disable the others.
"""

from __future__ import annotations

import codecs
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from pycrane._errors import CredentialsError, LimitExceededError, MalformedError
from pycrane._keychain.auth_entry import read_entry
from pycrane._keychain.config_file import read_bytes
from pycrane._keychain.credentials import Credentials
from pycrane._keychain.matching import host_keys, shown, storage_key
from pycrane._limits import DEFAULT_LIMITS, Limits
from pycrane._oci import go_json, json_fields

_REPAIR = "repair the file, or move it away"
_HEADER_NAME = re.compile(r"[!#$%&'*+.^_`|~0-9A-Za-z-]+")
_HEADER_VALUE = re.compile(r"[^\x00-\x08\x0a-\x1f\x7f]*")


@dataclass(frozen=True, slots=True)
class DockerConfig:
    """The parts of a credentials file about credentials. `where` names the file in errors.

    `http_headers` are sent with each request to a registry, without `User-Agent`.
    """

    where: str
    auths: Mapping[str, Any] = field(default_factory=dict, repr=False)
    cred_helpers: Mapping[str, str] = field(default_factory=dict)
    creds_store: str = ""
    http_headers: Mapping[str, str] = field(default_factory=dict, repr=False)

    @classmethod
    def parse(cls, raw: bytes, where: str) -> DockerConfig:
        """Parse the bytes of a file; no bytes are an empty file.

        Raises:
            CredentialsError: not a JSON object, or a known field of a wrong type.

        """
        document = parse_document(raw, where)
        return cls(
            where=where,
            auths=json_fields.mapping(document, "auths", where, CredentialsError),
            cred_helpers=json_fields.text_mapping(document, "credHelpers", where, CredentialsError),
            creds_store=json_fields.text(document, "credsStore", where, CredentialsError),
            http_headers=_headers(
                json_fields.text_mapping(document, "HttpHeaders", where, CredentialsError), where
            ),
        )

    def entry(self, key: str) -> Credentials:
        """The credentials of one key of `auths`. Raises CredentialsError if the entry is broken."""
        return read_entry(self.auths[key], f"entry {shown(key)!r} of {self.where}")

    def helper_for(self, registry: str) -> tuple[str, tuple[str, ...]]:
        """The helper's name for a registry, empty for the file itself, and the servers to ask it about.

        `credHelpers` takes precedence over `credsStore`. A helper knows a server by Docker's name or its key.
        """
        docker = storage_key(registry)
        for key in host_keys(registry):
            if key in self.cred_helpers:
                return self.cred_helpers[key], tuple(dict.fromkeys((docker, key)))
        return self.creds_store, (docker,)


def read_config(path: Path, limits: Limits = DEFAULT_LIMITS) -> DockerConfig | None:
    """Read a file; None if there is none, or none that this user may access.

    Raises:
        CredentialsError: a file that cannot be read, is larger than `limits.config_file`, or is broken.

    """
    raw = read_bytes(path, limits)
    return None if raw is None else DockerConfig.parse(raw, str(path))


def parse_document(raw: bytes, where: str) -> dict[str, Any]:
    """Parse the JSON object of a file, unknown fields and order kept. Raises CredentialsError."""
    if raw.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        raise CredentialsError(f"{where} is UTF-16 text, expected UTF-8", hint=_REPAIR)
    raw = raw.removeprefix(codecs.BOM_UTF8)  # editors of Windows write it
    if not raw.strip():
        return {}
    try:
        return go_json.load_object(raw, where)
    except (MalformedError, LimitExceededError) as error:
        raise CredentialsError(error.message, hint=_REPAIR) from None


def _headers(headers: Mapping[str, str], where: str) -> dict[str, str]:
    for name, value in headers.items():
        if not _HEADER_NAME.fullmatch(name) or not _HEADER_VALUE.fullmatch(value):
            raise CredentialsError(f"'HttpHeaders' of {where} has a header {name!r} that HTTP cannot carry")
    return {name: value for name, value in headers.items() if name.lower() != "user-agent"}

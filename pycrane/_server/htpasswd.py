"""Users of the registry: a file as `htpasswd -B` writes it, for Basic authentication (RFC 7617)."""

from __future__ import annotations

import base64
import binascii
import hmac
import os
import re
from pathlib import Path

from pycrane._errors import CredentialsError, UnsupportedError
from pycrane._limits import MIB
from pycrane._server.messages import Request
from pycrane._server.refusals import Code, Refusal

_BCRYPT = re.compile(rb"\$2[aby]\$[0-9]{2}\$[./A-Za-z0-9]{53}")
_BCRYPT_BYTES = 72
"""Bytes of a password that bcrypt hashes; it ignores the rest."""
_REMEMBERED = 1024
_CHALLENGE = (("WWW-Authenticate", 'Basic realm="pycrane", charset="UTF-8"'),)


class Htpasswd:
    """A gate for a registry: allows requests with a user's password and refuses others with 401.

    `users` are bcrypt hashes by name; `read` takes them from a file. Needs the extra `server`.
    """

    def __init__(self, users: dict[bytes, bytes]) -> None:
        self._users = users
        self._key = os.urandom(32)
        self._known: set[bytes] = set()

    @classmethod
    def read(cls, path: Path) -> Htpasswd:
        """Read the file: `USER:HASH` a line, `#` begins a comment.

        Raises:
            CredentialsError: the file cannot be read, has no user, or has a hash other than bcrypt.
            UnsupportedError: the package that checks bcrypt is not installed.

        """
        try:
            import bcrypt  # noqa: F401 - so that it is missed now and not at the first request
        except ImportError as error:
            raise UnsupportedError(
                f"cannot check the passwords in {path}: bcrypt is not installed",
                hint="install pycrane[server]",
            ) from error
        try:
            with path.open("rb") as file:
                text = file.read(MIB)
        except OSError as error:
            raise CredentialsError(f"cannot read {path}: {error.strerror}") from error
        return cls(_parse(text, path))

    def __call__(self, request: Request) -> None:
        """Raise Refusal unless the request has the password of a user."""
        user, password = _basic(request.headers.get("authorization", ""))
        if not user or not self._matches(user, password):
            raise Refusal(Code.UNAUTHORIZED, "user and password are required", headers=_CHALLENGE)

    def _matches(self, user: bytes, password: bytes) -> bool:
        """Compare; bcrypt is slow on purpose, so what has been right once is remembered, as a keyed hash."""
        mark = hmac.digest(self._key, b"%d:%s%s" % (len(user), user, password), "sha256")
        if mark in self._known:
            return True
        if not self._check(user, password):
            return False
        if len(self._known) >= _REMEMBERED:
            self._known.clear()
        self._known.add(mark)
        return True

    def _check(self, user: bytes, password: bytes) -> bool:
        import bcrypt

        # An unknown user costs as much time as a known one.
        expected = self._users.get(user) or next(iter(self._users.values()))
        try:
            right = bcrypt.checkpw(password[:_BCRYPT_BYTES], expected)
        except ValueError:
            return False
        return right and user in self._users


def _parse(text: bytes, path: Path) -> dict[bytes, bytes]:
    users: dict[bytes, bytes] = {}
    for number, line in enumerate(text.splitlines(), 1):
        if not line.strip() or line.lstrip().startswith(b"#"):
            continue
        user, _, secret = line.strip().partition(b":")
        if not user or not _BCRYPT.fullmatch(secret):
            raise CredentialsError(
                f"line {number} of {path} is not USER:HASH with a bcrypt hash",
                hint="htpasswd -B makes such lines",
            )
        users[user] = secret
    if not users:
        raise CredentialsError(f"{path} has no users")
    return users


def _basic(header: str) -> tuple[bytes, bytes]:
    """User and password of an Authorization header; empty if there are none."""
    scheme, _, encoded = header.strip().partition(" ")
    if scheme.lower() != "basic":
        return b"", b""
    try:
        user, _, password = base64.b64decode(encoded.strip(), validate=True).partition(b":")
    except (binascii.Error, ValueError):
        return b"", b""
    return user, password

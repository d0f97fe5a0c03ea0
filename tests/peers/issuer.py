"""A token server: the other half of docker-registry's token authentication.

Token Authentication Specification (GET) and OAuth2 Token Authentication (POST) of the distribution
project. Tokens are JSON Web Tokens (RFC 7519), signed with RS256 or ES256.
"""

from __future__ import annotations

import base64
import hashlib
import json
import secrets
import threading
import time
from dataclasses import dataclass, field, replace
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, Literal
from urllib.parse import parse_qs, urlsplit

from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, padding, rsa
from cryptography.hazmat.primitives.asymmetric.utils import decode_dss_signature
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

ISSUER = "the issuer of the tests"
SERVICE = "registry.test"

SigningKey = rsa.RSAPrivateKey | ec.EllipticCurvePrivateKey


@dataclass(frozen=True, slots=True)
class TokenRequest:
    """What a client sent. `form` holds the fields of a query (GET) or a body (POST)."""

    method: str
    path: str
    form: dict[str, list[str]]
    username: str
    headers: dict[str, str] = field(repr=False)
    status: int = 0

    @property
    def scopes(self) -> list[str]:
        """Every scope asked for; a space separates several within one field."""
        return [scope for value in self.form.get("scope", []) for scope in value.split(" ")]

    @property
    def grant_type(self) -> str:
        return self.form.get("grant_type", [""])[0]


@dataclass(slots=True)
class Manner:
    """How the issuer behaves; a test changes these fields, and each test finds the defaults.

    `lifetime` and `expires_in` are seconds: how long a token is good for, and what the answer says (None
    says nothing). `fields` are the names under which the answer carries the token. `refuse_post` and
    `refuse_all` are a status such as 404, or 0 to serve. `allow` are the actions that a user is granted,
    `anonymous` those that anybody is. `backdate` is how many seconds ago a token became valid.
    """

    lifetime: int = 300
    expires_in: int | None = 300
    fields: tuple[str, ...] = ("token", "access_token")
    refuse_post: int = 0
    refuse_all: int = 0
    allow: frozenset[str] = frozenset({"pull", "push", "delete", "*"})
    anonymous: frozenset[str] = frozenset()
    backdate: int = 60


class TokenIssuer:
    """An HTTP server thread that checks credentials and signs tokens."""

    def __init__(
        self,
        key: SigningKey,
        certificate: x509.Certificate,
        users: dict[str, str],
        *,
        header: Literal["x5c", "kid"] = "x5c",
    ) -> None:
        self.manner = Manner()
        self.refresh_tokens: dict[str, str] = {}
        self._key = key
        self._certificate = certificate
        self._users = users
        self._header = header
        self._requests: list[TokenRequest] = []
        self._lock = threading.Lock()
        self._server = _Server(self)
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.05,), daemon=True)
        self._thread.start()

    @property
    def realm(self) -> str:
        """The address that the registry's challenge names."""
        return f"http://127.0.0.1:{self._server.server_port}/token"

    def requests(self) -> list[TokenRequest]:
        """Requests since the last `reset`."""
        with self._lock:
            return list(self._requests)

    def reset(self) -> None:
        """Forget the requests so far."""
        with self._lock:
            self._requests.clear()

    def restore(self) -> None:
        """Forget the requests, the refresh tokens and all changes of `manner`."""
        self.manner = Manner()
        self.refresh_tokens.clear()
        self.reset()

    def new_refresh_token(self, username: str) -> str:
        """An identity token that the POST form takes for `username`."""
        token = secrets.token_urlsafe(24)
        self.refresh_tokens[token] = username
        return token

    def close(self) -> None:
        """Stop serving and free the port."""
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()

    def sign(self, subject: str, access: list[dict[str, Any]]) -> str:
        """A token for `access`, good for `manner.lifetime` seconds from now."""
        now = int(time.time())
        claims = {
            "iss": ISSUER,
            "sub": subject,
            "aud": SERVICE,
            "exp": now + self.manner.lifetime,
            "nbf": now - self.manner.backdate,
            "iat": now - self.manner.backdate,
            "jti": secrets.token_hex(8),
            "access": access,
        }
        signed = f"{_segment(self._jose_header())}.{_segment(claims)}"
        return f"{signed}.{_base64url(self._signature(signed.encode()))}"

    def answer(self, request: TokenRequest, password: str | None) -> tuple[int, dict[str, Any]]:
        """Decide one request and record it with its status."""
        status, body = self._decide(request, password)
        with self._lock:
            self._requests.append(replace(request, status=status))
        return status, body

    def _decide(self, request: TokenRequest, password: str | None) -> tuple[int, dict[str, Any]]:
        if self.manner.refuse_all:
            return self.manner.refuse_all, _problem("refused")
        if request.method == "POST":
            return self._decide_post(request)
        if password is None:
            return self._grant(request, "", self.manner.anonymous)
        if self._users.get(request.username) != password:
            return 401, _problem("incorrect username or password")
        status, body = self._grant(request, request.username, self.manner.allow)
        if request.form.get("offline_token") == ["true"]:
            body["refresh_token"] = self.new_refresh_token(request.username)
        return status, body

    def _decide_post(self, request: TokenRequest) -> tuple[int, dict[str, Any]]:
        if self.manner.refuse_post:
            return self.manner.refuse_post, _problem("no POST here")
        form = {name: values[0] for name, values in request.form.items()}
        if form.get("grant_type") == "refresh_token":
            username = self.refresh_tokens.get(form.get("refresh_token", ""), "")
        elif form.get("grant_type") == "password":
            known = self._users.get(form.get("username", ""))
            username = form["username"] if known and known == form.get("password") else ""
        else:
            return 400, {"error": "unsupported_grant_type"}
        if not username:
            return 401, {"error": "invalid_grant"}
        status, body = self._grant(request, username, self.manner.allow)
        if form.get("access_type") == "offline":
            body["refresh_token"] = self.new_refresh_token(username)
        elif form["grant_type"] == "refresh_token":
            body["refresh_token"] = form["refresh_token"]
        return status, body

    def _grant(
        self, request: TokenRequest, username: str, allowed: frozenset[str]
    ) -> tuple[int, dict[str, Any]]:
        if request.form.get("service") != [SERVICE]:
            return 400, _problem(f"service must be {SERVICE}")
        access = [_access(scope, allowed) for scope in request.scopes]
        token = self.sign(username, [entry for entry in access if entry["actions"]])
        body: dict[str, Any] = dict.fromkeys(self.manner.fields, token)
        if self.manner.expires_in is not None:
            body["expires_in"] = self.manner.expires_in
            body["issued_at"] = time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime())
        return 200, body

    def _jose_header(self) -> dict[str, Any]:
        algorithm = "RS256" if isinstance(self._key, rsa.RSAPrivateKey) else "ES256"
        header: dict[str, Any] = {"typ": "JWT", "alg": algorithm}
        if self._header == "x5c":
            der = self._certificate.public_bytes(Encoding.DER)
            header["x5c"] = [base64.b64encode(der).decode()]
        else:
            header["kid"] = key_id(self._key)
        return header

    def _signature(self, data: bytes) -> bytes:
        if isinstance(self._key, rsa.RSAPrivateKey):
            return self._key.sign(data, padding.PKCS1v15(), hashes.SHA256())
        r, s = decode_dss_signature(self._key.sign(data, ec.ECDSA(hashes.SHA256())))
        return r.to_bytes(32, "big") + s.to_bytes(32, "big")  # RFC 7518, section 3.4


def key_id(key: SigningKey) -> str:
    """The name docker-registry gives a key: 240 bits of a SHA-256, base 32, in twelve groups of four."""
    der = key.public_key().public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)
    text = base64.b32encode(hashlib.sha256(der).digest()[:30]).decode()
    return ":".join(text[at : at + 4] for at in range(0, len(text), 4))


def _access(scope: str, allowed: frozenset[str]) -> dict[str, Any]:
    kind, _, rest = scope.partition(":")
    name, _, actions = rest.rpartition(":")
    return {"type": kind, "name": name, "actions": [one for one in actions.split(",") if one in allowed]}


def _problem(message: str) -> dict[str, Any]:
    return {"errors": [{"code": "DENIED", "message": message}]}


def _segment(value: dict[str, Any]) -> str:
    return _base64url(json.dumps(value, separators=(",", ":")).encode())


def _base64url(data: bytes) -> str:
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()


class _Server(ThreadingHTTPServer):
    daemon_threads = True

    def __init__(self, issuer: TokenIssuer) -> None:
        self.issuer = issuer
        super().__init__(("127.0.0.1", 0), _Handler)


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True
    server: _Server

    def do_GET(self) -> None:
        self._respond(urlsplit(self.path).query)

    def do_POST(self) -> None:
        self._respond(self.rfile.read(int(self.headers.get("Content-Length", "0"))).decode())

    def log_message(self, *_: object) -> None:
        """Say nothing; the requests are recorded."""

    def _respond(self, form: str) -> None:
        username, password = self._credentials()
        request = TokenRequest(
            self.command,
            urlsplit(self.path).path,
            parse_qs(form, keep_blank_values=True),
            username,
            dict(self.headers.items()),
        )
        status, body = self.server.issuer.answer(request, password)
        data = json.dumps(body).encode()
        self.send_response(status)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(data)))
        self.end_headers()
        self.wfile.write(data)

    def _credentials(self) -> tuple[str, str | None]:
        scheme, _, value = self.headers.get("Authorization", "").partition(" ")
        if scheme.lower() != "basic":
            return "", None
        username, _, password = base64.b64decode(value).decode().partition(":")
        return username, password

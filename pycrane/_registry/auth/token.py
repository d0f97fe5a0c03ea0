"""Tokens fetched from token servers (distribution, Token Authentication and OAuth2)."""

from __future__ import annotations

import base64
import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlencode, urlsplit

from pycrane._errors import MalformedError
from pycrane._keychain.credentials import Credentials
from pycrane._registry.auth.scope import Scope
from pycrane._registry.http.error_responses import error_from
from pycrane._registry.http.redaction import safe_url
from pycrane._registry.http.redirects import follow_redirects
from pycrane._registry.http.request import Body, PeerRule, Request
from pycrane._registry.http.response import Response
from pycrane._registry.http.retries import RetryBudget, send_with_retries
from pycrane._registry.http.transport import Transport

_CLIENT_ID = "pycrane"
_DEFAULT_LIFETIME = 60.0
_LONGEST_LIFETIME = 366 * 86400.0
_NO_POST = frozenset({401, 404, 405})


@dataclass(frozen=True, slots=True)
class Realm:
    """The source of a registry's tokens: a checked URL, the service, the registry itself.

    `peer` is the rule for the addresses that the URL may lead to.
    """

    url: str
    service: str
    registry: str
    peer: PeerRule | None = None


@dataclass(frozen=True, slots=True)
class TokenAnswer:
    """The response of a token server; fields left out are empty. `expires_in` is in seconds."""

    token: str = field(default="", repr=False)
    access_token: str = field(default="", repr=False)
    refresh_token: str = field(default="", repr=False)
    expires_in: int = 0

    @property
    def value(self) -> str:
        """The token itself, by whichever name it came; OAuth2's name goes first."""
        return self.access_token or self.token


@dataclass(frozen=True, slots=True)
class Token:
    """A token, the scopes requested for it, and until when it is used (on the monotonic clock)."""

    answer: TokenAnswer
    scopes: tuple[Scope, ...]
    expires: float

    @property
    def value(self) -> str:
        """The token as the Authorization header has it."""
        return self.answer.value

    @property
    def valid(self) -> bool:
        """Whether it is still to be used."""
        return time.monotonic() < self.expires


class TokenService:
    """Fetches tokens from token servers."""

    def __init__(self, transport: Transport) -> None:
        self._send = transport.send
        self._options = transport.options
        self._listener = transport.listener

    def fetch(self, realm: Realm, scopes: tuple[Scope, ...], credentials: Credentials) -> Token:
        """Fetch a token for these scopes; the server may allow less without saying so.

        An identity token is traded in a POST; where that is not known, or refused, and there is a password
        too, and for all others, it is a GET.

        Raises:
            RegistryError: the server refuses.
            MalformedError: its answer holds no token.
            TransportError: there is no answer.
        """
        begun = time.monotonic()
        response = self._ask(realm, scopes, credentials)
        response.registry, response.known = realm.registry, not credentials.anonymous
        if response.status != 200:
            raise error_from(response, limits=self._options.limits)
        with response:
            where = f"answer of {safe_url(realm.url)}"
            value = response.json(self._options.limits.token_body, where)
        if not isinstance(value, dict):
            raise MalformedError(f"{where} is not a JSON object")
        return Token(_answer(value, where), scopes, begun + self._lifetime(value))

    def _ask(self, realm: Realm, scopes: tuple[Scope, ...], credentials: Credentials) -> Response:
        if credentials.identity_token:
            response = self._answer(_post(realm, scopes, credentials.identity_token))
            if response.status not in _NO_POST or not credentials.password:
                return response
            response.close()
        return self._answer(_get(realm, scopes, credentials))

    def _answer(self, request: Request) -> Response:
        retries = RetryBudget(self._options.limits, self._listener)
        return send_with_retries(
            lambda: follow_redirects(self._send, request, self._options), retries, repeatable=True
        )

    def _lifetime(self, value: Mapping[str, Any]) -> float:
        """Seconds for which a token is used. Clocks differ, so `issued_at` does not count."""
        said = value.get("expires_in")
        lifetime = _DEFAULT_LIFETIME
        if isinstance(said, (int, float)) and not isinstance(said, bool) and said > 0:
            lifetime = float(min(said, _LONGEST_LIFETIME))
        return max(lifetime - self._options.limits.token_skew, lifetime / 2)


def basic(credentials: Credentials) -> str:
    """The Authorization header of Basic authentication (RFC 7617)."""
    pair = f"{credentials.username}:{credentials.password}".encode()
    return f"Basic {base64.b64encode(pair).decode()}"


def _get(realm: Realm, scopes: tuple[Scope, ...], credentials: Credentials) -> Request:
    fields = [("service", realm.service)] if realm.service else []
    fields += [("scope", str(scope)) for scope in scopes]
    private = {"Authorization": basic(credentials)} if credentials.password else {}
    joint = "&" if urlsplit(realm.url).query else "?"
    url = f"{realm.url}{joint}{urlencode(fields)}" if fields else realm.url
    return Request("GET", url, {"Accept": "application/json"}, private, peer=realm.peer)


def _post(realm: Realm, scopes: tuple[Scope, ...], identity_token: str) -> Request:
    fields = {"client_id": _CLIENT_ID, "grant_type": "refresh_token", "refresh_token": identity_token}
    fields |= {"scope": " ".join(map(str, scopes)), "service": realm.service}
    headers = {"Accept": "application/json", "Content-Type": "application/x-www-form-urlencoded"}
    body = Body.of(urlencode(fields).encode())
    return Request("POST", realm.url, headers, body=body, peer=realm.peer, secrets=(identity_token,))


def _answer(value: Mapping[str, Any], where: str) -> TokenAnswer:
    texts = {name: value.get(name) for name in ("token", "access_token", "refresh_token")}
    seconds = value.get("expires_in")
    answer = TokenAnswer(
        **{name: text for name, text in texts.items() if isinstance(text, str)},
        expires_in=seconds if type(seconds) is int else 0,
    )
    if not answer.value:
        raise MalformedError(f"{where} holds no token")
    if not (answer.value.isascii() and answer.value.isprintable() and " " not in answer.value):
        raise MalformedError(f"{where} holds a token that fits in no header")
    return answer

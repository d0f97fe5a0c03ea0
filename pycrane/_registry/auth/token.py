"""Tokens: what a token server is asked, what it answers (distribution, Token Authentication, OAuth2)."""

from __future__ import annotations

import base64
import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlencode, urlsplit

from pycrane._errors import MalformedError
from pycrane._events import Listener
from pycrane._keychain.credentials import Credentials
from pycrane._registry.auth.scope import Scope
from pycrane._registry.http.error_responses import problem
from pycrane._registry.http.options import ClientOptions
from pycrane._registry.http.redaction import safe_url
from pycrane._registry.http.redirects import Sender, follow
from pycrane._registry.http.request import Ask, Body, PeerRule
from pycrane._registry.http.response import Response
from pycrane._registry.http.retries import Patience, persist

_CLIENT_ID = "pycrane"
_DEFAULT_LIFETIME = 60.0
_LONGEST_LIFETIME = 366 * 86400.0
_NO_POST = frozenset({401, 404, 405})


@dataclass(frozen=True, slots=True)
class Realm:
    """Where a registry's tokens come from: a URL that was checked, the service, the registry itself.

    `peer` is what was found out about who may be at that URL.
    """

    url: str
    service: str
    registry: str
    peer: PeerRule | None = None


@dataclass(frozen=True, slots=True)
class TokenAnswer:
    """What a token server said, under its own names; what it left out is empty. `expires_in` is seconds."""

    token: str = field(default="", repr=False)
    access_token: str = field(default="", repr=False)
    refresh_token: str = field(default="", repr=False)
    expires_in: int = 0

    @property
    def value(self) -> str:
        """The token itself, by whichever name it came; that of OAuth2 counts more."""
        return self.access_token or self.token


@dataclass(frozen=True, slots=True)
class Token:
    """A token, what was asked for with it, and until when it is used (on the monotonic clock)."""

    answer: TokenAnswer
    scopes: tuple[Scope, ...]
    expires: float

    @property
    def value(self) -> str:
        """What the Authorization header holds."""
        return self.answer.value

    @property
    def valid(self) -> bool:
        """Whether it is still to be used."""
        return time.monotonic() < self.expires


class TokenService:
    """Asks token servers."""

    def __init__(self, send: Sender, options: ClientOptions, listener: Listener) -> None:
        self._send = send
        self._options = options
        self._listener = listener

    def fetch(self, realm: Realm, scopes: tuple[Scope, ...], credentials: Credentials) -> Token:
        """A new token for these scopes; the server may grant less and does not say so.

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
            raise problem(response, limits=self._options.limits)
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

    def _answer(self, ask: Ask) -> Response:
        patience = Patience(self._options.limits, self._listener)
        return persist(lambda: follow(self._send, ask, self._options), patience, repeatable=True)

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


def _get(realm: Realm, scopes: tuple[Scope, ...], credentials: Credentials) -> Ask:
    fields = [("service", realm.service)] if realm.service else []
    fields += [("scope", str(scope)) for scope in scopes]
    private = {"Authorization": basic(credentials)} if credentials.password else {}
    joint = "&" if urlsplit(realm.url).query else "?"
    url = f"{realm.url}{joint}{urlencode(fields)}" if fields else realm.url
    return Ask("GET", url, {"Accept": "application/json"}, private, peer=realm.peer)


def _post(realm: Realm, scopes: tuple[Scope, ...], identity_token: str) -> Ask:
    fields = {"client_id": _CLIENT_ID, "grant_type": "refresh_token", "refresh_token": identity_token}
    fields |= {"scope": " ".join(map(str, scopes)), "service": realm.service}
    headers = {"Accept": "application/json", "Content-Type": "application/x-www-form-urlencoded"}
    body = Body.of(urlencode(fields).encode())
    return Ask("POST", realm.url, headers, body=body, peer=realm.peer)


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

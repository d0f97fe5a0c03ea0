"""How one registry is persuaded: the challenge it made, who to be, the tokens it gave.

RFC 9110, section 11; distribution, Token Authentication.
"""

from __future__ import annotations

import threading
from collections.abc import Callable
from dataclasses import dataclass, field

from pycrane._errors import DeniedError, UnauthorizedError
from pycrane._keychain.base import resolve_for
from pycrane._keychain.credentials import Credentials, Keychain
from pycrane._reference import Repository
from pycrane._registry.auth.challenge import Challenge, parse_challenges
from pycrane._registry.auth.scope import Scope, cover, merge, parse_scopes
from pycrane._registry.auth.token import Realm, Token, basic
from pycrane._registry.http.options import ClientOptions
from pycrane._registry.http.redirects import check_target
from pycrane._registry.http.response import Response
from pycrane._registry.http.wire import Wire


@dataclass(frozen=True, slots=True)
class Grant:
    """An Authorization header; `token` is what it was made of, if it can be renewed.

    `known` is whether it says who we are, and not only that anybody may.
    """

    header: str = field(repr=False)
    token: Token | None = None
    known: bool = True


class Authorization:
    """What is known of how one registry is persuaded. Thread-safe: one thread asks, the others wait."""

    def __init__(
        self,
        registry: str,
        keychain: Keychain,
        wire: Wire,
        reveals: Callable[[], bool],
    ) -> None:
        self._registry = registry
        self._keychain = keychain
        self._service = wire.tokens
        self._options = wire.options
        self._listener = wire.listener
        self._reveals = reveals
        self._lock = threading.RLock()
        self._challenge: Challenge | None = None
        self._realm: Realm | None = None
        self._credentials: dict[tuple[str, bool], Credentials] = {}
        self._tokens: list[tuple[Credentials, Token]] = []
        self._expected: dict[Repository, Scope] = {}

    def expect(self, repository: Repository, actions: tuple[str, ...]) -> None:
        """Say what will be needed later, so that one token can serve for all of it."""
        with self._lock:
            before = self._expected.get(repository)
            scopes = [Scope.of(repository, *actions), *([before] if before else [])]
            self._expected[repository] = merge(scopes)[0]

    @property
    def challenged(self) -> bool:
        """Whether the registry has said how it wants to be persuaded."""
        return self._challenge is not None

    def grant(self, repository: Repository, scopes: tuple[Scope, ...]) -> Grant | None:
        """What is sent along, by all that is known already; None before the first challenge.

        Raises:
            RegistryError, TransportError: the token server refuses, or does not answer.
            CredentialsError: something is to be written, and a source of credentials is broken.
        """
        with self._lock:
            if self._challenge is None:
                return None
            return self._answer(repository, scopes, scopes)

    def renew(
        self, response: Response, repository: Repository, scopes: tuple[Scope, ...], refused: Grant | None
    ) -> Grant | None:
        """What to try next after a 401 or 403; None if there is nothing better than what was refused.

        Raises as `grant` does.
        """
        with self._lock:
            challenge = _usable(response)
            if response.status == 403 and not _wants_scope(challenge, refused):
                return None
            if challenge is None:
                challenge = self._unspoken(repository, scopes)
            if challenge is None:
                return None
            self._learn(challenge, response)
            if refused and refused.token:
                self._forget(refused.token, scopes)
            asked = parse_scopes(challenge.get("scope"))
            again = self._answer(repository, merge((*asked, *scopes)), scopes)
            return again if again != refused else None

    def credentials(self, repository: Repository, *, writes: bool) -> Credentials:
        """Who to be for this repository. A broken source is passed over for a read and an error for a write.

        Raises:
            CredentialsError: the source is broken and `writes` is set.
            UnauthorizedError: there are credentials, and the way there was not agreed to be plain HTTP.
        """
        key = (repository.path, writes)
        if key not in self._credentials:
            self._credentials[key] = resolve_for(
                self._keychain, repository, write=writes, listener=self._listener
            )
        found = self._credentials[key]
        if not found.anonymous and not self._reveals():
            raise UnauthorizedError(
                f"{self._registry} speaks plain HTTP only; no credentials are sent there unasked",
                status=401,
                hint=f"allow it with --insecure-registry {self._registry}",
            )
        return found

    def _unspoken(self, repository: Repository, scopes: tuple[Scope, ...]) -> Challenge | None:
        """Basic, for a registry that answers 401 without a word, if there is a password for it."""
        known = self.credentials(repository, writes=self._writes(repository, scopes))
        return Challenge("basic") if known.password else None

    def _writes(self, repository: Repository, scopes: tuple[Scope, ...]) -> bool:
        """Whether something is written, now or later: a push that begins with a read is no read."""
        expected = self._expected.get(repository)
        return any(scope.writes for scope in (*scopes, *([expected] if expected else [])))

    def _learn(self, challenge: Challenge, response: Response) -> None:
        if challenge.scheme == "bearer":
            url = response.join(challenge.get("realm"))
            peer = check_target(response.url, url, self._options)
            self._realm = Realm(url, challenge.get("service"), self._registry, peer)
        self._challenge = challenge

    def _answer(
        self, repository: Repository, wanted: tuple[Scope, ...], needed: tuple[Scope, ...]
    ) -> Grant | None:
        credentials = self.credentials(repository, writes=self._writes(repository, needed))
        if credentials.registry_token:
            return Grant(f"Bearer {credentials.registry_token}")
        if self._realm is None or (self._challenge and self._challenge.scheme == "basic"):
            return Grant(basic(credentials)) if credentials.password else None
        token = self._held(credentials, wanted) or self._fetch(self._realm, credentials, wanted)
        return Grant(f"Bearer {token.value}", token, known=not credentials.anonymous)

    def _forget(self, refused: Token, scopes: tuple[Scope, ...]) -> None:
        self._tokens = [held for held in self._tokens if held[1] is not refused]
        if not cover(scopes, refused.scopes):
            # It was asked to serve for more than this, which may be why it does not.
            self._expected.clear()

    def _held(self, credentials: Credentials, scopes: tuple[Scope, ...]) -> Token | None:
        self._tokens = [held for held in self._tokens if held[1].valid]
        for owner, token in self._tokens:
            if owner == credentials and cover(token.scopes, scopes):
                return token
        return None

    def _fetch(self, realm: Realm, credentials: Credentials, scopes: tuple[Scope, ...]) -> Token:
        every = merge((*scopes, *self._expected_of(credentials)))
        try:
            token = self._service.fetch(realm, every, credentials)
        except (UnauthorizedError, DeniedError):
            if every == scopes:
                raise
            # Some servers refuse the whole where they would grant a part.
            self._expected.clear()
            token = self._service.fetch(realm, scopes, credentials)
        self._tokens.append((credentials, token))
        return token

    def _expected_of(self, credentials: Credentials) -> list[Scope]:
        """What is expected of those repositories at which we are the same."""
        return [
            scope
            for repository, scope in self._expected.items()
            if self.credentials(repository, writes=False) == credentials
        ]


def _usable(response: Response) -> Challenge | None:
    """The challenge to answer: Bearer if it says where tokens are, else Basic."""
    challenges = parse_challenges(response.headers.get("WWW-Authenticate", ""))
    for challenge in challenges:
        if challenge.scheme == "bearer" and challenge.get("realm"):
            return challenge
    return next((challenge for challenge in challenges if challenge.scheme == "basic"), None)


def _wants_scope(challenge: Challenge | None, refused: Grant | None) -> bool:
    """Whether a 403 says that a token with other scopes would do."""
    if challenge is None or refused is None or refused.token is None:
        return False
    wanted = parse_scopes(challenge.get("scope"))
    return bool(wanted) and not cover(refused.token.scopes, wanted)


def foreign_realm(response: Response, options: ClientOptions) -> tuple[Realm, tuple[Scope, ...]] | None:
    """Where a host that a registry sent us to gives tokens to anybody, and for which scopes; None without.

    Raises:
        PycraneError: it names a place that is not safe to go to.
    """
    challenge = _usable(response)
    if challenge is None or challenge.scheme != "bearer":
        return None
    url = response.join(challenge.get("realm"))
    peer = check_target(response.url, url, options)
    return Realm(url, challenge.get("service"), "", peer), parse_scopes(challenge.get("scope"))

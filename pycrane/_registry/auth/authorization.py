"""Authentication with one registry: its challenge, the credentials to use, the tokens received.

RFC 9110, section 11; distribution, Token Authentication.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field

from pycrane._errors import DeniedError, UnauthorizedError
from pycrane._io.process import ForkLock
from pycrane._keychain.base import resolve_for
from pycrane._keychain.credentials import Credentials, Keychain
from pycrane._reference import Repository
from pycrane._registry.auth.challenge import Challenge, parse_challenges
from pycrane._registry.auth.scope import Scope, cover, merge, parse_scopes
from pycrane._registry.auth.token import Realm, Token, TokenService, basic
from pycrane._registry.http.options import ClientOptions
from pycrane._registry.http.redirects import check_target, same_port
from pycrane._registry.http.response import Response
from pycrane._registry.http.transport import Transport


@dataclass(frozen=True, slots=True)
class AuthorizationHeader:
    """The value of an Authorization header; `token` is what it was made of, if it can be renewed.

    `known` is whether it identifies the user; a token given to anonymous clients does not.
    """

    value: str = field(repr=False)
    token: Token | None = None
    known: bool = True


class Authorization:
    """Authentication with one registry. Thread-safe: one thread fetches a token, the others wait."""

    def __init__(
        self,
        registry: str,
        keychain: Keychain,
        transport: Transport,
        may_send_credentials: Callable[[], bool],
    ) -> None:
        self._registry = registry
        self._keychain = keychain
        self._service = TokenService(transport)
        self._options = transport.options
        self._listener = transport.listener
        self._may_send_credentials = may_send_credentials
        self._lock = ForkLock()
        self._challenge: Challenge | None = None
        self._realm: Realm | None = None
        self._credentials: dict[tuple[str, bool], Credentials] = {}
        self._tokens: list[tuple[Credentials, Token]] = []
        self._expected: dict[Repository, Scope] = {}

    def expect(self, repository: Repository, actions: tuple[str, ...]) -> None:
        """Announce scopes that are needed later, so that one token serves for all of them."""
        with self._lock:
            before = self._expected.get(repository)
            scopes = [Scope.of(repository, *actions), *([before] if before else [])]
            self._expected[repository] = merge(scopes)[0]

    @property
    def challenged(self) -> bool:
        """Whether the registry has sent a challenge."""
        return self._challenge is not None

    def header_for(self, repository: Repository, scopes: tuple[Scope, ...]) -> AuthorizationHeader | None:
        """Return the header for a request, fetching a token if needed; None before the first challenge.

        Raises:
            RegistryError, TransportError: the token server refuses, or does not answer.
            CredentialsError: something is to be written, and a source of credentials is broken.
        """
        with self._lock:
            if self._challenge is None:
                return None
            return self._answer(repository, scopes, scopes)

    def renew(
        self,
        response: Response,
        repository: Repository,
        scopes: tuple[Scope, ...],
        refused: AuthorizationHeader | None,
    ) -> AuthorizationHeader | None:
        """Return the header to try next after a 401 or 403; None if it would be the one that was refused.

        Raises as `header_for` does.
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
        """Return the credentials for a repository. A broken source is skipped for reads, an error for writes.

        Raises:
            CredentialsError: the source is broken and `writes` is set.
            UnauthorizedError: there are credentials, and plain HTTP was not allowed for them.
        """
        key = (repository.path, writes)
        if key not in self._credentials:
            self._credentials[key] = resolve_for(
                self._keychain, repository, write=writes, listener=self._listener
            )
        found = self._credentials[key]
        if not found.anonymous and not self._may_send_credentials():
            raise UnauthorizedError(
                f"{self._registry} speaks plain HTTP only, over which no credentials are sent",
                status=401,
                hint=f"allow it with --insecure-registry {self._registry}",
            )
        return found

    def _unspoken(self, repository: Repository, scopes: tuple[Scope, ...]) -> Challenge | None:
        """The Basic challenge for a registry whose 401 has none, if there is a password for it."""
        known = self.credentials(repository, writes=self._writes(repository, scopes))
        return Challenge("basic") if known.password else None

    def _writes(self, repository: Repository, scopes: tuple[Scope, ...]) -> bool:
        """Whether something is written, now or later: a push may begin with a read."""
        expected = self._expected.get(repository)
        return any(scope.writes for scope in (*scopes, *([expected] if expected else [])))

    def _learn(self, challenge: Challenge, response: Response) -> None:
        if challenge.scheme == "bearer":
            url = same_port(response.url, response.join(challenge.get("realm")))
            peer = check_target(response.url, url, self._options)
            self._realm = Realm(url, challenge.get("service"), self._registry, peer)
        self._challenge = challenge

    def _answer(
        self, repository: Repository, wanted: tuple[Scope, ...], needed: tuple[Scope, ...]
    ) -> AuthorizationHeader | None:
        credentials = self.credentials(repository, writes=self._writes(repository, needed))
        if credentials.registry_token:
            return AuthorizationHeader(f"Bearer {credentials.registry_token}")
        if self._realm is None or (self._challenge and self._challenge.scheme == "basic"):
            return AuthorizationHeader(basic(credentials)) if credentials.password else None
        token = self._held(credentials, wanted) or self._fetch(self._realm, credentials, wanted)
        return AuthorizationHeader(f"Bearer {token.value}", token, known=not credentials.anonymous)

    def _forget(self, refused: Token, scopes: tuple[Scope, ...]) -> None:
        self._tokens = [held for held in self._tokens if held[1] is not refused]
        if not cover(scopes, refused.scopes):
            # The token was requested for more than this, which may be why it was refused.
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
            # Some servers refuse the whole where they would allow a part.
            self._expected.clear()
            token = self._service.fetch(realm, scopes, credentials)
        self._tokens.append((credentials, token))
        return token

    def _expected_of(self, credentials: Credentials) -> list[Scope]:
        """The scopes announced for repositories that have the same credentials."""
        return [
            scope
            for repository, scope in self._expected.items()
            if self.credentials(repository, writes=False) == credentials
        ]


def _usable(response: Response) -> Challenge | None:
    """The challenge to answer: Bearer if it names a realm, else Basic."""
    challenges = parse_challenges(response.headers.get("WWW-Authenticate", ""))
    for challenge in challenges:
        if challenge.scheme == "bearer" and challenge.get("realm"):
            return challenge
    return next((challenge for challenge in challenges if challenge.scheme == "basic"), None)


def _wants_scope(challenge: Challenge | None, refused: AuthorizationHeader | None) -> bool:
    """Whether a 403 says that a token with other scopes would do."""
    if challenge is None or refused is None or refused.token is None:
        return False
    wanted = parse_scopes(challenge.get("scope"))
    return bool(wanted) and not cover(refused.token.scopes, wanted)


def foreign_realm(response: Response, options: ClientOptions) -> tuple[Realm, tuple[Scope, ...]] | None:
    """Return realm and scopes by which the host of a redirect gives tokens to anonymous clients, or None.

    Raises:
        PycraneError: it names a URL that is not safe to go to.
    """
    challenge = _usable(response)
    if challenge is None or challenge.scheme != "bearer":
        return None
    url = same_port(response.url, response.join(challenge.get("realm")))
    peer = check_target(response.url, url, options)
    return Realm(url, challenge.get("service"), "", peer), parse_scopes(challenge.get("scope"))

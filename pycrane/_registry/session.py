"""The client's session: asks a registry a question, and does all it takes to have it answered.

It finds the scheme, answers challenges, follows redirects, waits and tries again. It never pings first: the
first answer teaches what there is to know (distribution spec; distribution, Token Authentication).
"""

from __future__ import annotations

import threading
from collections.abc import Collection, Mapping
from types import TracebackType
from typing import Self

from pycrane import _events as events
from pycrane._errors import UnsupportedError
from pycrane._keychain.credentials import Keychain
from pycrane._limits import Limits
from pycrane._reference import Repository
from pycrane._registry.ask import Ask, Body
from pycrane._registry.host import Host
from pycrane._registry.options import ClientOptions
from pycrane._registry.question import Question
from pycrane._registry.response import Response
from pycrane._registry.retry import Patience, persist
from pycrane._registry.scope import Scope, merge
from pycrane._registry.wire import Wire

_SUCCESS = range(200, 300)
_IDEMPOTENT = frozenset({"GET", "HEAD", "PUT", "DELETE"})


class Session:
    """One for a command: keeps connections, tokens and what was learned. Thread-safe; a context manager."""

    def __init__(
        self,
        keychain: Keychain,
        options: ClientOptions | None = None,
        listener: events.Listener = events.ignore,
    ) -> None:
        self.options = options or ClientOptions()
        self.listener = listener
        self._keychain = keychain
        self._wire = Wire(self.options, listener)
        self._hosts: dict[str, Host] = {}
        self._lock = threading.Lock()

    @property
    def limits(self) -> Limits:
        """The bounds of this session."""
        return self.options.limits

    def patience(self) -> Patience:
        """New tries and time, for something that is more than one request."""
        return Patience(self.limits, self.listener)

    def expect(self, repository: Repository, *actions: str) -> None:
        """Say what will be asked of a repository later (`pull`, `push`, `delete`).

        The first token of its registry is then asked to serve for all that is expected there.
        """
        self._host(repository.registry).authorization.expect(repository, actions)

    def request(
        self,
        method: str,
        repository: Repository,
        path: str,
        *,
        actions: tuple[str, ...] = ("pull",),
        also: tuple[Scope, ...] = (),
        headers: Mapping[str, str] | None = None,
        body: Body | bytes | None = None,
        accept: Collection[int] = _SUCCESS,
        replay: bool | None = None,
        stream: bool = False,
        limit: int | None = None,
    ) -> Response:
        """Ask a registry, and give its answer. The caller closes it.

        `path` is relative to `/v2/REPOSITORY/` (`manifests/latest`), or begins with a slash (`/v2/_catalog`),
        or is an absolute URL that the registry gave out; at another origin it gets no credentials. `actions`
        on the repository and the scopes in `also` are what a token is asked for. `accept` are the statuses
        that are no errors. `replay` says whether the request may be repeated after the registry may have seen
        it; by default GET, HEAD, PUT and DELETE may. Without `stream` the whole body, at most `limit` bytes
        (default: of a manifest), has been read, and read again if it broke off.

        Raises:
            RegistryError: an answer with another status.
            TransportError: no answer.
            LimitExceededError: too long an answer, or too many redirects.
            CredentialsError, UnsupportedError, MalformedError: what the registry wants cannot be done.
        """
        asked = Ask(method, path, headers or {}, body=Body.of(body) if isinstance(body, bytes) else body)
        scopes = merge((*([Scope.of(repository, *actions)] if actions else []), *also))
        keep = None if stream else limit or self.limits.manifest_size
        question = Question(self._wire, self._host(repository.registry), repository, scopes, asked, keep)
        repeatable = method in _IDEMPOTENT if replay is None else replay
        response = persist(
            question.answer, self.patience(), repeatable=repeatable and question.replayable, accept=accept
        )
        response.registry = repository.registry
        if response.status not in accept:
            from pycrane._registry.problems import problem

            raise problem(response, limits=self.limits)
        return response

    def token(
        self, repository: Repository, actions: tuple[str, ...] = ("pull",), also: tuple[Scope, ...] = ()
    ) -> str:
        """A token for these actions and scopes, as the registry's token server gives it.

        Raises:
            UnsupportedError: the registry asks for no token.
            PycraneError: as `request` does.
        """
        self.request("GET", repository, "/v2/", actions=actions, also=also).close()
        scopes = merge((Scope.of(repository, *actions), *also))
        grant = self._host(repository.registry).authorization.grant(repository, scopes)
        kind, _, value = grant.header.partition(" ") if grant else ("", "", "")
        if kind != "Bearer":
            raise UnsupportedError(f"{repository.registry} asks for no token")
        return value

    def ping(self, registry: str) -> None:
        """Ask whether this is a registry that lets us in. Raises as `request` does."""
        self.request("GET", Repository(registry, ""), "/v2/", actions=()).close()

    def close(self) -> None:
        """Close all connections."""
        self._wire.transport.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def _host(self, registry: str) -> Host:
        with self._lock:
            if registry not in self._hosts:
                self._hosts[registry] = Host(registry, self._keychain, self._wire)
            return self._hosts[registry]

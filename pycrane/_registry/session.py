"""The client's session: asks a registry a question, and does all it takes to have it answered.

It finds the scheme, answers challenges, follows redirects, waits and tries again. It never pings first: the
first answer teaches what there is to know (distribution spec; distribution, Token Authentication).
"""

from __future__ import annotations

import threading
from collections.abc import Collection, Mapping
from typing import TYPE_CHECKING

from pycrane import _events as events
from pycrane._errors import UnsupportedError, expect
from pycrane._io.stream import Closing
from pycrane._keychain.credentials import Keychain
from pycrane._limits import Limits
from pycrane._reference import Repository, as_repository
from pycrane._registry.auth.scope import Scope, merge
from pycrane._registry.authorized_request import Question
from pycrane._registry.host import Host
from pycrane._registry.http.options import ClientOptions
from pycrane._registry.http.request import Ask, Body
from pycrane._registry.http.response import Response
from pycrane._registry.http.retries import TURNED_AWAY, Patience, persist
from pycrane._registry.http.wire import Wire

if TYPE_CHECKING:
    from pycrane._registry.auth.token import TokenAnswer

_SUCCESS = range(200, 300)
_IDEMPOTENT = frozenset({"GET", "HEAD", "PUT", "DELETE"})


class Session(Closing):
    """Requests to registries: connections, tokens and what was learned are kept from one to the next.

    `keychain` says who to be, `listener` hears of each `Exchange` and `Retrying`. Thread-safe; a context
    manager, which closes all connections.
    """

    def __init__(
        self,
        keychain: Keychain,
        options: ClientOptions | None = None,
        listener: events.Listener = events.ignore,
    ) -> None:
        expect(options, ClientOptions | None, "options")
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

    def expect(self, repository: Repository | str, *actions: str) -> None:
        """Say what will be asked of a repository later (`pull`, `push`, `delete`).

        The first token of its registry is then asked to serve for all that is expected there.
        """
        repository = as_repository(repository)
        self._host(repository.registry).authorization.expect(repository, actions)

    def request(
        self,
        method: str,
        repository: Repository | str,
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
        it; by default GET, HEAD, PUT and DELETE may, and others after an answer that says when to come again.
        Without `stream` the whole body, at most `limit` bytes
        (default: of a manifest), has been read, and read again if it broke off.

        Raises:
            RegistryError: an answer with another status.
            TransportError: no answer.
            LimitExceededError: too long an answer, or too many redirects.
            CredentialsError, UnsupportedError, MalformedError: what the registry wants cannot be done.
        """
        repository = as_repository(repository)
        expect(path, str, "a path")
        expect(body, Body | bytes | None, "a body")
        asked = Ask(method, path, headers or {}, body=Body.of(body) if isinstance(body, bytes) else body)
        scopes = merge((*([Scope.of(repository, *actions)] if actions else []), *also))
        keep = None if stream else limit or self.limits.manifest_size
        question = Question(self._wire, self._host(repository.registry), repository, scopes, asked, keep)
        response = persist(
            question.answer,
            self.patience(),
            repeatable=question.replayable and (method in _IDEMPOTENT if replay is None else replay),
            turned_away=_turned_away(question, replay),
            accept=accept,
        )
        response.registry = repository.registry
        if response.status not in accept:
            from pycrane._registry.http.error_responses import problem

            raise problem(response, limits=self.limits)
        return response

    def token(
        self, repository: Repository | str, actions: tuple[str, ...] = ("pull",), also: tuple[Scope, ...] = ()
    ) -> TokenAnswer:
        """A token for these actions and scopes, as the registry's token server, or the keychain, gives it.

        Raises:
            UnsupportedError: the registry asks for no token.
            PycraneError: as `request` does.
        """
        repository = as_repository(repository)
        self.request("GET", repository, "/v2/", actions=actions, also=also).close()
        scopes = merge((Scope.of(repository, *actions), *also))
        grant = self._host(repository.registry).authorization.grant(repository, scopes)
        if grant and grant.token:
            return grant.token.answer
        kind, _, value = grant.header.partition(" ") if grant else ("", "", "")
        if kind != "Bearer":
            raise UnsupportedError(f"{repository.registry} asks for no token")
        from pycrane._registry.auth.token import TokenAnswer

        return TokenAnswer(token=value)

    def ping(self, registry: str) -> None:
        """Ask whether this is a registry that lets us in. Raises as `request` does."""
        self.request("GET", Repository(registry, ""), "/v2/", actions=()).close()

    def close(self) -> None:
        """Close all connections."""
        self._wire.transport.close()

    def _host(self, registry: str) -> Host:
        with self._lock:
            if registry not in self._hosts:
                self._hosts[registry] = Host(registry, self._keychain, self._wire)
            return self._hosts[registry]


def _turned_away(question: Question, replay: bool | None) -> Collection[int]:
    """The answers after which what must not be repeated is sent again all the same."""
    if not question.replayable:
        return ()
    # Who forbids it goes on in another way after a 503: of an upload, a part may have been taken.
    return TURNED_AWAY - {503} if replay is False else TURNED_AWAY

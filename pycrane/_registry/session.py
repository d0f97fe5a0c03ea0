"""The client's session: sends requests to registries, with authentication, redirects and retries.

It never pings first: the first response shows the scheme and the challenge (distribution spec; distribution,
Token Authentication).
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import TYPE_CHECKING, Protocol

from pycrane import _events as events
from pycrane._errors import UnsupportedError, expect
from pycrane._io.process import ForkLock, NotPickled
from pycrane._io.stream import Closing
from pycrane._keychain.credentials import Keychain
from pycrane._limits import Limits
from pycrane._reference import Repository, as_repository
from pycrane._registry.auth.scope import Scope, merge
from pycrane._registry.authorized_request import AuthorizedRequest
from pycrane._registry.host import Host
from pycrane._registry.http.options import ClientOptions
from pycrane._registry.http.request import Body, Request
from pycrane._registry.http.response import Response
from pycrane._registry.http.retries import UNPROCESSED, RetryBudget, send_with_retries
from pycrane._registry.http.transport import Transport

if TYPE_CHECKING:
    from pycrane._registry.auth.token import TokenAnswer

_SUCCESS = range(200, 300)
_IDEMPOTENT = frozenset({"GET", "HEAD", "PUT", "DELETE"})


class Cancellable(Protocol):
    """Something open at a registry that can be cancelled."""

    def cancel(self) -> None:
        """Cancel it. Failures are ignored."""
        ...


class Session(Closing, NotPickled):
    """Requests to registries; connections, tokens and schemes are kept from one to the next.

    `keychain` gives the credentials, `listener` gets each `Exchange` and `Retrying`. Thread-safe; a context
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
        self.keychain = keychain
        self._transport = Transport(self.options, listener)
        self.uploads: set[Cancellable] = set()  # that are open, in any thread
        self._hosts: dict[str, Host] = {}
        self._lock = ForkLock()

    @property
    def limits(self) -> Limits:
        """The bounds of this session."""
        return self.options.limits

    @property
    def hosts(self) -> list[str]:
        """The registries that were contacted, as their names are shown."""
        with self._lock:
            return list(self._hosts)

    def retry_budget(self) -> RetryBudget:
        """Return a retry budget for an operation of several requests."""
        return RetryBudget(self.limits, self.listener)

    def expect(self, repository: Repository | str, *actions: str) -> None:
        """Announce what will be done with a repository later (`pull`, `push`, `delete`).

        The first token of its registry is then requested for all that is announced there.
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
        """Send a request to a registry and return the response. The caller closes it.

        `path` is relative to `/v2/REPOSITORY/` (`manifests/latest`), or begins with a slash (`/v2/_catalog`),
        or is an absolute URL that the registry gave out; at another origin it gets no credentials. `actions`
        on the repository and the scopes in `also` are what a token is asked for. `accept` are the statuses
        that count as success. `replay` says whether the request may be repeated after the registry may have
        seen it; by default GET, HEAD, PUT and DELETE may, others only after a response with Retry-After.
        Without `stream` the whole body, at most `limit` bytes (default: of a manifest), has been read, and
        read again if it broke off.

        Raises:
            RegistryError: a response with another status.
            TransportError: no response.
            LimitExceededError: too long a response, or too many redirects.
            CredentialsError, UnsupportedError, MalformedError: what the registry asks for cannot be done.
        """
        repository = as_repository(repository)
        expect(path, str, "a path")
        expect(body, Body | bytes | None, "a body")
        sent = Request(method, path, headers or {}, body=Body.of(body) if isinstance(body, bytes) else body)
        scopes = merge((*([Scope.of(repository, *actions)] if actions else []), *also))
        keep = None if stream else limit or self.limits.manifest_size
        request = AuthorizedRequest(
            self._transport, self._host(repository.registry), repository, scopes, sent, keep
        )
        response = send_with_retries(
            request.send,
            self.retry_budget(),
            repeatable=request.replayable and (method in _IDEMPOTENT if replay is None else replay),
            unprocessed=_unprocessed(request, replay),
            accept=accept,
        )
        response.registry = repository.registry
        if response.status not in accept:
            from pycrane._registry.http.error_responses import error_from

            raise error_from(response, limits=self.limits)
        return response

    def token(
        self, repository: Repository | str, actions: tuple[str, ...] = ("pull",), also: tuple[Scope, ...] = ()
    ) -> TokenAnswer:
        """Return a token for these actions and scopes, from the registry's token server or the keychain.

        Raises:
            UnsupportedError: the registry does not ask for a token.
            PycraneError: as `request` does.
        """
        repository = as_repository(repository)
        self.request("GET", repository, "/v2/", actions=actions, also=also).close()
        scopes = merge((Scope.of(repository, *actions), *also))
        authorization = self._host(repository.registry).authorization.header_for(repository, scopes)
        if authorization and authorization.token:
            return authorization.token.answer
        kind, _, value = authorization.value.partition(" ") if authorization else ("", "", "")
        if kind != "Bearer":
            raise UnsupportedError(f"{repository.registry} does not ask for a token")
        from pycrane._registry.auth.token import TokenAnswer

        return TokenAnswer(token=value)

    def ping(self, registry: str) -> None:
        """Check that a registry responds and accepts the credentials. Raises as `request` does."""
        self.request("GET", Repository(registry, ""), "/v2/", actions=()).close()

    def close(self) -> None:
        """Close all connections."""
        self._transport.close()

    def _host(self, registry: str) -> Host:
        with self._lock:
            if registry not in self._hosts:
                self._hosts[registry] = Host(registry, self.keychain, self._transport)
            return self._hosts[registry]


def _unprocessed(request: AuthorizedRequest, replay: bool | None) -> Collection[int]:
    """The statuses after which a request that must not be repeated is sent again all the same."""
    if not request.replayable:
        return ()
    # An upload goes on by itself after a 503: a part of it may have been taken.
    return UNPROCESSED - {503} if replay is False else UNPROCESSED

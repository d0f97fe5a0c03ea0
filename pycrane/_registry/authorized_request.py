"""One question to one registry, from the first try of it to an answer: scheme, challenge, redirects, body."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

from pycrane._errors import TransportError
from pycrane._keychain.credentials import ANONYMOUS
from pycrane._reference import Repository
from pycrane._registry.auth.scope import Scope
from pycrane._registry.host import Host, Way
from pycrane._registry.http.network_errors import Fault, FaultError
from pycrane._registry.http.redirects import check_target, follow
from pycrane._registry.http.request import Ask
from pycrane._registry.http.response import Response
from pycrane._registry.http.wire import Wire

if TYPE_CHECKING:
    from pycrane._registry.auth.authorization import Grant


class Question:
    """What is asked, and what is needed for it to be answered. `ask.url` may still be a path."""

    def __init__(
        self,
        wire: Wire,
        host: Host,
        repository: Repository,
        scopes: tuple[Scope, ...],
        ask: Ask,
        keep: int | None,
    ) -> None:
        self._wire = wire
        self._host = host
        self._repository = repository
        self._scopes = scopes
        self._ask = ask
        self._keep = keep

    @property
    def replayable(self) -> bool:
        """Whether it can be asked a second time at all."""
        return self._ask.body is None or self._ask.body.replayable

    def answer(self) -> Response:
        """Ask once, and once more with what the registry wants to see. With `keep` the body has been read.

        Raises:
            FaultError: no answer, or one that broke off.
            PycraneError: what the registry wants cannot be done, or is not safe to do.
        """
        grant = self._grant()
        response = self._send(grant)
        if self.replayable and response.status in (401, 403) and self._host.owns(response.url):
            response = self._persuade(response, grant)
        if self.replayable and response.status == 401 and not self._host.owns(response.url):
            response = self._anonymously(response)
        return response if self._keep is None else _loaded(response, self._keep)

    def _grant(self) -> Grant | None:
        """What is known to persuade; nothing, and no token is asked for, where it would not be sent."""
        if _is_url(self._ask.url) and not self._host.owns(self._host.absolute(self._ask.url)):
            return None
        if not self._host.challenged:
            return None
        return self._host.authorization.grant(self._repository, self._scopes)

    def _persuade(self, response: Response, refused: Grant | None) -> Response:
        response.settle(self._wire.options.limits.error_body)
        asking = response
        if response.status == 403 and not self._host.challenged:
            # Some answer an unknown person with 403; how to become known, only the base URL tells.
            asking = self._host.reach(lambda way: self._follow(Ask("GET", f"{self._host.base(way)}/v2/")))
            asking.settle(self._wire.options.limits.error_body)
            if asking.status != 401:
                return response
        grant = self._host.authorization.renew(asking, self._repository, self._scopes, refused)
        return response if grant is None else self._send(grant)

    def _anonymously(self, response: Response) -> Response:
        """Ask the host that we were sent to once more, with a token that anybody gets."""
        from pycrane._registry.auth.authorization import foreign_realm

        options = self._wire.options
        found = foreign_realm(response, options)
        if found is None:
            return response
        response.settle(options.limits.error_body)
        try:
            token = self._wire.tokens.fetch(*found, ANONYMOUS)
        except TransportError:
            return response
        private = {"Authorization": f"Bearer {token.value}"}
        return self._follow(self._ask._replace(url=response.url, private=private))

    def _send(self, grant: Grant | None) -> Response:
        response = self._sent(grant)
        response.known = grant is not None and grant.known
        return response

    def _sent(self, grant: Grant | None) -> Response:
        path = self._ask.url
        if _is_url(path):
            return self._elsewhere(self._host.absolute(path), grant)
        if not path.startswith("/"):
            path = f"/v2/{self._repository.path}/{path}"
        return self._host.reach(
            lambda way: self._follow(
                self._ask._replace(url=f"{self._host.base(way)}{path}", private=self._private(way, grant))
            )
        )

    def _elsewhere(self, url: str, grant: Grant | None) -> Response:
        """A URL that the registry gave out, which need not be its own."""
        way = self._host.way
        if self._host.owns(url):
            return self._follow(self._ask._replace(url=url, private=self._private(way, grant)))
        peer = check_target(self._host.base(way), url, self._wire.options)
        return self._follow(self._ask._replace(url=url, peer=peer))

    def _follow(self, ask: Ask) -> Response:
        return follow(self._wire.transport.send, ask, self._wire.options)

    def _private(self, way: Way, grant: Grant | None) -> Mapping[str, str]:
        if not way.agreed:
            return {"Authorization": grant.header} if grant else {}
        return {**self._wire.options.registry_headers, **({"Authorization": grant.header} if grant else {})}


def _is_url(path: str) -> bool:
    return path.startswith(("http://", "https://"))


def _loaded(response: Response, limit: int) -> Response:
    try:
        response.body(limit)
    except TransportError as error:
        raise FaultError(Fault.BROKEN, error) from error
    except BaseException:
        response.close()
        raise
    return response

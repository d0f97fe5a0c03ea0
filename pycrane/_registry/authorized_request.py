"""One request to one registry: picks the scheme, authenticates, follows redirects, reads the body."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

from pycrane._errors import TransportError
from pycrane._keychain.credentials import ANONYMOUS
from pycrane._reference import Repository
from pycrane._registry.auth.scope import Scope
from pycrane._registry.host import Host, Scheme
from pycrane._registry.http.network_errors import Fault, FaultError
from pycrane._registry.http.redirects import check_target, follow_redirects
from pycrane._registry.http.request import Request
from pycrane._registry.http.response import Response
from pycrane._registry.http.transport import Transport

if TYPE_CHECKING:
    from pycrane._registry.auth.authorization import AuthorizationHeader


class AuthorizedRequest:
    """A request with all that its registry needs to respond. `request.url` may still be a path."""

    def __init__(
        self,
        transport: Transport,
        host: Host,
        repository: Repository,
        scopes: tuple[Scope, ...],
        request: Request,
        keep: int | None,
    ) -> None:
        self._transport = transport
        self._options = transport.options
        self._host = host
        self._repository = repository
        self._scopes = scopes
        self._request = request
        self._keep = keep

    @property
    def replayable(self) -> bool:
        """Whether it can be sent a second time at all."""
        return self._request.body is None or self._request.body.replayable

    def send(self) -> Response:
        """Send it, and once more with the credentials that the registry asks for.

        With `keep` at most that many bytes of the body have been read.

        Raises:
            FaultError: no response, or one that broke off.
            PycraneError: what the registry asks for cannot be done, or is not safe to do.
        """
        authorization = self._known_authorization()
        response = self._send_with(authorization)
        if self.replayable and response.status in (401, 403) and self._host.owns(response.url):
            response = self._authenticate(response, authorization)
        if self.replayable and response.status == 401 and not self._host.owns(response.url):
            response = self._retry_anonymously(response)
        return response if self._keep is None else _loaded(response, self._keep)

    def _known_authorization(self) -> AuthorizationHeader | None:
        """The header that is known already; None, and no token is fetched, where it would not be sent."""
        if _is_url(self._request.url) and not self._host.owns(self._host.absolute(self._request.url)):
            return None
        if not self._host.challenged:
            return None
        return self._host.authorization.header_for(self._repository, self._scopes)

    def _authenticate(self, response: Response, refused: AuthorizationHeader | None) -> Response:
        """Answer the challenge of a 401 or 403 and send the request again."""
        response.discard(self._options.limits.error_body)
        challenging = response
        if response.status == 403 and not self._host.challenged:
            # Some registries respond to anonymous requests with 403; only their base URL sends a challenge.
            challenging = self._host.try_schemes(
                lambda scheme: self._follow(Request("GET", f"{self._host.base(scheme)}/v2/"))
            )
            challenging.discard(self._options.limits.error_body)
            if challenging.status != 401:
                return response
        authorization = self._host.authorization.renew(challenging, self._repository, self._scopes, refused)
        return response if authorization is None else self._send_with(authorization)

    def _retry_anonymously(self, response: Response) -> Response:
        """Send it once more to the host of a redirect, with a token that host gives to anonymous clients."""
        from pycrane._registry.auth.authorization import foreign_realm
        from pycrane._registry.auth.token import TokenService

        found = foreign_realm(response, self._options)
        if found is None:
            return response
        response.discard(self._options.limits.error_body)
        try:
            token = TokenService(self._transport).fetch(*found, ANONYMOUS)
        except TransportError:
            return response
        private = {"Authorization": f"Bearer {token.value}"}
        return self._follow(self._request._replace(url=response.url, private=private))

    def _send_with(self, authorization: AuthorizationHeader | None) -> Response:
        path = self._request.url
        if _is_url(path):
            response = self._send_to_url(self._host.absolute(path), authorization)
        else:
            if not path.startswith("/"):
                path = f"/v2/{self._repository.path}/{path}"
            response = self._host.try_schemes(
                lambda scheme: self._follow(
                    self._request._replace(
                        url=f"{self._host.base(scheme)}{path}", private=self._private(scheme, authorization)
                    )
                )
            )
        response.known = authorization is not None and authorization.known
        return response

    def _send_to_url(self, url: str, authorization: AuthorizationHeader | None) -> Response:
        """Send it to a URL that the registry gave out, which need not be its own."""
        scheme = self._host.scheme
        if self._host.owns(url):
            return self._follow(self._request._replace(url=url, private=self._private(scheme, authorization)))
        peer = check_target(self._host.base(scheme), url, self._options)
        return self._follow(self._request._replace(url=url, peer=peer))

    def _follow(self, request: Request) -> Response:
        return follow_redirects(self._transport.send, request, self._options)

    def _private(self, scheme: Scheme, authorization: AuthorizationHeader | None) -> Mapping[str, str]:
        header = {"Authorization": authorization.value} if authorization else {}
        return {**self._options.registry_headers, **header} if scheme.sends_credentials else header


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

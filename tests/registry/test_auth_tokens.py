from __future__ import annotations

import json
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from peers.images import image
from peers.media import push
from peers.odd_server import OddServer, Request, problem, reply, reply_json
from peers.registry import Registry
from registry.clients import IMPATIENT, Heard, Keys, MakeClient, asked

from pycrane._errors import (
    DeniedError,
    LimitExceededError,
    MalformedError,
    PycraneError,
    UnauthorizedError,
    UnsupportedError,
)
from pycrane._keychain.credentials import Credentials
from pycrane._oci import media_types
from pycrane._reference import Reference, parse_reference, parse_repository
from pycrane._registry.client import RegistryClient


@pytest.fixture
def registry(docker_registry_token: Registry, keys: Keys) -> Registry:
    """A registry that wants tokens, to which the test's clients have the password."""
    keys.known[docker_registry_token.host] = Credentials(
        docker_registry_token.username, docker_registry_token.password
    )
    docker_registry_token.reset()
    return docker_registry_token


def pushed(registry: Registry, repo: str) -> Reference:
    push(registry, repo, image(), "v1")
    return parse_reference(f"{registry.host}/{repo}:v1")


def scopes(registry: Registry) -> list[list[str]]:
    assert registry.issuer
    return [request.scopes for request in registry.issuer.requests()]


def test_a_token_costs_one_exchange_and_serves_again(
    registry: Registry, repo: str, client: RegistryClient
) -> None:
    reference = pushed(registry, repo)
    client.head_manifest(reference)
    assert asked(registry, repo) == [("HEAD", 401), ("HEAD", 200)]
    client.get_manifest(reference)
    assert list(client.tags(reference.repository)) == ["v1"]
    assert asked(registry, repo)[2:] == [("GET", 200), ("GET", 200)]
    assert scopes(registry) == [[f"repository:{repo}:pull"]]


def test_signatures_of_another_kind_make_no_difference(
    docker_registry_token_es256: Registry, repo: str, client: RegistryClient, keys: Keys
) -> None:
    registry = docker_registry_token_es256
    keys.known[registry.host] = Credentials(registry.username, registry.password)
    reference = pushed(registry, repo)
    assert client.find_manifest(reference) is not None


def test_one_token_serves_for_all_that_is_announced(
    registry: Registry, repo: str, client: RegistryClient
) -> None:
    source = pushed(registry, repo)
    target = parse_reference(f"{registry.host}/{repo}-copy:v1")
    client.session.expect(source.repository, "pull")
    client.session.expect(target.repository, "push", "pull")

    raw, descriptor = client.get_manifest(source)
    assert client.find_manifest(target) is None
    with pytest.raises(PycraneError, match="BLOB_UNKNOWN"):
        client.put_manifest(target, raw, descriptor.media_type)
    assert scopes(registry) == [[f"repository:{repo}:pull", f"repository:{repo}-copy:pull,push"]]


def test_what_is_not_announced_is_asked_for_without_another_refusal(
    registry: Registry, repo: str, client: RegistryClient
) -> None:
    reference = pushed(registry, repo)
    client.head_manifest(reference)
    client.put_manifest(reference, *raw_and_type(client, reference))
    assert scopes(registry) == [[f"repository:{repo}:pull"], [f"repository:{repo}:pull,push"]]
    assert asked(registry, repo) == [("HEAD", 401), ("HEAD", 200), ("GET", 200), ("PUT", 201)]


def raw_and_type(client: RegistryClient, reference: Reference) -> tuple[bytes, str]:
    raw, descriptor = client.get_manifest(reference)
    return raw, descriptor.media_type


def test_a_token_is_renewed_before_it_expires(
    registry: Registry, repo: str, make_client: MakeClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    reference = pushed(registry, repo)
    now = [1000.0]
    monkeypatch.setattr("pycrane._registry.auth.token.time.monotonic", lambda: now[0])
    client = make_client()
    client.head_manifest(reference)
    now[0] += 300 - IMPATIENT.token_skew - 1
    client.head_manifest(reference)
    assert len(scopes(registry)) == 1
    now[0] += 2
    client.head_manifest(reference)
    assert len(scopes(registry)) == 2
    assert [status for _, status in asked(registry, repo)] == [401, 200, 200, 200]


def test_a_token_that_is_refused_is_renewed_once(
    registry: Registry, repo: str, client: RegistryClient
) -> None:
    reference = pushed(registry, repo)
    assert registry.issuer
    registry.issuer.manner.lifetime = -3600  # expired when it is made, whatever the answer says
    with pytest.raises(UnauthorizedError):
        client.get_manifest(reference)
    assert [status for _, status in asked(registry, repo)] == [401, 401]
    with pytest.raises(UnauthorizedError):
        client.get_manifest(reference)
    assert [status for _, status in asked(registry, repo)][2:] == [401, 401]
    registry.issuer.manner.lifetime = 300
    client.get_manifest(reference)


def test_many_threads_share_one_exchange(registry: Registry, repo: str, client: RegistryClient) -> None:
    reference = pushed(registry, repo)
    with ThreadPoolExecutor(8) as pool:
        found = list(pool.map(client.head_manifest, [reference] * 16))
    assert len({descriptor.digest for descriptor in found}) == 1
    assert len(scopes(registry)) == 1


def test_an_identity_token_is_traded_in_a_post(
    registry: Registry, repo: str, client: RegistryClient, keys: Keys
) -> None:
    reference = pushed(registry, repo)
    assert registry.issuer
    keys.known[registry.host] = Credentials(identity_token=registry.issuer.new_refresh_token("alice"))
    client.head_manifest(reference)
    (request,) = registry.issuer.requests()
    assert (request.method, request.grant_type) == ("POST", "refresh_token")
    assert request.form["client_id"] == ["pycrane"]
    assert request.scopes == [f"repository:{repo}:pull"]


@pytest.mark.parametrize("status", [401, 404, 405])
def test_where_no_post_is_known_the_password_serves(
    registry: Registry, repo: str, client: RegistryClient, keys: Keys, status: int
) -> None:
    reference = pushed(registry, repo)
    assert registry.issuer
    registry.issuer.manner.refuse_post = status
    keys.known[registry.host] = Credentials("alice", registry.password, identity_token="refreshing")
    client.head_manifest(reference)
    assert [request.method for request in registry.issuer.requests()] == ["POST", "GET"]


def test_an_identity_token_that_is_refused_is_an_error(
    registry: Registry, repo: str, client: RegistryClient, keys: Keys
) -> None:
    keys.known[registry.host] = Credentials(identity_token="not-known-here")
    with pytest.raises(UnauthorizedError, match="invalid_grant") as caught:
        client.get_manifest(parse_reference(f"{registry.host}/{repo}:v1"))
    assert "not-known-here" not in str(caught.value)
    assert registry.host in (caught.value.hint or "")


def test_a_registry_token_is_sent_as_it_is(
    registry: Registry, repo: str, client: RegistryClient, keys: Keys
) -> None:
    reference = pushed(registry, repo)
    assert registry.issuer
    access = {"type": "repository", "name": repo, "actions": ["pull"]}
    keys.known[registry.host] = Credentials(registry_token=registry.issuer.sign("alice", [access]))
    client.head_manifest(reference)
    assert scopes(registry) == []


def test_a_wrong_password_is_shown_to_the_token_server_once(
    registry: Registry, repo: str, client: RegistryClient, keys: Keys
) -> None:
    keys.known[registry.host] = Credentials("alice", "hunter2")
    with pytest.raises(UnauthorizedError, match="incorrect username or password") as caught:
        client.get_manifest(parse_reference(f"{registry.host}/{repo}:v1"))
    assert "hunter2" not in str(caught.value)
    assert f"pycrane auth login {registry.host}" in (caught.value.hint or "")
    assert len(scopes(registry)) == 1


def test_anybody_may_be_given_a_token(
    registry: Registry, repo: str, client: RegistryClient, keys: Keys
) -> None:
    reference = pushed(registry, repo)
    assert registry.issuer
    registry.issuer.manner.anonymous = frozenset({"pull"})
    keys.known.clear()
    client.head_manifest(reference)
    (request,) = registry.issuer.requests()
    assert request.username == ""
    with pytest.raises(UnauthorizedError):
        client.put_manifest(reference, b"{}", media_types.OCI_MANIFEST)


def test_fewer_rights_than_asked_for_are_found_out_once(
    registry: Registry, repo: str, client: RegistryClient
) -> None:
    reference = pushed(registry, repo)
    assert registry.issuer
    registry.issuer.manner.allow = frozenset({"pull"})
    with pytest.raises(UnauthorizedError):
        client.put_manifest(reference, b"{}", media_types.OCI_MANIFEST)
    assert asked(registry, repo) == [("PUT", 401), ("PUT", 401)]
    assert len(scopes(registry)) == 1


def test_the_catalog_is_asked_for_by_its_own_scope(registry: Registry, client: RegistryClient) -> None:
    list(client.repositories(registry.host))
    assert scopes(registry) == [["registry:catalog:*"]]


def test_a_token_is_handed_out(registry: Registry, repo: str, client: RegistryClient) -> None:
    repository = parse_repository(f"{registry.host}/{repo}")
    other = parse_repository(f"{registry.host}/other")
    token = client.token(repository, ("push", "pull"), (other,)).value
    assert token.count(".") == 2
    assert scopes(registry)[-1] == [f"repository:{repo}:pull,push", "repository:other:pull"]


def test_a_registry_without_tokens_hands_out_none(
    docker_registry: Registry, docker_registry_basic: Registry, client: RegistryClient, keys: Keys
) -> None:
    keys.known[docker_registry_basic.host] = Credentials("alice", docker_registry_basic.password)
    for host in (docker_registry.host, docker_registry_basic.host):
        with pytest.raises(UnsupportedError, match="does not ask for a token"):
            client.token(parse_repository(f"{host}/app"))


def test_a_login_is_tried_with_the_token_server(registry: Registry, client: RegistryClient) -> None:
    client.ping(registry.host, Credentials("alice", registry.password))
    with pytest.raises(UnauthorizedError, match="incorrect username or password"):
        client.ping(registry.host, Credentials("alice", "wrong"))


Answer = Callable[[Request], bytes]


def guarded(token: Answer, challenge: str = 'Bearer realm="/token?keep=this",service="s"') -> Answer:
    """A registry whose token server is its own, and whose only tag is the token it was shown."""

    def handler(request: Request) -> bytes:
        if request.path == "/token":
            return token(request)
        shown = request.header("Authorization")
        if shown is None:
            return reply(401, b"", {"WWW-Authenticate": challenge})
        return reply_json({"tags": [shown]})

    return handler


def tags(client: RegistryClient, server: OddServer) -> list[str]:
    return list(client.tags(parse_repository(f"{server.host}/app")))


def test_a_relative_realm_keeps_its_query(client: RegistryClient) -> None:
    with OddServer(guarded(lambda _: reply_json({"token": "t"}))) as server:
        assert tags(client, server) == ["Bearer t"]
        (request,) = [one for one in server.requests if one.path == "/token"]
    assert request.query == {"keep": ["this"], "service": ["s"], "scope": ["repository:app:pull"]}


def test_the_challenged_scope_comes_first(client: RegistryClient) -> None:
    challenge = 'Bearer realm="/token",scope="repository:mirror/app:pull"'
    with OddServer(guarded(lambda _: reply_json({"token": "t"}), challenge)) as server:
        tags(client, server)
        (request,) = [one for one in server.requests if one.path == "/token"]
    assert request.query["scope"] == ["repository:mirror/app:pull", "repository:app:pull"]


def test_bearer_is_taken_before_basic(client: RegistryClient, keys: Keys) -> None:
    challenge = 'Basic realm="x", Bearer realm="/token"'
    with OddServer(guarded(lambda _: reply_json({"token": "t"}), challenge)) as server:
        keys.known[server.host] = Credentials("alice", "secret")
        assert tags(client, server) == ["Bearer t"]


@pytest.mark.parametrize(
    ("answer", "shown"),
    [
        ({"token": "t"}, "t"),
        ({"access_token": "a"}, "a"),
        ({"token": "t", "access_token": "a"}, "a"),
        ({"token": "t", "access_token": None}, "t"),
        ({"token": "t", "expires_in": -5}, "t"),
        ({"token": "t", "expires_in": 0}, "t"),
        ({"token": "t", "expires_in": "soon", "issued_at": "yesterday"}, "t"),
        ({"token": "t", "expires_in": True}, "t"),
        ({"token": "t", "expires_in": 10**30}, "t"),
    ],
)
def test_odd_answers_with_a_token_are_taken(client: RegistryClient, answer: Any, shown: str) -> None:
    with OddServer(guarded(lambda _: reply_json(answer))) as server:
        assert tags(client, server) == [f"Bearer {shown}"]


@pytest.mark.parametrize(
    ("answer", "kind"),
    [
        (reply(200, b"no json"), MalformedError),
        (reply(200, b"[]"), MalformedError),
        (reply_json({}), MalformedError),
        (reply_json({"token": 5}), MalformedError),
        (reply_json({"token": "two\r\nlines"}), MalformedError),
        (reply(200, b'{"token":"t","expires_in":1e400}'), MalformedError),
        (reply(200, json.dumps({"token": "x" * 2_000_000})), LimitExceededError),
        (problem(403, "DENIED", "not you"), DeniedError),
        (reply(401, b'{"details":"incorrect"}'), UnauthorizedError),
    ],
)
def test_answers_without_a_token_are_errors(
    client: RegistryClient, answer: bytes, kind: type[PycraneError]
) -> None:
    with OddServer(guarded(lambda _: answer)) as server:
        with pytest.raises(kind):
            tags(client, server)
        assert server.count("GET", "/token") == 1


def test_a_token_server_that_is_out_of_breath_is_asked_again(client: RegistryClient, heard: Heard) -> None:
    broken = [503, 502]

    def token(_: Request) -> bytes:
        return reply(broken.pop()) if broken else reply_json({"token": "t"})

    with OddServer(guarded(token)) as server:
        assert tags(client, server) == ["Bearer t"]


def test_who_grants_nothing_of_too_much_is_asked_for_less(client: RegistryClient) -> None:
    def token(request: Request) -> bytes:
        if len(request.query["scope"]) > 1:
            return problem(403, "DENIED", "not all of that")
        return reply_json({"token": "t"})

    with OddServer(guarded(token)) as server:
        client.session.expect(parse_repository(f"{server.host}/other"), "push")
        assert tags(client, server) == ["Bearer t"]
        assert server.count("GET", "/token") == 2


def test_a_token_that_expires_during_an_upload_is_renewed_and_the_body_sent_again(
    client: RegistryClient,
) -> None:
    tokens, bodies = [], []

    def handler(request: Request) -> bytes:
        if request.path == "/token":
            tokens.append(f"t{len(tokens)}")
            return reply_json({"token": tokens[-1]})
        bodies.append(request.body)
        expired = len(tokens) < 2 and len(bodies) > 2
        if expired or request.header("Authorization") != f"Bearer {(tokens or ['none'])[-1]}":
            return reply(401, b"", {"WWW-Authenticate": 'Bearer realm="/token"'})
        return reply(202)

    with OddServer(handler) as server:
        repository = parse_repository(f"{server.host}/app")
        for body in (b"first", b"second"):
            client.session.request("PATCH", repository, "x", actions=("pull", "push"), body=body)
    assert bodies == [b"first", b"first", b"second", b"second"]
    assert tokens == ["t0", "t1"]


def test_what_another_login_is_for_is_asked_for_by_itself(client: RegistryClient, keys: Keys) -> None:
    with OddServer(guarded(lambda _: reply_json({"token": "t"}))) as server:
        other = parse_repository(f"{server.host}/other")
        keys.known[other.name] = Credentials("somebody", "else")
        client.session.expect(other, "push")
        tags(client, server)
        (request,) = [one for one in server.requests if one.path == "/token"]
    assert request.query["scope"] == ["repository:app:pull"]
    assert request.header("Authorization") is None


def test_a_registry_that_never_has_enough_is_left(client: RegistryClient) -> None:
    def handler(request: Request) -> bytes:
        if request.path == "/token":
            return reply_json({"token": "t"})
        challenge = 'Bearer realm="/token",error="insufficient_scope",scope="registry:catalog:*"'
        return problem(401, "UNAUTHORIZED", "more", {"WWW-Authenticate": challenge})

    with OddServer(handler) as server:
        with pytest.raises(UnauthorizedError):
            list(client.repositories(server.host))
        assert len(server.requests) == 3


def test_a_403_that_names_a_scope_is_answered_with_it(client: RegistryClient) -> None:
    def handler(request: Request) -> bytes:
        if request.path == "/token":
            return reply_json({"token": "+".join(request.query["scope"])})
        shown, challenge = request.header("Authorization"), 'Bearer realm="/token"'
        if shown is None:
            return reply(401, b"", {"WWW-Authenticate": challenge})
        if "/secret/" in request.path and "vault" not in shown:
            challenge += ',error="insufficient_scope",scope="vault:secret:open"'
            return problem(403, "DENIED", "", {"WWW-Authenticate": challenge})
        return reply_json({"tags": ["v1"]})

    with OddServer(handler) as server:
        tags(client, server)
        assert list(client.tags(parse_repository(f"{server.host}/secret"))) == ["v1"]

from __future__ import annotations

import io
from collections.abc import Iterator
from contextlib import contextmanager

import pytest
from peers.authority import Authority
from peers.images import image
from peers.media import push
from peers.odd_server import Handler, OddServer, Request, forward, problem, redirect, reply, reply_json
from peers.proxy import ForwardProxy
from peers.registry import Registry
from registry.clients import Keys, MakeClient

from pycrane._errors import (
    DigestMismatchError,
    LimitExceededError,
    MalformedError,
    PycraneError,
    RegistryError,
    UnsupportedError,
)
from pycrane._keychain.credentials import Credentials
from pycrane._reference import parse_reference, parse_repository
from pycrane._registry.client import RegistryClient
from pycrane._registry.http.addresses import Reach
from pycrane._registry.http.options import ClientOptions
from pycrane._registry.http.redirects import check_target
from pycrane._registry.http.request import Body
from pycrane._registry.http.response import Response

ALICE = Credentials("alice", "secret")
BASIC = {"WWW-Authenticate": 'Basic realm="x"'}


def get(client: RegistryClient, host: str, path: str = "blobs/x") -> Response:
    return client.session.request("GET", parse_repository(f"{host}/app"), path)


@contextmanager
def leading_to(location: str, status: int = 307) -> Iterator[OddServer]:
    """A registry that wants a password and then sends elsewhere."""

    def handler(request: Request) -> bytes:
        return redirect(location, status) if request.header("Authorization") else reply(401, b"", BASIC)

    with OddServer(handler) as server:
        yield server


@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
def test_credentials_and_headers_stay_with_the_registry(
    make_client: MakeClient, keys: Keys, status: int
) -> None:
    client = make_client(headers={"X-Secret": "mine"})
    with OddServer(lambda _: reply(200, b"blob")) as store:
        with leading_to(f"{store.url}/there?signature=abc%2Fdef%3D&x=1", status) as registry:
            keys.known[registry.host] = ALICE
            answer = client.session.request(
                "GET", parse_repository(f"{registry.host}/app"), "blobs/x", headers={"Range": "bytes=1-"}
            )
        (seen,) = store.requests
    assert answer.body(10) == b"blob"
    assert answer.url == f"{store.url}/there?signature=abc%2Fdef%3D&x=1"
    assert seen.target == "/there?signature=abc%2Fdef%3D&x=1"
    assert seen.header("Authorization") is None
    assert seen.header("X-Secret") is None
    assert seen.header("Cookie") is None
    assert seen.header("Range") == "bytes=1-"


def test_the_registry_itself_sees_the_credentials_again(client: RegistryClient, keys: Keys) -> None:
    def handler(request: Request) -> bytes:
        if not request.header("Authorization"):
            return reply(401, b"", BASIC)
        return reply(200, b"blob") if request.path == "/elsewhere" else redirect("/elsewhere")

    with OddServer(handler) as registry:
        keys.known[registry.host] = ALICE
        assert get(client, registry.host).body(10) == b"blob"


def test_the_digest_of_the_registry_outlives_the_redirect(client: RegistryClient) -> None:
    def handler(request: Request) -> bytes:
        digest = "sha256:" + "0" * 64
        headers = {"Location": f"{store.url}/x", "Docker-Content-Digest": digest}
        return reply(307, b"", headers)

    with (
        OddServer(lambda _: reply(200, b'{"schemaVersion":2}')) as store,
        OddServer(handler) as registry,
        pytest.raises(DigestMismatchError, match="sha256:0000"),
    ):
        client.get_manifest(parse_reference(f"{registry.host}/app:v1"))


@pytest.mark.parametrize("path", ["/round", "/v2/app/blobs/x"])
def test_a_circle_is_left(client: RegistryClient, path: str) -> None:
    with OddServer(lambda _: redirect(path)) as registry:
        with pytest.raises(LimitExceededError, match="more than 10 redirects"):
            get(client, registry.host)
        assert len(registry.requests) == 11


@pytest.mark.parametrize(
    "location",
    [
        "file:///etc/passwd",
        "ftp://127.0.0.1/x",
        "data:text/plain,x",
        "javascript:alert(1)",
        "http://",
        "http://[::1",
        "http://host:port/",
        "http://127.0.0.1/ with spaces",
        "http://127.0.0.1/\x01",
        "http://127.0.0.1/" + "x" * 10_000,
        "http://127.0.0.1/é",
    ],
)
def test_what_is_no_web_address_is_not_followed(client: RegistryClient, location: str) -> None:
    with OddServer(lambda _: redirect(location)) as registry, pytest.raises(PycraneError):
        get(client, registry.host)


def test_a_user_name_in_an_address_is_not_followed(client: RegistryClient) -> None:
    with (
        OddServer(lambda _: redirect("http://somebody:pass@127.0.0.1/x")) as registry,
        pytest.raises(UnsupportedError, match="user name") as caught,
    ):
        get(client, registry.host)
    assert "pass" not in str(caught.value).replace("127.0.0.1", "")


@pytest.mark.parametrize("status", [307, 308])
def test_an_upload_is_repeated_where_it_is_sent(client: RegistryClient, status: int) -> None:
    with (
        OddServer(lambda request: reply(201, request.body[:10])) as store,
        OddServer(lambda _: redirect(f"{store.url}/there", status)) as registry,
    ):
        repository = parse_repository(f"{registry.host}/app")
        answer = client.session.request("PUT", repository, "x", body=b"content")
        assert answer.body(20) == b"content"


@pytest.mark.parametrize("status", [301, 302, 303])
def test_an_upload_never_becomes_a_download(client: RegistryClient, status: int) -> None:
    with OddServer(lambda _: redirect("/there", status)) as registry:
        with pytest.raises(RegistryError, match="would make it a GET"):
            client.session.request("PUT", parse_repository(f"{registry.host}/app"), "x", body=b"content")
        assert len(registry.requests) == 1


def test_a_body_that_can_be_read_once_is_not_sent_on(client: RegistryClient) -> None:
    with OddServer(lambda _: redirect("/there")) as registry:
        body = Body(lambda: io.BytesIO(b"x"), 1, replayable=False)
        with pytest.raises(UnsupportedError, match="cannot be sent again"):
            client.session.request("PUT", parse_repository(f"{registry.host}/app"), "x", body=body)


def test_the_other_host_gets_an_anonymous_token_at_most(client: RegistryClient, keys: Keys) -> None:
    def store_handler(request: Request) -> bytes:
        if request.path == "/token":
            return reply_json({"token": f"for-{request.header('Authorization')}"})
        if request.header("Authorization"):
            return reply(200, (request.header("Authorization") or "").encode())
        return reply(401, b"", {"WWW-Authenticate": f'Bearer realm="{store.url}/token",scope="a:b:c"'})

    with OddServer(store_handler) as store, leading_to(f"{store.url}/there") as registry:
        keys.known[registry.host] = ALICE
        keys.known[store.host] = Credentials("never", "asked")
        assert get(client, registry.host).body(100) == b"Bearer for-None"


def test_the_other_host_gets_no_password(client: RegistryClient, keys: Keys) -> None:
    with OddServer(lambda _: reply(401, b"", BASIC)) as store, leading_to(f"{store.url}/there") as registry:
        keys.known[registry.host] = keys.known[store.host] = ALICE
        with pytest.raises(RegistryError):
            get(client, registry.host)
        assert [request.header("Authorization") for request in store.requests] == [None]


def test_an_address_that_the_registry_gave_out_gets_no_credentials_elsewhere(
    client: RegistryClient, keys: Keys
) -> None:
    with (
        OddServer(lambda _: reply(202)) as store,
        OddServer(
            lambda request: reply(200, b"{}") if request.header("Authorization") else reply(401, b"", BASIC)
        ) as registry,
    ):
        keys.known[registry.host] = ALICE
        get(client, registry.host)
        get(client, registry.host, f"{store.url}/upload")
        get(client, registry.host, f"{registry.url}/upload")
        assert [request.header("Authorization") for request in store.requests] == [None]
        assert registry.requests[-1].header("Authorization") is not None


@contextmanager
def public(
    handler: Handler, authority: Authority, make_client: MakeClient, monkeypatch: pytest.MonkeyPatch
) -> Iterator[tuple[OddServer, RegistryClient]]:
    """A registry at registry.example, behind TLS, as the world sees it: through a proxy."""
    context = authority.server("registry.example", "127.0.0.1", file="public").server_context()
    with (
        OddServer(handler, tls=context) as server,
        ForwardProxy(hosts={"registry.example:443": server.host}) as proxy,
    ):
        monkeypatch.setenv("HTTPS_PROXY", proxy.url)
        monkeypatch.setenv("HTTP_PROXY", proxy.url)
        yield server, make_client(ca_bundle=authority.ca_file)


@pytest.mark.parametrize(
    "location",
    [
        "https://127.0.0.1/latest",
        "https://169.254.169.254/latest/meta-data/",
        "https://10.1.2.3/x",
        "https://[::1]/x",
        "https://[::ffff:127.0.0.1]/x",
        "https://[fe80::1]/x",
        "https://[fd00::1]/x",
        "https://0.0.0.0/x",
        "https://localhost/x",
        "https://100.64.0.1/x",
    ],
)
def test_nobody_in_public_sends_us_into_our_own_network(
    location: str, authority: Authority, make_client: MakeClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    with public(lambda _: redirect(location), authority, make_client, monkeypatch) as (_, client):
        with pytest.raises(UnsupportedError, match="it leads into a private network"):
            get(client, "registry.example")
        with pytest.raises(UnsupportedError):
            get(client, "registry.example", location)


@pytest.mark.parametrize(
    ("target", "reach", "allowed"),
    [
        ("https://storage.example/x", Reach.PUBLIC, True),
        ("http://storage.example/x", Reach.PUBLIC, False),
        ("https://storage.example/x", Reach.PRIVATE, True),
        ("https://storage.example/x", Reach.LOOPBACK, False),
        ("https://storage.example/x", Reach.LINK_LOCAL, False),
    ],
)
def test_a_name_counts_by_the_addresses_that_it_has(
    monkeypatch: pytest.MonkeyPatch, target: str, reach: Reach, allowed: bool
) -> None:
    known = {"storage.example": reach, "registry.example": Reach.PUBLIC}
    monkeypatch.setattr("pycrane._registry.http.redirects.resolved_reach", known.__getitem__)
    trusting = ClientOptions(insecure_registries=frozenset({"storage.example"}))
    check_target("https://registry.example/v2/", target, trusting)
    if allowed:
        check_target("https://registry.example/v2/", target, ClientOptions())
    else:
        with pytest.raises(UnsupportedError, match="refusing the redirect") as caught:
            check_target("https://registry.example/v2/", target, ClientOptions())
        assert caught.value.hint == "allow it with --insecure-registry storage.example"


def test_who_is_inside_a_network_may_send_to_others_in_it(monkeypatch: pytest.MonkeyPatch) -> None:
    known = {"registry.corp": Reach.PRIVATE, "10.0.0.9": Reach.PRIVATE, "127.0.0.1": Reach.LOOPBACK}
    monkeypatch.setattr("pycrane._registry.http.redirects.resolved_reach", known.__getitem__)
    check_target("https://registry.corp/v2/", "https://10.0.0.9/x", ClientOptions())
    with pytest.raises(UnsupportedError):
        check_target("https://registry.corp/v2/", "https://127.0.0.1/x", ClientOptions())


def test_insecurity_for_all_opens_no_network() -> None:
    careless = ClientOptions(insecure=True)
    check_target("https://registry.example/v2/", "http://8.8.8.8/x", careless)
    with pytest.raises(UnsupportedError, match="network"):
        check_target("https://8.8.8.8/v2/", "http://169.254.169.254/latest/meta-data/", careless)


def test_nobody_sends_us_away_from_tls(
    authority: Authority, make_client: MakeClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    def handler(_: Request) -> bytes:
        return redirect("http://cdn.example/x")

    with public(handler, authority, make_client, monkeypatch) as (_, client):
        with pytest.raises(UnsupportedError, match="away from TLS") as caught:
            get(client, "registry.example")
        assert "--insecure-registry cdn.example" in (caught.value.hint or "")


@pytest.mark.parametrize(
    ("realm", "kind"),
    [
        ("http://auth.example/token", UnsupportedError),
        ("https://127.0.0.1/token", UnsupportedError),
        ("https://169.254.169.254/token", UnsupportedError),
        ("https://user:pass@auth.example/token", UnsupportedError),
        ("ftp://auth.example/token", MalformedError),
    ],
)
def test_a_token_is_not_fetched_from_just_anywhere(
    realm: str,
    kind: type[PycraneError],
    authority: Authority,
    make_client: MakeClient,
    monkeypatch: pytest.MonkeyPatch,
    keys: Keys,
) -> None:
    def handler(_: Request) -> bytes:
        return problem(401, "UNAUTHORIZED", "", {"WWW-Authenticate": f'Bearer realm="{realm}"'})

    keys.known["registry.example"] = ALICE
    with public(handler, authority, make_client, monkeypatch) as (server, client):
        with pytest.raises(kind):
            get(client, "registry.example")
        assert len(server.requests) == 1


def test_an_address_of_the_registry_itself_keeps_tls(
    authority: Authority, make_client: MakeClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    with public(lambda _: reply(200, b"ok"), authority, make_client, monkeypatch) as (server, client):
        get(client, "registry.example")
        get(client, "registry.example", "http://registry.example/v2/app/blobs/uploads/1?_state=a%3D")
        assert server.requests[-1].target == "/v2/app/blobs/uploads/1?_state=a%3D"


def test_a_real_registry_behind_a_redirect_is_read(
    docker_registry: Registry, repo: str, client: RegistryClient
) -> None:
    digest = push(docker_registry, repo, image(), "v1")

    def handler(request: Request) -> bytes:
        if "/manifests/" in request.path:
            return redirect(f"{docker_registry.url}{request.target}")
        return forward(request, docker_registry.host)

    with OddServer(handler) as front:
        assert str(client.head_manifest(parse_reference(f"{front.host}/{repo}:v1")).digest) == digest

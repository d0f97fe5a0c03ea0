from __future__ import annotations

import contextlib
import socket
import threading

import pytest
from hypothesis import given
from hypothesis import strategies as st
from peers.authority import Authority
from peers.images import image
from peers.media import push
from peers.odd_server import OddServer, reply
from peers.proxy import ForwardProxy
from peers.registry import Registry
from registry.clients import Keys, MakeClient

from pycrane._errors import ConnectionFailedError, RegistryError, TLSError, TransportError, UnauthorizedError
from pycrane._keychain.credentials import Credentials
from pycrane._reference import parse_reference, parse_repository
from pycrane._registry.client import RegistryClient
from pycrane._registry.host import schemes as schemes_of
from pycrane._registry.http.addresses import Reach, is_loopback, literal_reach, resolved_reach, split_host
from pycrane._registry.http.options import ClientOptions


class Greeted:
    """A server without TLS that counts TLS greetings, and answers all else with the same bytes."""

    def __init__(self, answer: bytes) -> None:
        self._answer = answer
        self.greetings = 0
        self.last = b""
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.host = f"127.0.0.1:{self._listener.getsockname()[1]}"
        self._thread = threading.Thread(target=self._serve, daemon=True)

    def __enter__(self) -> Greeted:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._listener.shutdown(socket.SHUT_RDWR)
        self._thread.join(10)
        self._listener.close()

    def _serve(self) -> None:
        with contextlib.suppress(OSError):
            while True:
                connection, _ = self._listener.accept()
                with connection:
                    first = connection.recv(65536)
                    if first.startswith(b"\x16\x03"):
                        self.greetings += 1
                        connection.sendall(reply(400, b"what?"))
                    else:
                        self.last = first
                        connection.sendall(self._answer)


TAGS = reply(200, b'{"tags":["v1"]}')
BASIC = {"WWW-Authenticate": 'Basic realm="x"'}


def tags(client: RegistryClient, host: str) -> list[str]:
    return list(client.tags(parse_repository(f"{host}/app")))


@pytest.mark.parametrize(
    ("registry", "schemes"),
    [
        ("localhost:5000", ["http", "https"]),
        ("localhost", ["http", "https"]),
        ("127.0.0.1:5000", ["http", "https"]),
        ("127.8.9.10", ["http", "https"]),
        ("[::1]:5000", ["http", "https"]),
        ("10.0.0.1:5000", ["https", "http"]),
        ("192.168.1.1", ["https", "http"]),
        ("172.16.0.1", ["https", "http"]),
        ("[fd00::1]:5000", ["https", "http"]),
        ("[fe80::1]", ["https", "http"]),
        ("registry.example", ["https"]),
        ("registry.local:5000", ["https"]),
        ("localhost.example:80", ["https"]),
        ("8.8.8.8:5000", ["https"]),
        ("172.32.0.1", ["https"]),
    ],
)
def test_plain_http_is_for_this_machine_and_for_private_addresses(registry: str, schemes: list[str]) -> None:
    assert [scheme.name for scheme in schemes_of(registry, ClientOptions())] == schemes


def test_only_private_addresses_are_downgraded_without_being_asked() -> None:
    for registry in ("10.0.0.1:5000", "[fd00::1]"):
        assert [scheme.sends_credentials for scheme in schemes_of(registry, ClientOptions())] == [True, False]
    for registry in ("127.0.0.1:5000", "registry.example"):
        assert all(scheme.sends_credentials for scheme in schemes_of(registry, ClientOptions()))


@pytest.mark.parametrize(
    ("named", "registry", "meant"),
    [
        ("registry.example", "registry.example", True),
        ("registry.example", "registry.example:5000", True),
        ("registry.example:5000", "registry.example:5000", True),
        ("registry.example:5000", "registry.example", False),
        ("registry.example:443", "registry.example", True),
        ("registry.example:80", "registry.example", True),
        ("other.example", "registry.example", False),
        ("[fd00::1]:5000", "[fd00::1]:5000", True),
        ("10.0.0.1", "10.0.0.1:5000", True),
    ],
)
def test_a_registry_is_insecure_by_name(named: str, registry: str, meant: bool) -> None:
    found = schemes_of(registry, ClientOptions(insecure_registries=frozenset({named})))
    assert (found == schemes_of("registry.example", ClientOptions(insecure=True))) is meant


def test_all_registries_may_be_insecure_tls_first_and_credentials_allowed() -> None:
    for registry in ("registry.example", "10.0.0.1"):
        found = schemes_of(registry, ClientOptions(insecure=True))
        assert [(each.name, each.sends_credentials) for each in found] == [("https", True), ("http", True)]


@pytest.mark.parametrize(
    ("host", "reach"),
    [
        ("8.8.8.8", Reach.PUBLIC),
        ("2606:4700::1111", Reach.PUBLIC),
        ("10.1.2.3", Reach.PRIVATE),
        ("100.64.0.1", Reach.PRIVATE),
        ("fd12::1", Reach.PRIVATE),
        ("127.0.0.1", Reach.LOOPBACK),
        ("::1", Reach.LOOPBACK),
        ("::ffff:127.0.0.1", Reach.LOOPBACK),
        ("0.0.0.0", Reach.LOOPBACK),
        ("169.254.169.254", Reach.LINK_LOCAL),
        ("fe80::1%eth0", Reach.LINK_LOCAL),
        ("registry.example", None),
        ("1.2.3", None),
    ],
)
def test_addresses_are_told_apart(host: str, reach: Reach | None) -> None:
    assert literal_reach(host) is reach


def test_a_short_form_of_an_address_is_resolved_to_what_it_means() -> None:
    assert resolved_reach("127.1") is Reach.LOOPBACK
    assert resolved_reach("localhost") is Reach.LOOPBACK


@given(st.text(max_size=30))
def test_no_text_breaks_the_telling_apart(text: str) -> None:
    assert literal_reach(text) in {None, *Reach}
    assert is_loopback(text) in {True, False}


def test_host_and_port_are_split() -> None:
    assert split_host("[fd00::1]:5000") == ("fd00::1", 5000)
    assert split_host("registry.example") == ("registry.example", None)


def test_plain_http_here_costs_one_request(docker_registry: Registry, client: RegistryClient) -> None:
    docker_registry.reset()
    list(client.repositories(docker_registry.host))
    assert [seen.status for seen in docker_registry.requests()] == [200]


def test_tls_here_is_found_out_and_remembered(
    docker_registry_tls: Registry, repo: str, make_client: MakeClient
) -> None:
    digest = push(docker_registry_tls, repo, image(), "v1")
    client = make_client(ca_bundle=docker_registry_tls.ca_file)
    reference = parse_reference(f"{docker_registry_tls.host}/{repo}:v1")
    for _ in range(2):
        assert str(client.head_manifest(reference).digest) == digest
    assert [seen.status for seen in docker_registry_tls.requests()] == [200, 200]


@pytest.mark.parametrize(
    "answer",
    [
        reply(400, b"Client sent an HTTP request to an HTTPS server.\n"),
        reply(400, b"<title>400 The plain HTTP request was sent to HTTPS port</title>"),
        b"\x15\x03\x01\x00\x02\x02\x46",
        b"",
    ],
)
def test_what_speaks_no_http_is_asked_by_tls(make_client: MakeClient, answer: bytes) -> None:
    with Greeted(answer) as server:
        with pytest.raises((TransportError, RegistryError)):
            tags(make_client(), server.host)
        assert server.greetings > 0


def test_a_400_with_another_reason_is_an_answer(client: RegistryClient) -> None:
    with OddServer(lambda _: reply(400, b"bad")) as server:
        with pytest.raises(Exception, match="400 Bad Request: bad"):
            tags(client, server.host)
        assert server.connections == 1


def test_a_certificate_that_nobody_vouches_for_is_not_walked_around(
    docker_registry_tls: Registry, client: RegistryClient
) -> None:
    with pytest.raises(TLSError, match=r"https://.*certificate"):
        list(client.repositories(docker_registry_tls.host))


@pytest.fixture
def private(monkeypatch: pytest.MonkeyPatch) -> None:
    """Take the loopback for a private network."""
    monkeypatch.setattr("pycrane._registry.host.is_loopback", lambda host: False)
    monkeypatch.setattr("pycrane._registry.host.literal_reach", lambda host: Reach.PRIVATE)


@pytest.mark.usefixtures("private")
def test_a_private_registry_without_tls_is_read(
    docker_registry: Registry, repo: str, client: RegistryClient, keys: Keys
) -> None:
    digest = push(docker_registry, repo, image(), "v1")
    keys.known[docker_registry.host] = Credentials("alice", "secret")
    assert str(client.head_manifest(parse_reference(f"{docker_registry.host}/{repo}:v1")).digest) == digest
    assert keys.asked == []


@pytest.mark.usefixtures("private")
def test_no_secret_goes_to_a_private_registry_without_tls(
    docker_registry_basic: Registry, make_client: MakeClient, keys: Keys
) -> None:
    host = docker_registry_basic.host
    keys.known[host] = Credentials("alice", docker_registry_basic.password)
    client = make_client(headers={"X-Secret": "mine"})
    with pytest.raises(UnauthorizedError, match="plain HTTP only") as caught:
        list(client.repositories(host))
    assert f"--insecure-registry {host}" in (caught.value.hint or "")
    make_client(insecure_registries=frozenset({host})).ping(host)


@pytest.mark.usefixtures("private")
def test_nor_a_header_of_the_persons_configuration(make_client: MakeClient) -> None:
    with Greeted(TAGS) as server:
        assert tags(make_client(headers={"X-Secret": "mine"}), server.host) == ["v1"]
        assert server.greetings == 1
    assert b"GET /v2/app/tags/list" in server.last
    assert b"X-Secret" not in server.last


def test_an_insecure_registry_is_asked_by_tls_first(
    docker_registry_tls: Registry, make_client: MakeClient
) -> None:
    host = docker_registry_tls.host
    make_client(insecure=True).ping(host)
    make_client(insecure_registries=frozenset({host})).ping(host)
    with pytest.raises(TLSError):
        make_client(insecure_registries=frozenset({"other.example"})).ping(host)


def test_a_public_registry_is_never_asked_without_tls(
    make_client: MakeClient, monkeypatch: pytest.MonkeyPatch, docker_registry: Registry
) -> None:
    hosts = dict.fromkeys(("registry.example", "registry.example:443"), docker_registry.host)
    with ForwardProxy(hosts=hosts) as proxy:
        monkeypatch.setenv("HTTPS_PROXY", proxy.url)
        monkeypatch.setenv("HTTP_PROXY", proxy.url)
        with pytest.raises(TLSError, match="does not speak TLS") as caught:
            make_client().ping("registry.example")
        assert "--insecure-registry registry.example" in (caught.value.hint or "")
        assert {request.method for request in proxy.requests} == {"CONNECT"}
        make_client(insecure_registries=frozenset({"registry.example"})).ping("registry.example")


def test_an_expired_certificate_is_named_so(make_client: MakeClient, authority: Authority) -> None:
    context = authority.server(file="expired", valid_days=(-30, -1)).server_context()
    with OddServer(lambda _: TAGS, tls=context) as server, pytest.raises(TLSError, match="expired"):
        tags(make_client(ca_bundle=authority.ca_file), server.host)


def test_a_certificate_for_another_name_is_refused(make_client: MakeClient, authority: Authority) -> None:
    context = authority.server("other.example", file="other").server_context()
    with OddServer(lambda _: TAGS, tls=context) as server, pytest.raises(TLSError, match=r"127\.0\.0\.1"):
        tags(make_client(ca_bundle=authority.ca_file), server.host)


def test_nobody_there_is_said_of_the_scheme_that_should_have_worked(client: RegistryClient) -> None:
    with pytest.raises(ConnectionFailedError, match=r"GET http://127\.0\.0\.1:1/"):
        client.ping("127.0.0.1:1")


@pytest.mark.parametrize("registry", ["localhost:5000", "127.0.0.1", "10.0.0.1:5000", "r.example"])
def test_with_tls_only_no_registry_is_tried_in_plain_http(registry: str) -> None:
    assert [scheme.name for scheme in schemes_of(registry, ClientOptions(tls_only=True))] == ["https"]

"""The odd server and the proxy do to a client what they say they do."""

from __future__ import annotations

import http.client
import subprocess
import threading

import pytest
import requests
from peers import images, media
from peers.authority import Authority
from peers.credential_helper import CredentialHelper
from peers.odd_server import (
    Answer,
    OddServer,
    Pause,
    Request,
    answers,
    chunked,
    cut,
    forward,
    redirect,
    reply,
    slowly,
    too_many_requests,
)
from peers.proxy import ForwardProxy
from peers.registry import Registry


@pytest.fixture
def client() -> requests.Session:
    return requests.Session()


def test_a_body_is_cut(client: requests.Session) -> None:
    with OddServer(lambda _: cut(reply(200, b"x" * 1000), after=10)) as server, client:
        answer = client.get(server.url, stream=True, timeout=10)
        assert answer.raw.read(10) == b"x" * 10
        with pytest.raises(requests.exceptions.ChunkedEncodingError):
            answer.content  # noqa: B018


def test_a_connection_is_reset_before_any_answer(client: requests.Session) -> None:
    with OddServer(lambda _: cut(b"", after=0, reset=True)) as server, client:
        with pytest.raises(requests.exceptions.ConnectionError):
            client.get(server.url, timeout=10)
        assert server.seen() == [("GET", "/")]


def test_answers_come_one_after_another_on_one_connection(client: requests.Session) -> None:
    handler = answers(
        too_many_requests("7"), chunked(b"ab" * 999), slowly(reply(200, "c"), seconds=0, piece=9)
    )
    with OddServer(handler) as server, client:
        first, second, third = (client.put(server.url, data=b"body", timeout=10) for _ in range(3))
    assert (first.status_code, first.headers["Retry-After"]) == (429, "7")
    assert (second.content, third.content) == (b"ab" * 999, b"c")
    assert [(one.connection, one.body) for one in server.requests] == [(1, b"body")] * 3


def test_a_body_in_chunks_is_read(client: requests.Session) -> None:
    with OddServer(lambda request: reply(200, request.body)) as server, client:
        assert client.post(server.url, data=iter([b"one", b"two"]), timeout=10).content == b"onetwo"


def test_an_upload_is_abandoned_in_the_middle(client: requests.Session) -> None:
    def handler(request: Request) -> Answer:
        request.read_some(1000)
        return cut(b"", after=0, reset=True)

    with OddServer(handler) as server, client, pytest.raises(requests.exceptions.ConnectionError):
        client.put(server.url, data=bytes(1 << 24), timeout=10)


def test_a_redirect_to_another_host_is_followed(client: requests.Session) -> None:
    with OddServer(answers(reply(200, "there"))) as there, client:
        with OddServer(answers(redirect(f"{there.url}/x"))) as here:
            assert client.get(here.url, timeout=10).text == "there"
        assert there.seen() == [("GET", "/x")]


def test_nonsense_is_sent_as_it_is(client: requests.Session) -> None:
    with OddServer(answers(b"no HTTP at all\r\n\r\n")) as server:
        connection = http.client.HTTPConnection(server.host, timeout=10)
        connection.request("GET", "/")
        with pytest.raises(http.client.BadStatusLine):
            connection.getresponse()
        connection.close()


def test_an_answer_waits_for_the_test(client: requests.Session) -> None:
    go = threading.Event()
    with OddServer(lambda _: [Pause(event=go), reply(200, "now")]) as server, client:
        with pytest.raises(requests.exceptions.ReadTimeout):
            client.get(server.url, timeout=0.1)
        go.set()
        assert client.get(server.url, timeout=10).text == "now"


def test_a_fault_of_the_handler_fails_the_test(client: requests.Session) -> None:
    def handler(_: Request) -> bytes:
        raise ZeroDivisionError

    ended = pytest.raises(requests.exceptions.ConnectionError)
    with pytest.raises(ZeroDivisionError), OddServer(handler) as server, client, ended:
        client.get(server.url, timeout=10)


def test_tls_is_spoken_with_an_expired_certificate(client: requests.Session, authority: Authority) -> None:
    context = authority.server(file="expired", valid_days=(-9, -1)).server_context()
    refused = pytest.raises(requests.exceptions.SSLError, match="expired")
    with OddServer(answers(reply()), tls=context) as server, client, refused:
        client.get(server.url, verify=str(authority.ca_file), timeout=10)


def test_a_real_registry_is_behind_it_but_for_one_answer(
    docker_registry: Registry, repo: str, client: requests.Session
) -> None:
    made = images.image()
    media.push(docker_registry, repo, made, "1")

    def handler(request: Request) -> Answer:
        whole = forward(request, docker_registry.host)
        blobs = server.count("GET", "/blobs/")
        return cut(whole, after=5) if "/blobs/" in request.path and blobs == 1 else whole

    with OddServer(handler) as server, client:
        url = f"{server.url}/v2/{repo}"
        accept = {"Accept": made.media_type}
        assert client.get(f"{url}/manifests/1", headers=accept, timeout=10).content == made.data
        with pytest.raises(requests.exceptions.ChunkedEncodingError):
            client.get(f"{url}/blobs/{made.config.digest}", timeout=10)
        assert client.get(f"{url}/blobs/{made.config.digest}", timeout=10).content == made.config.data
        started = client.post(f"{url}/blobs/uploads/", timeout=10)
        assert started.headers["Location"].startswith(server.url)


def test_a_proxy_carries_both_kinds_of_request(
    docker_registry: Registry, docker_registry_tls: Registry, client: requests.Session
) -> None:
    hosts = {"registry.test:80": docker_registry.host, "registry.test": docker_registry.host}
    with ForwardProxy("bob", "secret", hosts) as proxy, client:
        client.proxies = {"http": proxy.url, "https": proxy.url}
        client.trust_env = False
        assert client.get("http://registry.test/v2/", timeout=10).ok
        tls = docker_registry_tls
        assert client.get(f"{tls.url}/v2/", verify=str(tls.ca_file), timeout=10).ok
        client.proxies = {"http": f"http://{proxy.host}"}
        assert client.get("http://registry.test/v2/", timeout=10).status_code == 407
    targets = [(one.method, one.target) for one in proxy.requests]
    assert targets[:2] == [("GET", "http://registry.test/v2/"), ("CONNECT", tls.host)]


def test_a_credential_helper_keeps_and_gives(credential_helper: CredentialHelper) -> None:
    def ask(verb: str, text: str = "") -> tuple[int, str]:
        name = f"docker-credential-{credential_helper.name}"
        done = subprocess.run([name, verb], input=text, capture_output=True, text=True, check=False)
        return done.returncode, done.stdout.strip()

    assert ask("get", "r.test\n") == (1, "credentials not found in native keychain")
    assert ask("store", '{"ServerURL": "r.test", "Username": "u", "Secret": "s"}') == (0, "")
    assert ask("get", "r.test\n") == (0, '{"ServerURL": "r.test", "Username": "u", "Secret": "s"}')
    assert ask("list") == (0, '{"r.test": "u"}')
    assert ask("erase", "r.test") == (0, "")
    assert credential_helper.kept() == {}
    credential_helper.fail("locked", 2)
    assert ask("get", "r.test") == (2, "locked")
    assert [call.verb for call in credential_helper.calls()] == [
        *("get", "store", "get", "list", "erase", "get")
    ]

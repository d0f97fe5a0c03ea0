"""Registries that name themselves wrongly, or echo what they were sent; addresses that hide another."""

from __future__ import annotations

import base64
import json
import socket
import time

import pytest
from peers.odd_server import OddServer, Request, problem, redirect, reply, reply_json, slowly
from registry.clients import Heard, Keys, MakeClient

from pycrane._errors import MalformedError, PycraneError, RegistryError
from pycrane._events import Exchange, Warned
from pycrane._keychain.credentials import Credentials
from pycrane._limits import Limits
from pycrane._reference import parse_repository
from pycrane._registry.client import RegistryClient
from pycrane._registry.host import schemes
from pycrane._registry.http import addresses
from pycrane._registry.http.addresses import Reach, literal_reach, resolved_reach
from pycrane._registry.http.error_responses import error_from
from pycrane._registry.http.options import ClientOptions
from pycrane._registry.http.redirects import same_port
from pycrane._registry.http.web_pages import is_web_page, page_text

PAGE = b"<!DOCTYPE html>\n<html><head><title>Sign in &amp; go</title></head><body>please</body></html>"


def tags(client: RegistryClient, server: OddServer) -> list[str]:
    return list(client.tags(parse_repository(f"{server.host}/app")))


@pytest.mark.parametrize(
    ("source", "target", "expected"),
    [
        ("http://r:5000/v2/", "https://r:5000/x?a=b", "http://r:5000/x?a=b"),
        ("https://r:5000/v2/", "http://r:5000/x", "https://r:5000/x"),
        ("http://r:5000/v2/", "https://r:5001/x", "https://r:5001/x"),
        ("http://r:5000/v2/", "https://s:5000/x", "https://s:5000/x"),
        ("http://r/v2/", "https://r/x", "https://r/x"),
        ("https://r/v2/", "http://r/x", "http://r/x"),
    ],
)
def test_one_port_has_one_scheme(source: str, target: str, expected: str) -> None:
    assert same_port(source, target) == expected


def test_a_redirect_to_the_own_port_by_https_is_followed_by_http(client: RegistryClient) -> None:
    def handler(request: Request) -> bytes:
        if "go" in request.query:
            return reply_json({"tags": ["v1"]})
        return redirect(f"https://{server.host}/v2/app/tags/list?go=1")

    with OddServer(handler) as server:
        assert tags(client, server) == ["v1"]


def test_a_realm_at_the_own_port_by_https_is_asked_by_http(client: RegistryClient) -> None:
    def handler(request: Request) -> bytes:
        if request.path == "/token":
            return reply_json({"token": "t"})
        if request.header("Authorization") == "Bearer t":
            return reply_json({"tags": ["v1"]})
        return reply(401, b"", {"WWW-Authenticate": f'Bearer realm="https://{server.host}/token"'})

    with OddServer(handler) as server:
        assert tags(client, server) == ["v1"]


@pytest.mark.parametrize("part", ["message", "detail", "reason", "header"])
def test_credentials_that_a_registry_echoes_are_not_shown(
    make_client: MakeClient, keys: Keys, heard: Heard, part: str
) -> None:
    pair = base64.b64encode(b"alice:correct horse").decode()
    echo = f"alice sent Basic {pair} and 'correct horse'"

    def handler(request: Request) -> bytes:
        if request.header("Authorization") is None:
            return reply(401, b"", {"WWW-Authenticate": 'Basic realm="x"'})
        if part == "message":
            return problem(403, "DENIED", echo)
        if part == "detail":
            return reply_json({"errors": [{"code": "DENIED", "detail": {"sent": echo}}]}, 403)
        if part == "reason":
            return b"HTTP/1.1 499 " + echo.encode() + b"\r\nContent-Length: 0\r\n\r\n"
        return problem(
            403, "DENIED", "no", {"X-Echo": echo, "X-Request-Id": echo, "Warning": f'299 - "{echo}"'}
        )

    client = make_client()
    with OddServer(handler) as server:
        keys.known[server.host] = Credentials("alice", "correct horse")
        with pytest.raises(RegistryError) as caught:
            tags(client, server)
    told = [str(caught.value), caught.value.message, str(caught.value.request_id)]
    told += [json.dumps([entry.message, entry.detail]) for entry in caught.value.problems]
    told += [line for event in heard if isinstance(event, Exchange) for line in event.lines]
    told += [event.text for event in heard if isinstance(event, Warned)]
    assert any("REDACTED" in text for text in told)
    assert not [text for text in told if pair in text or "correct horse" in text]


def test_a_token_that_a_registry_echoes_is_not_shown(client: RegistryClient) -> None:
    def handler(request: Request) -> bytes:
        if request.path == "/token":
            return reply_json({"token": "topsecrettoken"})
        if request.header("Authorization"):
            return problem(403, "DENIED", f"not with {request.header('Authorization')}")
        return reply(401, b"", {"WWW-Authenticate": f'Bearer realm="{server.url}/token"'})

    with OddServer(handler) as server, pytest.raises(RegistryError, match="REDACTED") as caught:
        tags(client, server)
    assert "topsecrettoken" not in str(caught.value)


@pytest.mark.parametrize("kind", ["text/html", "application/json"])
def test_a_web_page_in_place_of_a_list_is_called_one(client: RegistryClient, kind: str) -> None:
    with (
        OddServer(lambda _: reply(200, PAGE, {"Content-Type": kind})) as server,
        pytest.raises(MalformedError, match=r"is a web page \(text/html\): Sign in & go") as caught,
    ):
        tags(client, server)
    assert "not a registry" in (caught.value.hint or "")


@pytest.mark.parametrize("status", [200, 404, 502])
def test_a_web_page_in_place_of_a_manifest_is_called_one(client: RegistryClient, status: int) -> None:
    with (
        OddServer(lambda _: reply(status, PAGE, {"Content-Type": "text/html"})) as server,
        pytest.raises(PycraneError, match=r"a web page \(text/html\): Sign in & go"),
    ):
        client.get_manifest(f"{server.host}/app:1")


def test_numbers_of_any_length_in_limits_are_borne(client: RegistryClient) -> None:
    long = "9" * 5000
    headers = {"RateLimit-Limit": f"100;w={long}", "RateLimit-Remaining": long, "Retry-After": long}
    with OddServer(lambda _: problem(429, "TOOMANYREQUESTS", "slow down", headers)) as server:
        response = client.session.request("GET", parse_repository(f"{server.host}/app"), "x", accept=(429,))
    found = error_from(response)
    assert "the limit is 100," in (found.hint or "")
    assert len(found.hint or "") < 200


@pytest.mark.parametrize(
    ("address", "reach"),
    [
        ("64:ff9b::7f00:1", Reach.LOOPBACK),
        ("64:ff9b::a9fe:a9fe", Reach.LINK_LOCAL),
        ("64:ff9b::10.0.0.1", Reach.PRIVATE),
        ("64:ff9b::808:808", Reach.PUBLIC),
        ("2002:7f00:1::1", Reach.LOOPBACK),
        ("2002:a00:1::1", Reach.PRIVATE),
        ("2002:808:808::1", Reach.PUBLIC),
        ("2001:0:0:0:0:0:80ff:fffe", Reach.LOOPBACK),
        ("::127.0.0.1", Reach.LOOPBACK),
        ("::", Reach.LOOPBACK),
        ("64:ff9b:1::7f00:1", Reach.PRIVATE),
    ],
)
def test_an_address_that_stands_for_another_has_its_reach(address: str, reach: Reach) -> None:
    assert literal_reach(address) is reach


@pytest.mark.parametrize(
    ("name", "found", "trusted"),
    [
        ("localhost", ["127.0.0.1", "::1"], True),
        ("app.localhost", ["127.0.0.1"], True),
        ("localhost", ["127.0.0.1", "192.0.2.1"], False),
        ("localhost", ["8.8.8.8"], False),
        ("app.localhost", [], False),
    ],
)
def test_localhost_is_this_machine_only_if_all_its_addresses_are(
    monkeypatch: pytest.MonkeyPatch, name: str, found: list[str], trusted: bool
) -> None:
    def resolved(*_: object, **__: object) -> list[tuple[object, ...]]:
        if not found:
            raise socket.gaierror("not known")
        return [(0, 0, 0, "", (address, 0)) for address in found]

    monkeypatch.setattr(socket, "getaddrinfo", resolved)
    addresses._is_loopback_name.cache_clear()
    try:
        names = [scheme.name for scheme in schemes(f"{name}:5000", ClientOptions())]
        assert names == (["http", "https"] if trusted else ["https"])
        assert (resolved_reach(name) is Reach.LOOPBACK) is bool(found and "8.8.8.8" not in found)
    finally:
        addresses._is_loopback_name.cache_clear()


def test_a_head_that_drips_is_given_up(make_client: MakeClient) -> None:
    client = make_client(limits=Limits(response_head=0.3, attempts=1))
    drip = slowly(b"HTTP/1.1 200 OK\r\nX: " + b"y" * 2000, seconds=0.02, piece=1)
    with OddServer(lambda _: drip) as server, pytest.raises(PycraneError, match=r"longer than 0\.3 seconds"):
        tags(client, server)


def test_trailers_without_end_are_given_up(make_client: MakeClient) -> None:
    client = make_client(limits=Limits(attempts=1))
    endless = b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2\r\n[]\r\n0\r\n" + b"X: y\r\n" * 1000
    with OddServer(lambda _: endless) as server, pytest.raises(PycraneError):
        tags(client, server)


@pytest.mark.parametrize("data", [b" " * 64_000, b"<!--" * 16_000, b"<" * 64_000, b"<title" * 10_000])
def test_looking_for_a_web_page_takes_time_in_proportion_to_the_text(data: bytes) -> None:
    began = time.process_time()
    is_web_page(data)
    page_text(data)
    assert time.process_time() - began < 2

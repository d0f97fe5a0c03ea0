"""A name that has become an address inside since it was looked at leads nowhere (DNS rebinding)."""

from __future__ import annotations

import socket
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest
from peers.authority import Authority
from peers.odd_server import Handler, OddServer, redirect, reply
from registry.clients import Keys, MakeClient

from pycrane._errors import UnsupportedError
from pycrane._keychain.credentials import Credentials
from pycrane._reference import parse_repository
from pycrane._registry.client import RegistryClient
from pycrane._registry.http.response import Response

REGISTRY, STORE = "registry.example", "storage.example"


def get(client: RegistryClient, host: str, path: str = "blobs/x") -> Response:
    return client.session.request("GET", parse_repository(f"{host}/app"), path)


@pytest.fixture(autouse=True)
def _names_that_change(monkeypatch: pytest.MonkeyPatch) -> None:
    """Both hosts are in public when they are looked at, and on this machine when they are connected to."""
    resolve = socket.getaddrinfo

    def changing(host: str, port: int | None, *args: Any, **settings: Any) -> Any:
        if host in (REGISTRY, STORE):
            host = "127.0.0.1" if port else "8.8.8.8"
        return resolve(host, port, *args, **settings)

    monkeypatch.setattr(socket, "getaddrinfo", changing)


@contextmanager
def serving(host: str, handler: Handler, authority: Authority) -> Iterator[tuple[OddServer, str]]:
    """A server behind TLS, and its name with its port."""
    context = authority.server(host, file=host).server_context()
    with OddServer(handler, tls=context) as server:
        yield server, f"{host}:{server.host.rpartition(':')[2]}"


@pytest.mark.parametrize("known_before", [False, True])
def test_a_redirect_ends_before_anything_is_sent(
    authority: Authority, make_client: MakeClient, known_before: bool
) -> None:
    with (
        serving(STORE, lambda _: reply(200, b"secret"), authority) as (store, there),
        serving(REGISTRY, lambda _: redirect(f"https://{there}/x"), authority) as (_, here),
        make_client(ca_bundle=authority.ca_file) as client,
    ):
        if known_before:
            get(client, there)  # the person may go there, and the connection is kept
        seen = len(store.requests)
        with pytest.raises(
            UnsupportedError, match=f"redirect to {STORE}: it resolves to the private address"
        ) as caught:
            get(client, here)
        assert caught.value.hint == f"allow it with --insecure-registry {there}"
        del caught  # it holds on to what was under way
        assert len(store.requests) == seen
        with pytest.raises(UnsupportedError, match=r"private address 127\.0\.0\.1"):
            get(client, here, f"https://{there}/upload")
        assert len(store.requests) == seen


def test_a_token_server_gets_no_password(authority: Authority, make_client: MakeClient, keys: Keys) -> None:
    with serving(STORE, lambda _: reply(200, b"{}"), authority) as (store, there):
        challenge = {"WWW-Authenticate": f'Bearer realm="https://{there}/token"'}
        with (
            serving(REGISTRY, lambda _: reply(401, b"", challenge), authority) as (_, here),
            make_client(ca_bundle=authority.ca_file) as client,
        ):
            keys.known[here] = Credentials("alice", "secret")
            with pytest.raises(UnsupportedError, match=r"private address 127\.0\.0\.1"):
                get(client, here)
        assert list(store.requests) == []


def test_whom_the_person_names_may_be_anywhere(authority: Authority, make_client: MakeClient) -> None:
    with (
        serving(STORE, lambda _: reply(200, b"content"), authority) as (_, there),
        serving(REGISTRY, lambda _: redirect(f"https://{there}/x"), authority) as (_, here),
        make_client(ca_bundle=authority.ca_file, insecure_registries=frozenset({there})) as client,
    ):
        assert get(client, here).body(100) == b"content"

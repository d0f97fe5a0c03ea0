"""Heads of requests: read strictly and within a deadline; slow clients shut out no others."""

from __future__ import annotations

import socket
import threading
import time
from contextlib import suppress

import pytest
from server.conftest import StartClient
from server.plain_client import Client, digest_of

from pycrane._limits import KIB, MIB, Limits
from pycrane._server.heads import HeadError, check_head


def connect(address: str) -> socket.socket:
    host, port = address.rsplit(":", 1)
    return socket.create_connection((host, int(port)), timeout=20)


def until_closed(connection: socket.socket) -> bytes:
    answer = b""
    while data := connection.recv(65536):
        answer += data
    return answer


@pytest.mark.parametrize(
    "line",
    [
        b"Content-Length : 5",
        b"Content-Length\t: 5",
        b" folded: x",
        b"no colon",
        b": no name",
        b"NUL\x00name: x",
        b"X: value with \x00",
        b"X: lone \r return",
        b"X\x80: high",
    ],
)
@pytest.mark.parametrize("place", [0, 1])
def test_a_header_line_that_can_be_read_in_two_ways_is_refused_and_the_connection_ends(
    client: Client, line: bytes, place: int
) -> None:
    lines = [b"Host: x", b"Accept: */*"]
    lines.insert(place, line)
    smuggled = b"GET /v2/ HTTP/1.1\r\nHost: x\r\n\r\n"
    with connect(client.address) as connection:
        connection.sendall(b"GET /v2/ HTTP/1.1\r\n" + b"\r\n".join(lines) + b"\r\n\r\n" + smuggled)
        answer = until_closed(connection)
    assert answer.startswith(b"HTTP/1.1 400 ")
    assert answer.count(b"HTTP/1.1 ") == 1


@pytest.mark.parametrize(
    "line", [b"GET", b"GET /v2/", b"GET  /v2/ HTTP/1.1", b"GET /v2/\x00 HTTP/1.1", b"G(T /v2/ HTTP/1.1"]
)
def test_a_request_line_that_is_not_valid_is_refused(line: bytes) -> None:
    with pytest.raises(HeadError, match="the request line is not valid"):
        check_head(line + b"\r\nHost: x\r\n\r\n")


def test_a_head_of_too_many_lines_or_bytes_is_refused(client: Client) -> None:
    for head in (b"X: y\r\n" * 200, b"X: " + b"y" * 70_000 + b"\r\n"):
        with connect(client.address) as connection:
            connection.sendall(b"GET /v2/ HTTP/1.1\r\n" + head + b"\r\n")
            assert until_closed(connection).startswith(b"HTTP/1.1 431 ")


def test_a_client_that_speaks_tls_is_told_at_once(client: Client) -> None:
    with connect(client.address) as connection:
        connection.sendall(b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03")
        began = time.monotonic()
        assert until_closed(connection).startswith(b"HTTP/1.1 400 ")
        assert time.monotonic() - began < 15


def test_a_head_that_drips_is_given_up_although_each_byte_is_in_time(start: StartClient) -> None:
    client = start(Limits(server_head=0.5))
    with connect(client.address) as connection:
        connection.sendall(b"GET /v2/ HTTP/1.1\r\nX: ")
        connection.settimeout(0.05)
        answer, end = b"", time.monotonic() + 20
        while not answer and time.monotonic() < end:
            connection.sendall(b"y")
            try:
                answer = connection.recv(65536)
            except TimeoutError:
                continue
    assert answer.startswith(b"HTTP/1.1 408 ")


def test_slow_connections_do_not_shut_out_others(start: StartClient) -> None:
    client = start(Limits(server_connections=8, server_head=600.0))
    slow = [connect(client.address) for _ in range(20)]
    try:
        for connection in slow:
            connection.sendall(b"GET /v2/ HTTP/1.1\r\n")
        assert client("GET", "/v2/").status == 200
    finally:
        for connection in slow:
            connection.close()


def test_bodies_that_stall_or_drip_do_not_shut_out_others(start: StartClient) -> None:
    client = start(Limits(server_connections=8, server_stall=0.2))
    head = b"POST /v2/a/blobs/uploads/?digest=sha256:" + b"0" * 64 + b" HTTP/1.1\r\nHost: x\r\n"
    slow = [connect(client.address) for _ in range(8)]
    drips = threading.Event()

    def drip() -> None:
        while not drips.wait(0.02):
            for connection in slow[::2]:
                with suppress(OSError):
                    connection.sendall(b"x")

    dripping = threading.Thread(target=drip)
    try:
        for connection in slow:
            connection.sendall(head + b"Content-Length: 100000\r\n\r\nx")
        dripping.start()
        assert_served(client.address)
    finally:
        drips.set()
        dripping.join()
        for connection in slow:
            connection.close()


def test_clients_that_take_no_response_do_not_shut_out_others(start: StartClient) -> None:
    client = start(Limits(server_connections=8, server_stall=0.2))
    digest = client.push_blob("a", bytes(16 * MIB))
    client.close()
    slow = [connect(client.address) for _ in range(8)]
    try:
        for connection in slow:
            connection.sendall(f"GET /v2/a/blobs/{digest} HTTP/1.1\r\nHost: x\r\n\r\n".encode())
            assert connection.recv(1)
        assert_served(client.address)
    finally:
        for connection in slow:
            connection.close()


def test_a_request_that_moves_is_not_given_up_where_connections_are_taken(start: StartClient) -> None:
    client = start(Limits(server_connections=2, server_stall=0.5))
    data = bytes(64 * KIB)
    with connect(client.address) as uploading, connect(client.address):
        path = f"/v2/a/blobs/uploads/?digest={digest_of(data)}"
        uploading.sendall(f"POST {path} HTTP/1.1\r\nHost: x\r\nContent-Length: {len(data)}\r\n\r\n".encode())
        for start_of_piece in range(0, len(data), 4 * KIB):
            uploading.sendall(data[start_of_piece : start_of_piece + 4 * KIB])
            time.sleep(0.05)
            assert_served(client.address)
        assert uploading.recv(65536).startswith(b"HTTP/1.1 201 ")


def assert_served(address: str) -> None:
    """Another client is answered long before the server gives idle connections up."""
    with connect(address) as connection:
        connection.sendall(b"GET /v2/ HTTP/1.0\r\n\r\n")
        assert connection.recv(65536).startswith(b"HTTP/1.1 200 ")


def test_an_empty_line_before_a_request_is_passed_over(client: Client) -> None:
    with connect(client.address) as connection:
        connection.sendall(b"\r\n\r\nGET /v2/ HTTP/1.0\r\n\r\n")
        assert until_closed(connection).startswith(b"HTTP/1.1 200 ")

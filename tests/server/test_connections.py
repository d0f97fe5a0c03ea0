"""Connections: what HTTP allows, what clients do wrong, many at once, and the end."""

from __future__ import annotations

import hashlib
import json
import select
import socket
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from server.conftest import StartClient
from server.plain_client import OCI_MANIFEST, Client, digest_of, image

from pycrane._limits import Limits
from pycrane.server import Registry


def connect(address: str) -> socket.socket:
    host, port = address.rsplit(":", 1)
    return socket.create_connection((host, int(port)), timeout=20)


def talk(address: str, *parts: bytes, end: bool = True) -> bytes:
    """Send raw bytes and read until the registry closes; `end` closes our half."""
    with connect(address) as connection:
        for part in parts:
            connection.sendall(part)
        if end:
            connection.shutdown(socket.SHUT_WR)
        answer = b""
        while data := connection.recv(65536):
            answer += data
        return answer


def status(answer: bytes) -> int:
    return int(answer.split(b" ", 2)[1])


def test_requests_can_be_sent_before_their_answers_come(client: Client) -> None:
    request = b"GET /v2/ HTTP/1.1\r\nHost: x\r\n\r\n"
    assert talk(client.address, request * 3).count(b"HTTP/1.1 200 OK") == 3


def test_an_old_client_gets_its_answer_and_the_end(client: Client) -> None:
    assert status(talk(client.address, b"GET /v2/ HTTP/1.0\r\n\r\n", end=False)) == 200


def test_a_request_as_to_a_proxy_is_answered(client: Client) -> None:
    assert status(talk(client.address, b"GET http://any.host/v2/ HTTP/1.1\r\nHost: any.host\r\n\r\n")) == 200


@pytest.mark.parametrize(
    "framing",
    [
        b"Content-Length: 3\r\nContent-Length: 4\r\n",
        b"Content-Length: 3\r\nTransfer-Encoding: chunked\r\n",
        b"Content-Length: -1\r\n",
        b"Content-Length: +3\r\n",
        b"Content-Length: 0x3\r\n",
        b"Content-Length: 99999999999999999999\r\n",
        b"Transfer-Encoding: gzip, chunked\r\n",
        b"Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n",
    ],
)
def test_a_body_whose_end_is_unclear_ends_the_connection(client: Client, framing: bytes) -> None:
    head = b"POST /v2/a/blobs/uploads/ HTTP/1.1\r\nHost: x\r\n" + framing + b"\r\n"
    answer = talk(client.address, head, b"abcGET /v2/ HTTP/1.1\r\nHost: x\r\n\r\n")
    assert (status(answer), answer.count(b"HTTP/1.1")) == (400, 1)


@pytest.mark.parametrize("line", [b"NONSENSE", b"GET /v2/ HTTP/9.9", b"GET " + b"x" * 70_000 + b" HTTP/1.1"])
def test_what_is_no_request_is_refused(client: Client, line: bytes) -> None:
    assert 400 <= status(talk(client.address, line + b"\r\n\r\n")) < 600


@pytest.mark.parametrize("headers", [b"X: " + b"y" * 70_000 + b"\r\n", b"X: y\r\n" * 200])
def test_too_many_headers_are_refused(client: Client, headers: bytes) -> None:
    assert status(talk(client.address, b"GET /v2/ HTTP/1.1\r\n" + headers + b"\r\n")) == 431


def test_a_body_that_breaks_off_leaves_the_session_with_what_came(client: Client) -> None:
    location = client.open_session("a")
    head = f"PATCH {location} HTTP/1.1\r\nHost: x\r\nContent-Length: 1000\r\n\r\n".encode()
    assert talk(client.address, head, b"x" * 400) == b""
    assert client("GET", location)["Range"] == "0-399"
    digest = digest_of(b"x" * 400 + b"y")
    assert client("PUT", f"{location}?digest={digest}", b"y", Content_Range="400-400").status == 201


@pytest.mark.parametrize(
    "chunks", [b"5\r\nabc", b"zz\r\nabc\r\n", b"3\r\nabcd\r\n0\r\n\r\n", b"3\r\nabc\r\n", b""]
)
def test_a_broken_chunked_body_is_no_upload(client: Client, chunks: bytes) -> None:
    location = client.open_session("a")
    digest = digest_of(b"abc")
    head = f"PUT {location}?digest={digest} HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n"
    assert talk(client.address, head.encode(), chunks) == b""
    assert client("HEAD", f"/v2/a/blobs/{digest}").status == 404


def test_chunks_may_have_extensions_and_trailers(client: Client) -> None:
    digest = digest_of(b"abcdef")
    head = (
        f"POST /v2/a/blobs/uploads/?digest={digest} HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n"
    )
    body = b"3;a=b\r\nabc\r\n03\r\ndef\r\n0\r\nTrailer: x\r\n\r\n"
    assert status(talk(client.address, head.encode(), body)) == 201


def test_a_body_nobody_wants_does_not_hide_the_answer(client: Client) -> None:
    location = client.open_session("a")
    client("DELETE", location)
    head = f"PATCH {location} HTTP/1.1\r\nHost: x\r\nContent-Length: 50000000\r\n\r\n".encode()
    answer = talk(client.address, head, b"x" * 5_000_000, end=False)
    assert status(answer) == 404
    assert b"Connection: close" in answer


def test_a_small_body_nobody_wants_leaves_the_connection_usable(client: Client) -> None:
    head = b"PATCH /v2/a/blobs/uploads/none HTTP/1.1\r\nHost: x\r\nContent-Length: 1000\r\n\r\n"
    answer = talk(client.address, head + b"x" * 1000 + b"GET /v2/ HTTP/1.1\r\nHost: x\r\n\r\n")
    assert b"HTTP/1.1 404" in answer
    assert b"HTTP/1.1 200" in answer


def test_a_client_that_asks_first_is_told_to_go_on_only_if_its_body_is_wanted(client: Client) -> None:
    head = "{} HTTP/1.1\r\nHost: x\r\nContent-Length: 3\r\nExpect: 100-continue\r\n\r\n"
    with connect(client.address) as connection:
        connection.sendall(head.format(f"PATCH {client.open_session('a')}").encode())
        assert connection.recv(1000) == b"HTTP/1.1 100 Continue\r\n\r\n"
        connection.sendall(b"abc")
        assert connection.recv(1000).startswith(b"HTTP/1.1 202")
    assert status(talk(client.address, head.format("PATCH /v2/a/blobs/uploads/none").encode())) == 404


def test_a_client_that_falls_silent_is_given_up(start: StartClient) -> None:
    client = start(limits=Limits(server_idle=0.2))
    location = client.open_session("a")
    head = f"PATCH {location} HTTP/1.1\r\nHost: x\r\nContent-Length: 1000\r\n\r\n".encode()
    assert talk(client.address, b"GET /v2/ HT", end=False) == b""
    assert talk(client.address, head, b"x" * 400, end=False) == b""
    with Client(client.address) as other:
        assert other("GET", location)["Range"] == "0-399"


def test_more_clients_than_there_is_room_for_wait(start: StartClient) -> None:
    client = start(limits=Limits(server_connections=2))
    request = b"GET /v2/ HTTP/1.1\r\nHost: x\r\n\r\n"
    with (
        connect(client.address) as first,
        connect(client.address) as second,
        connect(client.address) as third,
    ):
        third.sendall(request)
        for connection in (first, second) * 20:
            connection.sendall(request)
            assert connection.recv(1000).startswith(b"HTTP/1.1 200")
        assert select.select([third], [], [], 0)[0] == []
        first.close()
        assert third.recv(1000).startswith(b"HTTP/1.1 200")


def test_two_requests_of_one_session_take_turns(client: Client) -> None:
    location = client.open_session("a")
    head = f"PATCH {location} HTTP/1.1\r\nHost: x\r\nContent-Length: 6\r\n\r\n".encode()
    with connect(client.address) as slow:
        slow.sendall(head + b"abc")
        while client("GET", location)["Range"] != "0-2":
            time.sleep(0.01)
        with ThreadPoolExecutor() as pool:
            other = pool.submit(client, "PUT", f"{location}?digest={digest_of(b'abcdefghi')}", b"ghi")
            slow.sendall(b"def")
            assert slow.recv(1000).startswith(b"HTTP/1.1 202")
            assert other.result().status == 201


def test_thirty_two_clients_push_and_pull_at_once(client: Client) -> None:
    shared = bytes(300_000)

    def work(number: int) -> list[int]:
        own = hashlib.sha512(b"%d" % number).digest() * 5000
        with Client(client.address) as mine:
            digests = [mine.push_blob("crowd", data) for data in (own, shared)]
            mine.push_manifest("crowd", f"v{number}", image(str(number)))
            mine.push_manifest(f"crowd/{number}", "v", image(str(number)))
            answers = [mine("GET", f"/v2/crowd/blobs/{digest}") for digest in digests]
            answers.append(mine("GET", f"/v2/crowd/manifests/v{number}"))
        assert [answer.body for answer in answers[:2]] == [own, shared]
        return [answer.status for answer in answers]

    with ThreadPoolExecutor(32) as pool:
        assert list(pool.map(work, range(32))) == [[200, 200, 200]] * 32
    assert len(client.tags("crowd")) == 32
    assert len(client("GET", "/v2/_catalog").json["repositories"]) == 33


def test_uploads_are_not_held_in_memory(tmp_path: Path) -> None:
    """A session's bytes are in a file, whatever the store."""
    import tracemalloc

    with Registry() as registry, Client(registry.address) as client:
        location = client.open_session("a")
        tracemalloc.start()
        block = bytes(1 << 20)
        client("PATCH", location, (block for _ in range(64)), Transfer_Encoding="chunked")
        peak = tracemalloc.get_traced_memory()[1]
        tracemalloc.stop()
        assert client("GET", location)["Range"] == f"0-{(64 << 20) - 1}"
    assert peak < 16 << 20


def test_an_abandoned_session_is_forgotten_when_another_begins(start: StartClient) -> None:
    client = start(limits=Limits(upload_idle=0.0))
    location = client.open_session("a")
    client.open_session("a")
    assert client("GET", location).status == 404


def test_a_stop_lets_a_running_request_end(tmp_path: Path) -> None:
    registry = Registry(disk=tmp_path / "registry")
    registry.start()
    data = json.dumps(image()).encode()
    head = f"PUT /v2/a/manifests/v HTTP/1.1\r\nHost: x\r\nContent-Type: {OCI_MANIFEST}\r\n"
    with connect(registry.address) as connection, ThreadPoolExecutor() as pool:
        connection.sendall(head.encode() + b"Content-Length: %d\r\nExpect: 100-continue\r\n\r\n" % len(data))
        assert connection.recv(100).startswith(b"HTTP/1.1 100")
        closed = pool.submit(registry.close)
        time.sleep(0.05)
        connection.sendall(data)
        assert connection.recv(1000).startswith(b"HTTP/1.1 201")
        closed.result()
    with Registry(disk=tmp_path / "registry") as again, Client(again.address) as client:
        assert client.tags("a") == ["v"]


def test_a_stop_does_not_wait_for_idle_connections() -> None:
    registry = Registry()
    registry.start()
    with connect(registry.address) as idle:
        idle.sendall(b"GET /v2/ HTTP/1.1\r\nHost: x\r\n\r\n")
        idle.recv(1000)
        registry.close()
        assert idle.recv(1000) == b""


def test_an_address_that_is_taken_is_an_error_that_names_it() -> None:
    from pycrane._errors import PycraneError

    with Registry() as registry:
        host, port = registry.address.split(":")
        with pytest.raises(
            PycraneError, match=f"cannot listen on {registry.address}: Address already in use"
        ):
            Registry(address=(host, int(port)))

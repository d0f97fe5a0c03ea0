from __future__ import annotations

import io
import random
import socket
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st
from peers.odd_server import Close, OddServer, Pause, Request, answers, cut, problem, reply, too_many_requests
from registry.clients import IMPATIENT, Heard, MakeClient

from pycrane._errors import (
    ConnectionFailedError,
    LimitExceededError,
    MalformedError,
    PycraneError,
    RateLimitedError,
    RegistryError,
    TimedOutError,
    TransportError,
)
from pycrane._events import Retrying
from pycrane._limits import Limits
from pycrane._reference import parse_repository
from pycrane._registry.client import RegistryClient
from pycrane._registry.http.request import Body
from pycrane._registry.http.response import Response
from pycrane._registry.http.retries import RetryBudget, retry_after

TAGS = reply(200, b'{"tags":["v1"]}')


def tags(client: RegistryClient, host: str) -> list[str]:
    return list(client.tags(parse_repository(f"{host}/app")))


@pytest.mark.parametrize("status", [408, 429, 499, 500, 502, 503, 504, 522])
def test_a_passing_failure_is_asked_again(client: RegistryClient, heard: Heard, status: int) -> None:
    with OddServer(answers(reply(status), reply(status), TAGS)) as server:
        assert tags(client, server.host) == ["v1"]
        assert len(server.requests) == 3
        retries = heard.of(Retrying)
        assert len(retries) == 2
        assert f"http://{server.host}/v2/app/tags/list?n=1000: status {status}" in retries[0].reason


@pytest.mark.parametrize("status", [400, 403, 404, 409, 416, 501])
def test_a_lasting_failure_is_not(client: RegistryClient, status: int) -> None:
    with OddServer(lambda _: problem(status, "DENIED")) as server:
        with pytest.raises(RegistryError) as caught:
            client.session.request("PUT", parse_repository(f"{server.host}/app"), "manifests/x", body=b"")
        assert caught.value.status == status
        assert server.count("PUT") == 1


def test_after_all_tries_the_last_answer_is_the_error(client: RegistryClient) -> None:
    with OddServer(lambda _: problem(503, "UNAVAILABLE", "later")) as server:
        with pytest.raises(RegistryError, match="UNAVAILABLE: later"):
            tags(client, server.host)
        assert len(server.requests) == IMPATIENT.attempts


def test_a_limit_of_requests_is_told_with_what_is_known_of_it(client: RegistryClient) -> None:
    headers = {"RateLimit-Limit": "100;w=21600", "RateLimit-Remaining": "0;w=21600", "Retry-After": "0"}
    with (
        OddServer(lambda _: problem(429, "TOOMANYREQUESTS", "slow down", headers)) as server,
        pytest.raises(RateLimitedError, match="slow down") as caught,
    ):
        tags(client, server.host)
    hint = caught.value.hint or ""
    assert hint.startswith("the limit is 100 in 6 hours, 0 are left, try again after 0 seconds, ")
    assert hint.endswith(f"log in for a higher limit: pycrane auth login {server.host}")


def test_what_must_not_happen_twice_is_not_asked_twice(client: RegistryClient) -> None:
    with OddServer(lambda _: reply(503)) as server:
        with pytest.raises(RegistryError):
            client.session.request("POST", parse_repository(f"{server.host}/app"), "blobs/uploads/")
        assert server.count("POST") == 1


def test_what_was_turned_away_did_not_happen(client: RegistryClient) -> None:
    with OddServer(answers(too_many_requests(), reply(202))) as server:
        repository = parse_repository(f"{server.host}/app")
        assert client.session.request("POST", repository, "blobs/uploads/").status == 202


@pytest.mark.parametrize("method", ["POST", "PATCH", "PUT"])
def test_who_is_told_when_to_come_again_waits_so_long(
    make_client: MakeClient, heard: Heard, method: str
) -> None:
    client = make_client(limits=Limits(backoff=0, retry_after_cap=0.01))
    got = []

    def handler(request: Request) -> bytes:
        got.append(request.body)
        return reply(503, b"", {"Retry-After": "7"}) if len(got) == 1 else reply(202)

    with OddServer(handler) as server:
        repository = parse_repository(f"{server.host}/app")
        assert client.session.request(method, repository, "blobs/uploads/", body=b"x").status == 202
    assert got == [b"x"] * 2
    assert [event.delay for event in heard.of(Retrying)] == [0.01], "as asked, and no longer than is allowed"


@pytest.mark.parametrize("status", [429, 503])
def test_what_cannot_be_sent_again_is_not_whenever_it_may_be(client: RegistryClient, status: int) -> None:
    with OddServer(lambda _: reply(status, b"", {"Retry-After": "0"})) as server:
        body = Body(lambda: io.BytesIO(b"x"), 1, replayable=False)
        with pytest.raises(RegistryError) as caught:
            client.session.request("POST", parse_repository(f"{server.host}/app"), "x", body=body)
        assert len(server.requests) == 1
    assert caught.value.retry_after == 0


def test_the_caller_may_say_that_repeating_does_no_harm(client: RegistryClient) -> None:
    with OddServer(answers(TAGS, [Close(reset=True)], reply(503), reply(202))) as server:
        tags(client, server.host)
        repository = parse_repository(f"{server.host}/app")
        assert client.session.request("POST", repository, "blobs/uploads/", replay=True).status == 202


def test_a_body_is_read_anew_for_each_try(client: RegistryClient) -> None:
    opened = []

    def open_body() -> io.BytesIO:
        opened.append(io.BytesIO(b"x" * 3_000_000))
        return opened[-1]

    got = []

    def handler(request: Request) -> bytes:
        got.append(len(request.body))
        return reply(500 if len(got) == 1 else 201)

    with OddServer(handler) as server:
        body = Body(open_body, 3_000_000)
        client.session.request("PUT", parse_repository(f"{server.host}/app"), "x", body=body)
    assert got == [3_000_000] * 2
    assert all(stream.closed for stream in opened)
    assert len(opened) == 2


def test_a_body_that_can_be_read_once_is_sent_once(client: RegistryClient) -> None:
    with OddServer(lambda _: reply(500)) as server:
        body = Body(lambda: io.BytesIO(b"x"), 1, replayable=False)
        with pytest.raises(RegistryError):
            client.session.request("PUT", parse_repository(f"{server.host}/app"), "x", body=body)
        assert len(server.requests) == 1


def test_a_body_of_unknown_length_is_sent_in_chunks(client: RegistryClient) -> None:
    with OddServer(lambda request: reply(202, f"{len(request.body)}")) as server:
        body = Body(lambda: io.BytesIO(b"x" * 2_500_000))
        answer = client.session.request("PATCH", parse_repository(f"{server.host}/app"), "x", body=body)
        (request,) = server.requests
    assert request.header("Transfer-Encoding") == "chunked"
    assert answer.body(100) == b"2500000"


def test_a_file_that_cannot_be_read_is_not_the_networks_fault(client: RegistryClient) -> None:
    class Broken(io.BytesIO):
        def read(self, size: int | None = -1, /) -> bytes:
            raise OSError(5, "Input/output error")

    with OddServer(lambda _: reply(202)) as server:
        body = Body(Broken, 10)
        with pytest.raises(PycraneError, match="reading the content to upload: Input/output error") as caught:
            client.session.request("PUT", parse_repository(f"{server.host}/app"), "x", body=body)
    assert not isinstance(caught.value, TransportError)


def test_a_broken_connection_is_tried_again(client: RegistryClient, heard: Heard) -> None:
    broken = [[Close(reset=True)], [Close()], [b"HTTP/1.", Close()]]
    with OddServer(answers(TAGS, *broken, TAGS)) as server:
        tags(client, server.host)
        assert tags(client, server.host) == ["v1"]
    assert len(heard.of(Retrying)) == 3


def test_a_body_that_breaks_off_is_read_again(client: RegistryClient) -> None:
    with OddServer(answers(cut(TAGS, after=5), cut(TAGS, after=0, reset=True), TAGS)) as server:
        assert tags(client, server.host) == ["v1"]


def test_a_body_in_chunks_that_breaks_off_is_read_again(client: RegistryClient) -> None:
    broken = [reply(200, b'5\r\n{"tag\r\n', {"Transfer-Encoding": "chunked"}), Close()]
    with OddServer(answers(broken, TAGS)) as server:
        assert tags(client, server.host) == ["v1"]


@pytest.mark.parametrize(
    "nonsense",
    [
        b"what?\r\n\r\n",
        b"HTTP/1.1 abc def\r\n\r\n",
        b"HTTP/1.1 200 OK\r\n" + b"".join(b"X-%d: y\r\n" % n for n in range(200)) + b"\r\n",
        b"HTTP/1.1 200 OK\r\nX: " + b"y" * 70000 + b"\r\n\r\n",
        b"HTTP/1.1 200 OK\r\nContent-Length: 4\r\nContent-Length: 5\r\n\r\nabcd",
        b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n",
    ],
)
def test_nonsense_is_an_error_and_no_traceback(client: RegistryClient, nonsense: bytes) -> None:
    with OddServer(answers(TAGS, [nonsense, Close()])) as server:
        tags(client, server.host)
        with pytest.raises((TransportError, MalformedError)):
            tags(client, server.host)


def test_silence_is_waited_for_three_times(make_client: MakeClient) -> None:
    client = make_client(limits=Limits(backoff=0.001, read_timeout=0.1))
    with OddServer(lambda _: [Pause(30)]) as server:
        with pytest.raises(TimedOutError, match="nothing for too long"):
            tags(client, server.host)
        assert len(server.requests) == 3


def test_a_body_that_stands_still_is_given_up(make_client: MakeClient) -> None:
    client = make_client(limits=Limits(backoff=0.001, read_timeout=0.1, attempts=2))
    head = b"HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\nabc"
    with OddServer(lambda _: [head, Pause(30)]) as server, pytest.raises(TimedOutError):
        tags(client, server.host)


def test_a_closed_port_is_knocked_at_twice(client: RegistryClient, heard: Heard) -> None:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        host = f"127.0.0.1:{listener.getsockname()[1]}"
    with pytest.raises(ConnectionFailedError, match=f"GET http://{host}/v2/.*refused"):
        tags(client, host)
    assert len(heard.of(Retrying)) == 1


def test_an_unknown_name_is_not_tried_again(client: RegistryClient, heard: Heard) -> None:
    with pytest.raises(ConnectionFailedError, match="the host is not known"):
        tags(client, "no-such-host.invalid")
    assert heard.of(Retrying) == []


def test_an_answer_without_end_is_cut_off(make_client: MakeClient) -> None:
    client = make_client(limits=Limits(list_page=1000, attempts=1))

    def endless(_: Request) -> list[bytes]:
        return [b"HTTP/1.1 200 OK\r\n\r\n", *[b"x" * 1000] * 50, Close()]  # type: ignore[list-item]

    with OddServer(endless) as server, pytest.raises(LimitExceededError, match="longer than 1000 bytes"):
        tags(client, server.host)


def test_interim_answers_are_skipped(client: RegistryClient) -> None:
    hints = b"HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 103 Early Hints\r\nLink: </x>; rel=preload\r\n\r\n"
    with OddServer(lambda _: hints * 3 + TAGS) as server:
        assert tags(client, server.host) == ["v1"]


def test_interim_answers_without_end_are_no_answer(client: RegistryClient) -> None:
    def endless(_: Request) -> Iterator[bytes]:
        while True:
            yield b"HTTP/1.1 100 Continue\r\n\r\n" * 100

    with OddServer(answers(TAGS)) as server:
        tags(client, server.host)
        server.handler = endless
        with pytest.raises(ConnectionFailedError, match="not HTTP"):
            tags(client, server.host)


def test_connections_are_kept(client: RegistryClient) -> None:
    with OddServer(answers(TAGS, TAGS, reply(404, b"x" * 1000), TAGS)) as server:
        for _ in range(2):
            tags(client, server.host)
        with pytest.raises(RegistryError):
            tags(client, server.host)
        tags(client, server.host)
        assert server.connections == 1


def test_bytes_after_an_answer_to_head_do_no_harm(client: RegistryClient) -> None:
    def handler(request: Request) -> bytes:
        if request.method == "HEAD":
            return reply(404, b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n{}")
        return TAGS

    with OddServer(handler) as server:
        with pytest.raises(RegistryError):
            client.session.request("HEAD", parse_repository(f"{server.host}/app"), "manifests/v1")
        assert tags(client, server.host) == ["v1"]


def answer(retry: str) -> Response:
    return Response("GET", "http://h/", 429, {"Retry-After": retry}, io.BytesIO())


NOW = datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC)


@pytest.mark.parametrize(
    ("text", "seconds"),
    [
        ("7", 7.0),
        ("0", 0.0),
        ("1000000000", 1e9),
        ("9" * 400, 999999999999.0),
        ("-3", None),
        ("soon", None),
        ("", None),
        ("1.5", None),
        (format_datetime(NOW + timedelta(seconds=9), usegmt=True), 9.0),
        (format_datetime(NOW - timedelta(days=9), usegmt=True), 0.0),
        ("Fri, 99 Foo 2026 00:00:00 GMT", None),
    ],
)
def test_retry_after_is_seconds_or_a_date(text: str, seconds: float | None) -> None:
    assert retry_after(answer(text), NOW) == seconds


@given(st.text(max_size=60))
def test_no_retry_after_breaks_anything(text: str) -> None:
    found = retry_after(answer(text), NOW)
    assert found is None or found >= 0


def waits(limits: Limits, chance: float, at_least: float | None = None) -> list[float]:
    slept: list[float] = []
    retries = RetryBudget(limits, lambda _: None, sleep=slept.append, chance=lambda: chance)
    while retries.wait("because", at_least=at_least):
        pass
    return slept


def test_waits_double_up_to_a_cap() -> None:
    assert waits(Limits(attempts=6, backoff=1, backoff_cap=5), 1.0) == [1, 2, 4, 5, 5]


def test_waits_are_anywhere_below() -> None:
    assert waits(Limits(attempts=3, backoff=1), 0.25) == [0.25, 0.5]


def test_what_the_registry_asks_for_is_honoured_up_to_a_cap() -> None:
    assert waits(Limits(attempts=3, retry_after_cap=60), 0.0, 7.0) == [7, 7]
    assert waits(Limits(attempts=3, retry_after_cap=60), 0.0, 1e9) == [60, 60]


def test_all_waits_together_stay_in_the_budget() -> None:
    assert waits(Limits(attempts=100, retry_after_cap=60, retry_budget=150), 0.0, 60.0) == [60, 60]


@given(
    st.integers(1, 12),
    st.floats(0, 5),
    st.floats(0, 40),
    st.floats(0, 100),
    st.one_of(st.none(), st.floats(0, 1e9)),
)
def test_retries_end_within_attempts_and_budget(
    attempts: int, backoff: float, cap: float, budget: float, at_least: float | None
) -> None:
    limits = Limits(attempts=attempts, backoff=backoff, backoff_cap=cap, retry_budget=budget)
    slept = waits(limits, random.random(), at_least)
    assert len(slept) < max(attempts, 1)
    assert sum(slept) <= budget + 1e-6

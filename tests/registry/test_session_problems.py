from __future__ import annotations

import io
import json

import pytest
from hypothesis import given
from hypothesis import strategies as st
from peers.odd_server import OddServer, answers, problem, reply, reply_json
from registry.clients import Heard, Keys, MakeClient

from pycrane._errors import (
    DeniedError,
    NotFoundError,
    RateLimitedError,
    RegistryError,
    UnauthorizedError,
)
from pycrane._events import Exchange, Warned
from pycrane._keychain.credentials import Credentials
from pycrane._limits import Limits
from pycrane._reference import parse_repository
from pycrane._registry.client import RegistryClient
from pycrane._registry.http.error_responses import error_from
from pycrane._registry.http.redaction import one_line, safe_header, safe_url
from pycrane._registry.http.response import Response

URL = "https://registry.example/v2/app/manifests/v1"


def error(status: int, body: bytes, headers: dict[str, str] | None = None) -> RegistryError:
    return error_from(Response("GET", URL, status, headers or {}, io.BytesIO(body), "", "registry.example"))


def listed(*entries: object) -> bytes:
    return json.dumps({"errors": list(entries)}).encode()


def test_an_error_says_what_the_registry_says() -> None:
    detail = {"Tag": "v1"}
    found = error(404, listed({"code": "MANIFEST_UNKNOWN", "message": "manifest unknown", "detail": detail}))
    assert str(found) == f'GET {URL}: MANIFEST_UNKNOWN: manifest unknown; {{"Tag":"v1"}}'
    assert (found.status, found.method, found.url, found.codes) == (404, "GET", URL, ("MANIFEST_UNKNOWN",))
    assert found.problems[0].detail == detail


@pytest.mark.parametrize(
    ("status", "kind"),
    [(401, UnauthorizedError), (403, DeniedError), (404, NotFoundError), (429, RateLimitedError)],
)
def test_each_status_has_its_kind(status: int, kind: type[RegistryError]) -> None:
    assert type(error(status, b"")) is kind
    assert type(error(500, b"")) is RegistryError


def test_several_problems_are_told_and_many_are_counted() -> None:
    assert "A: x; B: y" in str(
        error(400, listed({"code": "A", "message": "x"}, {"code": "B", "message": "y"}))
    )
    found = error(400, listed(*[{"code": "A"}] * 100))
    assert str(found).endswith("A; A; A; A; A; and 95 more")
    assert len(found.problems) == 100


@pytest.mark.parametrize(
    ("body", "shown"),
    [
        (b"", "unexpected status 502 Bad Gateway"),
        (
            b"<html><h1>Oh no</h1>\r\n<p>later</p></html>",
            "unexpected status 502 Bad Gateway: a web page (text/html): Oh no later",
        ),
        (b"slow\ndown\n", "unexpected status 502 Bad Gateway: slow down"),
        (b"\xff\xfe", "unexpected status 502 Bad Gateway: \ufffd\ufffd"),
        (b'{"errors":[]}', 'unexpected status 502 Bad Gateway: {"errors":[]}'),
        (b'{"errors":"text"}', 'unexpected status 502 Bad Gateway: {"errors":"text"}'),
        (b'{"errors":[1,null,{}]}', "an error without a name"),
        (b'{"errors":[{"code":5,"message":["x"]}]}', "an error without a name"),
        (b'{"error":"invalid_grant","error_description":"gone"}', "invalid_grant: gone"),
        (b'{"details":"incorrect username or password"}', "incorrect username or password"),
        (b'{"message":"API rate limit exceeded"}', "API rate limit exceeded"),
    ],
)
def test_other_bodies_are_told_as_well_as_can_be(body: bytes, shown: str) -> None:
    assert str(error(502, body)) == f"GET {URL}: {shown}"


def test_a_status_without_a_name_is_told() -> None:
    assert "unexpected status 599" in str(error(599, b""))


def test_control_characters_and_terminal_sequences_do_not_reach_the_terminal() -> None:
    evil = "a\x1b[31mred\x1b]0;title\x07\x1b[2J\r\nb\x00c\u202e\x9b31m"
    text = str(error(400, listed({"code": evil, "message": evil, "detail": evil})))
    assert text.isprintable()
    assert "ared" in text
    assert str(error(400, evil.encode())).isprintable()


def test_a_long_text_is_cut() -> None:
    assert len(str(error(400, listed({"code": "A", "message": "x" * 10_000})))) < 600
    assert len(str(error(400, b"x" * 10_000))) < 400


def test_a_huge_body_is_not_read() -> None:
    stream = io.BytesIO(b"x" * 10_000_000)
    response = Response("GET", URL, 500, {}, stream, "", "registry.example")
    response.close = lambda: None  # type: ignore[method-assign]
    error_from(response, limits=Limits(error_body=1000))
    assert stream.tell() == 1000


def test_what_was_being_done_comes_first() -> None:
    response = Response("GET", URL, 404, {}, io.BytesIO(), "", "registry.example")
    assert (
        str(error_from(response, "fetching app"))
        == f"fetching app: GET {URL}: unexpected status 404 Not Found"
    )


def test_the_registrys_own_name_for_the_request_is_kept() -> None:
    assert error(500, b"", {"X-Request-Id": "abc"}).request_id == "abc"
    assert error(500, b"").request_id is None


def test_hints_say_what_to_try() -> None:
    assert error(401, b"").hint == "log in with: pycrane auth login registry.example"
    assert "pycrane auth explain registry.example" in (error(403, b"").hint or "")
    assert error(404, b"").hint is None
    assert "try again after 30 seconds" in (error(429, b"", {"Retry-After": "30"}).hint or "")
    assert error(429, b"").hint


@given(st.binary(max_size=300))
def test_no_body_breaks_the_telling(body: bytes) -> None:
    assert str(error(400, body)).isprintable()


def test_a_url_is_shown_without_its_secrets() -> None:
    assert (
        safe_url("https://user:pass@h.example:5/p?scope=a:b:c&X-Amz-Signature=abc&service=s&empty=#frag")
        == "https://h.example:5/p?scope=a:b:c&X-Amz-Signature=REDACTED&service=s&empty=REDACTED"
    )
    assert safe_url("/v2/app/blobs/uploads/1?_state=secret") == "/v2/app/blobs/uploads/1?_state=REDACTED"
    assert safe_url("https://[::1") == "REDACTED"


@pytest.mark.parametrize(
    ("name", "value", "shown"),
    [
        ("Authorization", "Bearer abc", "Authorization: Bearer REDACTED"),
        ("authorization", "abc", "authorization: REDACTED"),
        ("Proxy-Authorization", "Basic abc", "Proxy-Authorization: Basic REDACTED"),
        ("Set-Cookie", "a=b", "Set-Cookie: REDACTED"),
        ("X-Mine", "a", "X-Mine: REDACTED"),
        ("Location", "https://s3.example/x?sig=abc", "Location: https://s3.example/x?sig=REDACTED"),
        ("Location", "/x?_state=abc", "Location: /x?_state=REDACTED"),
        (
            "Link",
            '</v2/_catalog?last=a&n=5&next_page=abc>; rel="next"',
            'Link: </v2/_catalog?last=a&n=5&next_page=REDACTED>; rel="next"',
        ),
        ("Accept", "application/json", "Accept: application/json"),
        ("X-Odd", "a\x1b[31m\nb", "X-Odd: a b"),
    ],
)
def test_headers_are_shown_without_their_secrets(name: str, value: str, shown: str) -> None:
    assert safe_header(name, value, {"x-mine"}) == shown


@given(st.text(max_size=100), st.integers(1, 50))
def test_one_line_is_one_printable_line_of_that_length(text: str, limit: int) -> None:
    line = one_line(text, limit)
    assert line.isprintable()
    assert len(line) <= limit


def test_verbose_tells_each_exchange_and_no_secret(make_client: MakeClient, keys: Keys, heard: Heard) -> None:
    client = make_client(headers={"X-Mine": "header-secret"})
    steps = [
        reply(401, b"", {"WWW-Authenticate": 'Bearer realm="/token",service="s"'}),
        reply_json({"token": "token-secret"}),
        reply(307, b"", {"Location": "/there?signature=location-secret", "Set-Cookie": "a=cookie-secret"}),
        reply(200, b'{"tags":[]}'),
    ]
    with OddServer(answers(*steps)) as server:
        keys.known[server.host] = Credentials("alice", "password-secret")
        list(client.tags(parse_repository(f"{server.host}/app")))
    exchanges = heard.of(Exchange)
    text = "\n".join("\n".join(exchange.lines) for exchange in exchanges)
    assert len(exchanges) == 4
    assert "secret" not in text
    assert f"> GET http://{server.host}/v2/app/tags/list?n=1000\n" in text
    assert f"> GET http://{server.host}/token?service=s&scope=repository:app:pull\n" in text
    assert "> Authorization: Basic REDACTED\n" in text
    assert "> Authorization: Bearer REDACTED\n" in text
    assert "> X-Mine: REDACTED\n" in text
    assert "< Location: /there?signature=REDACTED\n" in text
    assert "< 401 Unauthorized\n" in text


def test_cookies_are_not_kept(client: RegistryClient) -> None:
    with OddServer(lambda _: reply(200, b'{"tags":[]}', {"Set-Cookie": "a=b; Path=/"})) as server:
        for _ in range(2):
            list(client.tags(parse_repository(f"{server.host}/app")))
        assert [request.header("Cookie") for request in server.requests] == [None, None]


def warned(client: RegistryClient, heard: Heard, *headers: str) -> list[str]:
    pairs = [("Warning", header) for header in headers]
    with OddServer(lambda _: reply(200, b'{"tags":[]}', pairs)) as server:
        for _ in range(2):
            list(client.tags(parse_repository(f"{server.host}/app")))
    assert {event.source for event in heard.of(Warned)} <= {server.host}
    return [event.text for event in heard.of(Warned)]


def test_warnings_of_the_registry_are_passed_on_once(client: RegistryClient, heard: Heard) -> None:
    first, second = '299 - "this tag, \\"old\\", goes away"', '299 - "and so on"'
    assert warned(client, heard, first, second, first) == ['this tag, "old", goes away', "and so on"]


def test_other_warnings_are_not(client: RegistryClient, heard: Heard) -> None:
    assert warned(client, heard, '199 - "misc"', "299 nonsense", '299 agent "text"', "") == []


def test_warnings_are_clean_and_bounded(client: RegistryClient, heard: Heard) -> None:
    assert warned(client, heard, '299 - "a\x1b[31mb\tc"') == ["ab c"]
    heard.clear()
    many = warned(client, heard, *(f'299 - "number {number} {"x" * 500}"' for number in range(50)))
    assert 0 < len(many) < 10


def test_an_upload_error_names_its_url_without_its_state(client: RegistryClient) -> None:
    with OddServer(lambda _: problem(404, "BLOB_UPLOAD_UNKNOWN")) as server:
        repository = parse_repository(f"{server.host}/app")
        with pytest.raises(NotFoundError) as caught:
            client.session.request("PATCH", repository, f"{server.url}/upload/1?_state=secret", body=b"x")
    assert "_state=REDACTED: BLOB_UPLOAD_UNKNOWN" in str(caught.value)

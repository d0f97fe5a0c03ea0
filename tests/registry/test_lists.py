from __future__ import annotations

import itertools
import json

import pytest
from hypothesis import given
from hypothesis import strategies as st
from peers.images import image
from peers.media import push
from peers.odd_server import OddServer, Request, problem, reply
from peers.registry import Registry
from registry.clients import MakeClient, asked

from pycrane._errors import LimitExceededError, MalformedError, NotFoundError, PycraneError, RegistryError
from pycrane._limits import Limits
from pycrane._reference import parse_repository
from pycrane._registry.client import RegistryClient
from pycrane._registry.paging import next_link


def tags(client: RegistryClient, server: OddServer) -> list[str]:
    return list(client.tags(parse_repository(f"{server.host}/app")))


def page(names: object, link: str | None = None) -> bytes:
    return reply(200, json.dumps({"tags": names}), {} if link is None else {"Link": link})


def test_tags_are_listed_in_one_request(docker_registry: Registry, repo: str, client: RegistryClient) -> None:
    push(docker_registry, repo, image(), "v2", "v1", "latest")
    found = list(client.tags(parse_repository(f"{docker_registry.host}/{repo}")))
    assert sorted(found) == ["latest", "v1", "v2"]
    assert asked(docker_registry, repo) == [("GET", 200)]


def test_a_repository_that_is_not_there_is_an_error(
    docker_registry: Registry, repo: str, client: RegistryClient
) -> None:
    with pytest.raises(NotFoundError, match="NAME_UNKNOWN"):
        list(client.tags(parse_repository(f"{docker_registry.host}/{repo}")))


def test_repositories_are_listed_in_one_request(
    docker_registry: Registry, repo: str, client: RegistryClient
) -> None:
    push(docker_registry, repo, image(), "v1")
    assert repo in list(client.repositories(docker_registry.host))
    assert [seen.path for seen in docker_registry.requests()] == ["/v2/_catalog"]


def test_repositories_come_in_pages_of_a_real_registry(
    docker_registry: Registry, repo: str, client: RegistryClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("a", "b", "c"):
        push(docker_registry, f"{repo}/{name}", image(), "v1")
    monkeypatch.setattr("pycrane._registry.lists._PAGE_SIZE", "?n=2")
    found = list(client.repositories(docker_registry.host))
    assert {f"{repo}/{name}" for name in ("a", "b", "c")} <= set(found)
    assert len(found) == len(set(found))
    assert len(docker_registry.requests()) > 1


def test_pages_are_read_when_they_are_wanted(client: RegistryClient) -> None:
    def handler(request: Request) -> bytes:
        last = int(request.query.get("last", ["0"])[0])
        return page([f"v{last}"], f'</v2/app/tags/list?last={last + 1}>; rel="next"')

    with OddServer(handler) as server:
        found = client.tags(parse_repository(f"{server.host}/app"))
        assert list(itertools.islice(found, 3)) == ["v0", "v1", "v2"]
        assert len(server.requests) == 3


@pytest.mark.parametrize("names", [None, []])
def test_no_list_is_an_empty_one(client: RegistryClient, names: object) -> None:
    with OddServer(lambda _: page(names)) as server:
        assert tags(client, server) == []


def test_a_missing_list_is_an_empty_one(client: RegistryClient) -> None:
    with OddServer(lambda _: reply(200, b"{}")) as server:
        assert tags(client, server) == []


@pytest.mark.parametrize(
    "body", [b'{"tags":"v1"}', b'{"tags":[1]}', b'{"tags":{"a":1}}', b"[1]", b"null", b"<html>", b"", b"\xff"]
)
def test_what_is_no_list_of_names_is_an_error(client: RegistryClient, body: bytes) -> None:
    with OddServer(lambda _: reply(200, body)) as server, pytest.raises(MalformedError):
        tags(client, server)


def test_names_are_made_safe_to_show(client: RegistryClient) -> None:
    with OddServer(lambda _: page(["a\x1b[31mb\n", "ok"])) as server:
        assert tags(client, server) == ["ab", "ok"]


@pytest.mark.parametrize(
    "link",
    [
        '</v2/app/tags/list?last=x>; rel="next"',
        "</v2/app/tags/list?last=x>;rel=next",
        '<list?last=x>; title="a, b"; REL="prev next"',
        '</elsewhere>; rel="first", </v2/app/tags/list?last=x>; rel="next"',
        '/v2/app/tags/list?last=x; rel="next"',
    ],
)
def test_links_are_followed_however_they_are_written(client: RegistryClient, link: str) -> None:
    def handler(request: Request) -> bytes:
        return page(["b"]) if request.target == "/v2/app/tags/list?last=x" else page(["a"], link)

    with OddServer(handler) as server:
        assert tags(client, server) == ["a", "b"]


@pytest.mark.parametrize("link", ["", "<>", "<>; rel=prev", '</x>; rel="prev"'])
def test_other_links_end_the_list(client: RegistryClient, link: str) -> None:
    with OddServer(lambda _: page(["a"], link)) as server:
        assert tags(client, server) == ["a"]


@pytest.mark.parametrize("link", ["<file:///etc/passwd>; rel=next", "<http://[::1>; rel=next"])
def test_links_to_no_web_address_are_errors(client: RegistryClient, link: str) -> None:
    with OddServer(lambda _: page(["a"], link)) as server, pytest.raises(PycraneError):
        tags(client, server)


def test_a_circle_of_pages_is_left(client: RegistryClient) -> None:
    def handler(request: Request) -> bytes:
        other = "a" if "last=b" in request.target else "b"
        return page([other], f"</v2/app/tags/list?last={other}>; rel=next")

    with OddServer(handler) as server:
        with pytest.raises(MalformedError, match="repeats a page"):
            tags(client, server)
        assert len(server.requests) < 6


def test_the_same_page_under_ever_new_addresses_is_left(client: RegistryClient) -> None:
    def handler(request: Request) -> bytes:
        return page(["a"], f"</v2/app/tags/list?cursor={len(server.requests)}>; rel=next")

    with OddServer(handler) as server, pytest.raises(MalformedError, match="repeats a page"):
        tags(client, server)


def test_pages_without_end_are_left(make_client: MakeClient) -> None:
    client = make_client(limits=Limits(list_pages=5))

    def handler(request: Request) -> bytes:
        number = len(server.requests)
        return page([f"v{number}"], f"</v2/app/tags/list?last=v{number}>; rel=next")

    with OddServer(handler) as server:
        with pytest.raises(LimitExceededError, match="more than 5 pages"):
            tags(client, server)
        assert len(server.requests) == 5


def test_a_registry_that_allows_smaller_pages_only_chooses_their_size(client: RegistryClient) -> None:
    def handler(request: Request) -> bytes:
        if "n" in request.query:
            return problem(400, "PAGINATION_NUMBER_INVALID", "at most 100")
        return page(["v1"])

    with OddServer(handler) as server:
        assert tags(client, server) == ["v1"]
        assert len(server.requests) == 2


def test_a_registry_that_lists_no_repositories_says_so(client: RegistryClient) -> None:
    with (
        OddServer(lambda _: problem(405, "UNSUPPORTED", "no catalog here")) as server,
        pytest.raises(RegistryError, match="no catalog here"),
    ):
        list(client.repositories(server.host))


@given(st.text(max_size=100))
def test_no_link_breaks_the_reading(header: str) -> None:
    try:
        found = next_link(header)
    except MalformedError:
        return
    assert found is None or isinstance(found, str)


@given(st.text("abc/?=&%._-", min_size=1), st.sampled_from(['rel="next"', "rel=next", 'rel="last next"']))
def test_a_link_that_is_written_by_the_rules_is_found(target: str, relation: str) -> None:
    assert next_link(f'<before>; rel="prev", <{target}>; {relation}') == target


@pytest.mark.parametrize("header", ["<" * 60_000, "<a>; x=" * 8_000, "a" * 65_000, "<a>;" + " " * 65_000])
def test_a_long_header_is_refused_before_it_is_read(header: str) -> None:
    with pytest.raises(MalformedError, match="longer than 8192 bytes"):
        next_link(header)


@pytest.mark.parametrize(
    ("header", "target"),
    [
        ("", None),
        ("<>", None),
        ('</x>; rel="prev"', None),
        ("</x>", "/x"),
        ('</x>; title="a, b"', "/x"),
        ('</x>, </y>; rel="next"', "/y"),
        ('</x>;type="x"; REL=next ;title=y', "/x"),
        ('/v2/r/tags/list?last=a; rel="next"', "/v2/r/tags/list?last=a"),
        ('</a>; rel="prev", </x?n=1,2>; rel="last next"', "/x?n=1,2"),
    ],
)
def test_the_next_page_is_what_the_header_says(header: str, target: str | None) -> None:
    assert next_link(header) == target


@pytest.mark.parametrize(
    "header",
    [
        "nonsense",
        "<",
        "><",
        "</x",
        "/x>",
        '</x; rel="next"',
        "</x>; rel",
        "</x>; rel=;",
        '</x>; rel="next',
        "</x> y",
    ],
)
def test_a_header_that_cannot_be_read_is_an_error_and_no_end_of_the_list(header: str) -> None:
    with pytest.raises(MalformedError, match="Link header is not valid"):
        next_link(header)


def test_a_link_without_the_registry_s_port_leads_to_the_registry(client: RegistryClient) -> None:
    def handler(request: Request) -> bytes:
        if "last=a" in request.target:
            return page(["b"])
        return page(["a"], '<http://127.0.0.1/v2/app/tags/list?last=a>; rel="next"')

    with OddServer(handler) as server:
        assert tags(client, server) == ["a", "b"]

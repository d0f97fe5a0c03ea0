from __future__ import annotations

import io
from collections.abc import Callable
from typing import Any

import pytest
from peers.fixtures import PASSWORD, USERNAME
from peers.odd_server import Answer, Close, OddServer, Request, forward, problem, redirect, reply
from peers.registry import Registry
from registry.clients import Heard, Keys, MakeClient
from registry.shelf import Shelf, Source

from pycrane._errors import (
    DeniedError,
    DigestMismatchError,
    MalformedError,
    PycraneError,
    RegistryError,
    TransportError,
)
from pycrane._events import Outcome, Retrying
from pycrane._image.medium import Blob
from pycrane._io.verified import VerifiedStream
from pycrane._keychain.credentials import Credentials
from pycrane._limits import KIB, MIB, Limits
from pycrane._oci.descriptor import Descriptor
from pycrane._oci.digest import Digest
from pycrane._reference import Repository
from pycrane._registry.blobs import open_blob
from pycrane._registry.client import RegistryClient
from pycrane._registry.upload import upload_blob

SOME = bytes(range(256)) * 1024  # 256 KiB
LARGE = bytes(range(256)) * 4 * 5 * 1024  # 5 MiB

Upload = Callable[[OddServer, Blob], Outcome]


@pytest.fixture
def upload(client: RegistryClient) -> Upload:
    def to(server: OddServer, blob: Blob) -> Outcome:
        return upload_blob(client.session, Repository(server.host, "app"), blob)

    return to


def on(method: str, part: str, *answers: Answer | None) -> Callable[[Request], Answer | None]:
    """Break the first requests of this kind with these answers; None and all later ones are served."""
    left = list(answers)

    def breaks(request: Request) -> Answer | None:
        return left.pop(0) if left and request.method == method and part in request.target else None

    return breaks


def once(method: str, answer: Callable[[Request], Answer]) -> Callable[[Request], Answer | None]:
    """Break the first request of this method."""
    left = [answer]
    return lambda request: left.pop()(request) if left and request.method == method else None


def methods(server: OddServer) -> list[str]:
    return [method for method, _ in server.seen()]


# Against a real registry


def test_a_new_blob_takes_three_requests_and_arrives_as_it_is(
    docker_registry: Registry, repo: str, client: RegistryClient
) -> None:
    target, source = Repository(docker_registry.host, repo), Source(LARGE)
    docker_registry.reset()
    assert upload_blob(client.session, target, source.blob()) is Outcome.MOVED
    seen = docker_registry.requests()
    assert [(one.method, one.status) for one in seen] == [("HEAD", 404), ("POST", 202), ("PUT", 201)]
    with open_blob(client.session, target, source.descriptor) as stream:
        assert stream.read() == LARGE
    assert source.opened == 1


def test_a_blob_that_is_there_takes_one_request(
    docker_registry: Registry, repo: str, client: RegistryClient
) -> None:
    target, source = Repository(docker_registry.host, repo), Source(SOME)
    upload_blob(client.session, target, source.blob())
    docker_registry.reset()
    assert upload_blob(client.session, target, source.blob(origin=target)) is Outcome.EXISTING
    assert [one.method for one in docker_registry.requests()] == ["HEAD"]
    assert source.opened == 1


def test_an_empty_blob_is_a_blob(docker_registry: Registry, repo: str, client: RegistryClient) -> None:
    target, source = Repository(docker_registry.host, repo), Source(b"")
    assert upload_blob(client.session, target, source.blob()) is Outcome.MOVED
    assert upload_blob(client.session, target, source.blob()) is Outcome.EXISTING


def test_a_blob_of_another_repository_is_mounted_with_one_request(
    docker_registry: Registry, repo: str, client: RegistryClient
) -> None:
    origin, target = (Repository(docker_registry.host, f"{repo}/{name}") for name in ("from", "to"))
    source = Source(SOME)
    upload_blob(client.session, origin, source.blob())
    docker_registry.reset()
    assert upload_blob(client.session, target, source.blob(origin)) is Outcome.MOUNTED
    assert [(one.method, one.status) for one in docker_registry.requests()] == [("POST", 201)]
    assert upload_blob(client.session, target, source.blob()) is Outcome.EXISTING


def test_mounting_asks_for_one_token_for_both_repositories(
    docker_registry_token: Registry, repo: str, client: RegistryClient, keys: Keys
) -> None:
    here = docker_registry_token
    keys.known[here.host] = Credentials(USERNAME, PASSWORD)
    origin, target = (Repository(here.host, f"{repo}/{name}") for name in ("from", "to"))
    source = Source(SOME)
    upload_blob(client.session, origin, source.blob())
    here.reset()
    assert upload_blob(client.session, target, source.blob(origin)) is Outcome.MOUNTED
    assert here.issuer
    assert len(here.issuer.requests()) == 1


def test_an_upload_that_is_begun_in_place_of_a_mount_is_used(
    docker_registry: Registry, repo: str, client: RegistryClient
) -> None:
    origin, target = (Repository(docker_registry.host, f"{repo}/{name}") for name in ("from", "to"))
    docker_registry.reset()
    assert upload_blob(client.session, target, Source(SOME).blob(origin)) is Outcome.MOVED
    seen = [(one.method, one.status) for one in docker_registry.requests()]
    assert seen == [("POST", 202), ("HEAD", 404), ("PUT", 201)]


def test_an_upload_that_the_registry_forgot_is_begun_anew(
    docker_registry: Registry, repo: str, client: RegistryClient
) -> None:
    """docker-registry lets no upload go on whose connection broke: it answers 404 to an old address."""
    cut = 0

    def handler(request: Request) -> Answer:
        nonlocal cut
        if request.method == "PUT" and not cut:
            cut = len(request.read_some(MIB))
            return [Close(reset=True)]
        return forward(request, docker_registry.host)

    with OddServer(handler) as server:
        source, target = Source(LARGE), Repository(server.host, repo)
        assert upload_blob(client.session, target, source.blob()) is Outcome.MOVED
        assert upload_blob(client.session, target, source.blob()) is Outcome.EXISTING
    assert cut == MIB
    assert source.opened == 2


# Where a connection breaks


def test_an_upload_goes_on_from_what_the_registry_holds(upload: Upload, heard: Heard) -> None:
    shelf, source = Shelf(), Source(LARGE)
    shelf.breaks = once("PUT", lambda request: shelf.swallow(request, 2 * MIB))
    with OddServer(shelf) as server:
        assert upload(server, source.blob()) is Outcome.MOVED
        assert methods(server) == ["HEAD", "POST", "PUT", "HEAD", "GET", "PATCH", "PUT"]
    assert shelf.blobs == {str(source.descriptor.digest): LARGE}
    assert shelf.sizes == [3 * MIB, 0]
    assert len(heard.of(Retrying)) == 1


def test_each_further_break_costs_only_what_was_not_taken(upload: Upload) -> None:
    shelf = Shelf()
    shelf.breaks = lambda request: (
        shelf.swallow(request, MIB)
        if request.method in ("PUT", "PATCH") and int(request.header("Content-Length") or 0) > MIB
        else None
    )
    source = Source(LARGE * 2)
    with OddServer(shelf) as server:
        assert upload(server, source.blob()) is Outcome.MOVED
        assert server.count("POST") == 1
        assert server.count("PATCH") == 9
    assert shelf.sizes == [MIB, 0]


def test_a_blob_whose_storing_was_not_heard_of_is_not_sent_twice(upload: Upload) -> None:
    shelf = Shelf()

    def lose(request: Request) -> Answer:
        shelf.breaks = lambda _: None
        shelf(request)
        return [Close(reset=True)]

    shelf.breaks = once("PUT", lose)
    with OddServer(shelf) as server:
        assert upload(server, Source(SOME).blob()) is Outcome.MOVED
        assert methods(server) == ["HEAD", "POST", "PUT", "HEAD"]


@pytest.mark.parametrize("status", [500, 503])
def test_a_blob_that_is_stored_in_spite_of_an_error_is_not_sent_twice(upload: Upload, status: int) -> None:
    shelf = Shelf()

    def fail(request: Request) -> Answer:
        shelf.breaks = lambda _: None
        shelf(request)
        return problem(status, "UNKNOWN")

    shelf.breaks = once("PUT", fail)
    with OddServer(shelf) as server:
        assert upload(server, Source(SOME).blob()) is Outcome.MOVED
        assert methods(server) == ["HEAD", "POST", "PUT", "HEAD"]


@pytest.mark.parametrize("stored", [False, True])
def test_an_upload_waits_as_long_as_the_registry_asks_and_goes_on(
    make_client: MakeClient, heard: Heard, stored: bool
) -> None:
    shelf = Shelf()

    def put_off(request: Request) -> Answer:
        shelf.breaks = lambda _: None
        if stored:
            shelf(request)
        else:
            shelf.uploads[request.path] += request.read_some(1000)
        return problem(503, "UNAVAILABLE", "later", {"Retry-After": "3600"})

    shelf.breaks = once("PUT", put_off)
    client = make_client(limits=Limits(backoff=0, retry_after_cap=0.01))
    source = Source(SOME)
    with OddServer(shelf) as server:
        assert upload_blob(client.session, Repository(server.host, "app"), source.blob()) is Outcome.MOVED
        assert server.count("POST") == 1
    assert shelf.blobs == {str(source.descriptor.digest): SOME}
    assert [event.delay for event in heard.of(Retrying)] == [0.01]


def test_a_registry_that_always_breaks_off_is_given_up(upload: Upload) -> None:
    shelf = Shelf()
    shelf.breaks = lambda request: (
        [Close(reset=True)] if request.method in ("PUT", "PATCH") and request.read_some(1000) else None
    )
    with OddServer(shelf) as server:
        with pytest.raises(TransportError):
            upload(server, Source(SOME).blob())
        assert server.count("PUT") + server.count("PATCH") <= 5
    assert shelf.uploads == {}, "uploads are cancelled"


def test_a_count_that_the_registry_cannot_have_begins_the_upload_anew(upload: Upload) -> None:
    shelf = Shelf()
    lost = once("PUT", lambda request: shelf.swallow(request, 1000))
    lie = once("GET", lambda _: reply(204, b"", {"Range": f"0-{10 * MIB}"}))
    shelf.breaks = lambda request: lost(request) or lie(request)
    source = Source(SOME)
    with OddServer(shelf) as server:
        assert upload(server, source.blob()) is Outcome.MOVED
        assert server.count("POST") == 2
    assert shelf.blobs == {str(source.descriptor.digest): SOME}


@pytest.mark.parametrize("text", ["", "0-0", "bytes=0-9", "0--1", "9-0", "x"])
def test_a_count_that_says_nothing_leaves_our_own(upload: Upload, text: str) -> None:
    shelf = Shelf()
    lost = once("PUT", lambda request: [Close(reset=True)] if request.read_some(1000) else b"")
    vague = once("GET", lambda _: reply(204, b"", {"Range": text} if text else {}))
    shelf.breaks = lambda request: lost(request) or vague(request)
    with OddServer(shelf) as server:
        assert upload(server, Source(SOME).blob()) is Outcome.MOVED
        assert server.count("POST") == 1
    assert shelf.sizes == [len(SOME)]


# What registries want


@pytest.mark.parametrize("status", [404, 405, 411, 415, 400, 500, 501])
def test_where_one_put_is_refused_a_patch_comes_first(upload: Upload, status: int) -> None:
    shelf = Shelf()
    shelf.breaks = lambda request: (
        problem(status, "UNSUPPORTED") if request.method == "PUT" and request.body else None
    )
    source = Source(SOME)
    with OddServer(shelf) as server:
        assert upload(server, source.blob()) is Outcome.MOVED
    assert shelf.sizes == [len(SOME), 0]
    assert shelf.blobs == {str(source.descriptor.digest): SOME}


def test_where_an_empty_put_is_refused_too_it_carries_the_last_part(upload: Upload) -> None:
    shelf = Shelf()

    def breaks(request: Request) -> Answer | None:
        if request.method == "PUT" and len(request.body) in (0, len(LARGE)):
            return problem(500, "UNKNOWN")
        return None

    shelf.breaks = breaks
    source = Source(LARGE)
    with OddServer(shelf) as server:
        assert upload(server, source.blob()) is Outcome.MOVED
    assert shelf.sizes[-2:] == [4 * MIB, MIB]
    assert shelf.blobs == {str(source.descriptor.digest): LARGE}


def test_an_answer_that_is_no_promise_is_checked(upload: Upload) -> None:
    """202 to the PUT: the registry took the request, and may have ignored its content."""
    shelf = Shelf()
    shelf.breaks = lambda request: reply(202) if request.method == "PUT" and request.body else None
    source = Source(SOME)
    with OddServer(shelf) as server:
        assert upload(server, source.blob()) is Outcome.MOVED
    assert shelf.sizes == [len(SOME), 0]


@pytest.mark.parametrize("limit", [2 * MIB, MIB, 300 * KIB])
def test_parts_become_smaller_until_they_are_not_too_large(upload: Upload, limit: int) -> None:
    shelf = Shelf()
    shelf.breaks = lambda request: (
        problem(413, "SIZE_INVALID") if int(request.header("Content-Length") or 0) > limit else None
    )
    source = Source(LARGE)
    with OddServer(shelf) as server:
        assert upload(server, source.blob()) is Outcome.MOVED
        assert server.count("POST") == 1
    assert max(shelf.sizes) > limit // 2
    assert source.opened < len(shelf.sizes), "the blob is not opened again for each part"


def test_a_part_that_can_be_made_no_smaller_is_an_error(upload: Upload) -> None:
    shelf = Shelf(headers={"OCI-Chunk-Min-Length": str(4 * MIB)})
    shelf.breaks = lambda request: (
        problem(413, "SIZE_INVALID") if int(request.header("Content-Length") or 0) > MIB else None
    )
    with OddServer(shelf) as server:
        with pytest.raises(RegistryError) as caught:
            upload(server, Source(LARGE).blob())
        assert caught.value.status == 413
    assert shelf.uploads == {}


@pytest.mark.parametrize(
    ("minimum", "part"),
    [("3145728", 3 * MIB), ("9223372036854775807", 5 * MIB), ("-1", 2 * MIB), ("many", 2 * MIB)],
)
def test_parts_are_as_large_as_the_registry_wants(upload: Upload, minimum: str, part: int) -> None:
    shelf = Shelf(headers={"OCI-Chunk-Min-Length": minimum})
    refused = 0

    def breaks(request: Request) -> Answer | None:
        nonlocal refused
        if request.method == "PUT" and len(request.body) == len(LARGE) and not refused:
            refused += 1
            return problem(413, "SIZE_INVALID")
        return None

    shelf.breaks = breaks
    with OddServer(shelf) as server:
        if part == len(LARGE):
            with pytest.raises(RegistryError):
                upload(server, Source(LARGE).blob())
            return
        assert upload(server, Source(LARGE).blob()) is Outcome.MOVED
    assert all(size >= min(part, 5 * MIB // 2) for size in shelf.sizes[:-1])


def test_a_part_out_of_order_is_brought_into_order(upload: Upload) -> None:
    shelf = Shelf()
    lost = once("PUT", lambda request: shelf.swallow(request, 2 * MIB))
    refused = once("PATCH", lambda request: problem(416, "RANGE_INVALID"))
    shelf.breaks = lambda request: lost(request) or refused(request)
    source = Source(LARGE)
    with OddServer(shelf) as server:
        assert upload(server, source.blob()) is Outcome.MOVED
    assert shelf.blobs == {str(source.descriptor.digest): LARGE}


def test_parts_that_are_always_out_of_order_are_given_up(upload: Upload) -> None:
    shelf = Shelf()
    shelf.breaks = lambda request: (
        problem(416, "RANGE_INVALID") if request.method in ("PUT", "PATCH") and request.body else None
    )
    with OddServer(shelf) as server:
        with pytest.raises(RegistryError) as caught:
            upload(server, Source(SOME).blob())
        assert caught.value.status == 416
        assert server.count("PUT") + server.count("PATCH") <= 8


@pytest.mark.parametrize("status", [200, 201, 204])
def test_a_part_may_be_taken_with_any_success(upload: Upload, status: int) -> None:
    """One registry answers 201, another leaves out the Location or counts only the first part."""
    shelf = Shelf()

    def breaks(request: Request) -> Answer | None:
        if request.method == "PUT" and len(request.body) == len(SOME):
            return problem(405, "UNSUPPORTED")
        if request.method != "PATCH":
            return None
        shelf.uploads[request.path] += request.body
        return reply(status, b"", {"Range": "0-1"})

    shelf.breaks = breaks
    with OddServer(shelf) as server:
        assert upload(server, Source(SOME).blob()) is Outcome.MOVED


def test_sha512_is_announced(upload: Upload) -> None:
    shelf, source = Shelf(), Source(SOME, "sha512")
    with OddServer(shelf) as server:
        assert upload(server, source.blob()) is Outcome.MOVED
        begun = next(request for request in server.requests if request.method == "POST")
    assert begun.query == {"digest-algorithm": ["sha512"]}
    assert list(shelf.blobs) == [str(source.descriptor.digest)]


# Mounts that are none


def test_only_201_is_a_mount(upload: Upload) -> None:
    shelf = Shelf()
    with OddServer(shelf) as server:
        origin = Repository(server.host, "base")
        assert upload(server, Source(SOME).blob(origin)) is Outcome.MOVED
        assert methods(server) == ["POST", "HEAD", "PUT"]


@pytest.mark.parametrize("status", [400, 404, 405, 501])
def test_where_mounting_is_refused_the_blob_is_sent(upload: Upload, status: int) -> None:
    shelf = Shelf(breaks=on("POST", "mount=", problem(status, "UNSUPPORTED")))
    with OddServer(shelf) as server:
        origin = Repository(server.host, "base")
        assert upload(server, Source(SOME).blob(origin)) is Outcome.MOVED
        assert methods(server) == ["POST", "HEAD", "POST", "PUT"]


@pytest.mark.parametrize(
    "answer",
    [
        reply(202),
        reply(201, b"", {"Docker-Content-Digest": f"sha256:{'0' * 64}"}),
    ],
)
def test_a_mount_that_says_something_odd_is_none(upload: Upload, answer: bytes) -> None:
    shelf = Shelf(breaks=on("POST", "mount=", answer))
    with OddServer(shelf) as server:
        origin = Repository(server.host, "base")
        assert upload(server, Source(SOME).blob(origin)) is Outcome.MOVED
    assert len(shelf.blobs) == 1


def test_an_upload_begun_for_a_blob_that_is_there_is_cancelled(upload: Upload) -> None:
    source = Source(SOME)
    shelf = Shelf(blobs={str(source.descriptor.digest): SOME})
    with OddServer(shelf) as server:
        assert upload(server, source.blob(Repository(server.host, "base"))) is Outcome.EXISTING
    assert shelf.uploads == {}


def test_a_blob_of_another_registry_is_not_asked_to_be_mounted(upload: Upload) -> None:
    with OddServer(Shelf()) as server:
        assert upload(server, Source(SOME).blob(Repository("registry.test", "base"))) is Outcome.MOVED
        assert methods(server) == ["HEAD", "POST", "PUT"]


# Addresses and credentials


def test_an_upload_elsewhere_gets_no_credentials(client: RegistryClient, keys: Keys) -> None:
    shelf = Shelf()
    with OddServer(shelf) as elsewhere, OddServer(shelf) as server:
        keys.known[server.host] = Credentials(USERNAME, PASSWORD)
        shelf.location = lambda path: f"{elsewhere.url}{path}"
        shelf.breaks = lambda request: (
            reply(401, b"", {"WWW-Authenticate": 'Basic realm="here"'})
            if request.header("Host") == server.host and not request.header("Authorization")
            else None
        )
        outcome = upload_blob(client.session, Repository(server.host, "app"), Source(SOME).blob())
        assert outcome is Outcome.MOVED
        assert methods(elsewhere) == ["PUT"]
        assert elsewhere.requests[0].header("Authorization") is None
        assert server.requests[-1].header("Authorization")


def test_a_token_that_expires_in_the_middle_is_renewed(client: RegistryClient, keys: Keys) -> None:
    shelf = Shelf()
    source = Source(LARGE)
    with OddServer(shelf) as server:
        keys.known[server.host] = Credentials(USERNAME, PASSWORD)
        shelf.breaks = on("PUT", "", reply(401, b"", {"WWW-Authenticate": 'Basic realm="here"'}))
        target = Repository(server.host, "app")
        assert upload_blob(client.session, target, source.blob()) is Outcome.MOVED
        assert methods(server) == ["HEAD", "POST", "PUT", "PUT"]
    assert shelf.blobs == {str(source.descriptor.digest): LARGE}
    assert source.opened == 2


@pytest.mark.parametrize("status", [307, 308])
def test_a_redirected_upload_is_sent_again(upload: Upload, status: int) -> None:
    shelf, source = Shelf(), Source(LARGE)
    with OddServer(shelf) as elsewhere, OddServer(shelf) as server:
        shelf.breaks = lambda request: (
            redirect(f"{elsewhere.url}{request.target}", status)
            if request.method == "PUT" and request.header("Host") == server.host
            else None
        )
        assert upload(server, source.blob()) is Outcome.MOVED
    assert shelf.blobs == {str(source.descriptor.digest): LARGE}


@pytest.mark.parametrize("location", ["", "ftp://127.0.0.1/x", "http://", "/a b", "http://u:p@127.0.0.1/x"])
def test_an_upload_that_leads_nowhere_is_an_error(upload: Upload, location: str) -> None:
    shelf = Shelf(location=lambda _: location)
    with OddServer(shelf) as server, pytest.raises(PycraneError) as caught:
        upload(server, Source(SOME).blob())
    assert "u:p" not in str(caught.value)


def test_a_registry_behind_tls_that_does_not_know_it_is_reached_by_tls(
    make_client: MakeClient, authority: Any
) -> None:
    shelf = Shelf()
    context = authority.server(file="upload").server_context()
    with OddServer(lambda request: [shelf(request), Close()], tls=context) as server:
        shelf.location = lambda path: f"http://127.0.0.1{path}"
        client = make_client(ca_bundle=authority.ca_file)
        outcome = upload_blob(client.session, Repository(server.host, "app"), Source(SOME).blob())
        assert outcome is Outcome.MOVED


# What fails


def test_what_cannot_be_read_is_not_stored_and_the_upload_is_cancelled(upload: Upload) -> None:
    shelf = Shelf()
    wrong = Descriptor("application/octet-stream", Digest.of(b"other"), len(LARGE))
    with OddServer(shelf) as server:
        with pytest.raises(DigestMismatchError):
            upload(server, Blob(wrong, lambda: VerifiedStream(io.BytesIO(LARGE), wrong)))
        assert methods(server) == ["HEAD", "POST", "PUT", "DELETE"]
    assert shelf.blobs == {}
    assert len(shelf.cancelled) == 1


def test_an_error_of_the_source_is_not_taken_for_one_of_the_registry(upload: Upload) -> None:
    def fail() -> VerifiedStream:
        raise TransportError("the source broke")

    with OddServer(Shelf()) as server:
        with pytest.raises(TransportError, match="the source broke"):
            upload(server, Blob(Source(SOME).descriptor, fail))
        assert server.count("PUT") == 0


def test_an_interrupt_cancels_the_upload(upload: Upload) -> None:
    def interrupt() -> VerifiedStream:
        raise KeyboardInterrupt

    shelf = Shelf()
    with OddServer(shelf) as server, pytest.raises(KeyboardInterrupt):
        upload(server, Blob(Source(SOME).descriptor, interrupt))
    assert len(shelf.cancelled) == 1


def test_that_an_upload_cannot_be_cancelled_hides_no_error(upload: Upload) -> None:
    def fail() -> VerifiedStream:
        raise PycraneError("the source is gone")

    shelf = Shelf(breaks=on("DELETE", "", problem(405, "UNSUPPORTED")))
    with OddServer(shelf) as server, pytest.raises(PycraneError, match="the source is gone"):
        upload(server, Blob(Source(SOME).descriptor, fail))


def test_who_may_not_write_is_told_so_at_once(upload: Upload) -> None:
    shelf = Shelf(breaks=lambda request: problem(403, "DENIED") if request.method == "PUT" else None)
    with OddServer(shelf) as server:
        with pytest.raises(DeniedError):
            upload(server, Source(SOME).blob())
        assert server.count("PUT") == 1
        assert methods(server)[-1] == "DELETE"


def test_a_registry_that_stores_something_else_is_not_believed(upload: Upload) -> None:
    shelf = Shelf()
    other = {"Location": "/v2/x", "Docker-Content-Digest": f"sha256:{'0' * 64}"}
    shelf.breaks = on("PUT", "", reply(201, b"", other))
    with OddServer(shelf) as server, pytest.raises(DigestMismatchError, match="in place of"):
        upload(server, Source(SOME).blob())


@pytest.mark.parametrize("status", [400, 403, 405, 501])
def test_a_look_that_is_refused_does_not_keep_a_blob_from_being_sent(upload: Upload, status: int) -> None:
    shelf = Shelf(
        breaks=on("HEAD", "", reply(status, b"", {"Docker-Distribution-Api-Version": "registry/2.0"}))
    )
    with OddServer(shelf) as server:
        assert upload(server, Source(SOME).blob()) is Outcome.MOVED


def test_an_answer_without_an_address_is_named(upload: Upload) -> None:
    shelf = Shelf(breaks=on("POST", "", reply(202)))
    with OddServer(shelf) as server, pytest.raises(MalformedError, match="no Location"):
        upload(server, Source(SOME).blob())

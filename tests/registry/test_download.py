from __future__ import annotations

import os
import subprocess
import sys
import textwrap
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest
from peers.authority import Authority
from peers.images import Blob, layer
from peers.media import push_blob
from peers.odd_server import (
    Answer,
    OddServer,
    Request,
    chunked,
    cut,
    forward,
    problem,
    redirect,
    reply,
)
from peers.registry import Registry
from registry.clients import IMPATIENT, Heard, Keys, MakeClient

from pycrane._errors import (
    DigestMismatchError,
    NotFoundError,
    PycraneError,
    RegistryError,
    SizeMismatchError,
    TransportError,
    UnsupportedError,
)
from pycrane._events import Resumed, Retrying
from pycrane._io.verified import VerifiedStream
from pycrane._keychain.credentials import Credentials
from pycrane._limits import MIB
from pycrane._oci import media_types
from pycrane._oci.descriptor import Descriptor
from pycrane._oci.digest import Digest
from pycrane._reference import Repository
from pycrane._registry.blobs import has_blob, open_blob, open_blob_by_digest
from pycrane._registry.client import RegistryClient
from pycrane._registry.source import RegistryContent

DATA = os.urandom(64) * (5 * MIB // 64)


def described(data: bytes, media_type: str = media_types.OCI_LAYER, urls: tuple[str, ...] = ()) -> Descriptor:
    return Descriptor(media_type, Digest.of(data), len(data), urls=urls)


def fetch(client: RegistryClient, host: str, descriptor: Descriptor) -> bytes:
    """The blob, verified, read in pieces of odd size."""
    stream = open_blob(client.session, Repository(host, "app"), descriptor)
    with VerifiedStream(stream, descriptor) as verified:
        return b"".join(iter(lambda: verified.read(100_003), b""))


def ranged(request: Request, data: bytes = DATA) -> bytes:
    """What a registry that knows ranges answers."""
    start = int((request.header("Range") or "bytes=0-")[6:-1])
    if not start:
        return reply(200, data)
    span = f"bytes {start}-{len(data) - 1}/{len(data)}"
    return reply(206, data[start:], {"Content-Range": span})


def first_cut(rest: Callable[[Request], Answer], after: int = 2 * MIB) -> Callable[[Request], Answer]:
    """The first answer breaks off, the rest is what a test says."""
    left = [cut(reply(200, DATA), after=after)]
    return lambda request: left.pop() if left else rest(request)


# From a real registry


def test_a_blob_comes_as_it_is_stored_with_one_request(
    docker_registry: Registry, repo: str, client: RegistryClient
) -> None:
    stored = layer({"a": b"b" * 100_000})
    push_blob(docker_registry, repo, stored)
    descriptor = described(stored.data)
    with open_blob(client.session, Repository(docker_registry.host, repo), descriptor) as stream:
        assert stream.read() == stored.data
    assert [one.method for one in docker_registry.requests()] == ["GET"]


def test_what_nobody_has_is_not_found(docker_registry: Registry, repo: str, client: RegistryClient) -> None:
    repository = Repository(docker_registry.host, repo)
    with pytest.raises(NotFoundError):
        open_blob(client.session, repository, described(b"nobody has this"))
    assert not has_blob(client.session, repository, Digest.of(b"nobody has this"))


def test_a_blob_is_found_by_its_digest_alone(
    docker_registry: Registry, repo: str, client: RegistryClient
) -> None:
    push_blob(docker_registry, repo, Blob("application/octet-stream", DATA))
    repository = Repository(docker_registry.host, repo)
    with open_blob_by_digest(client.session, repository, Digest.of(DATA)) as stream:
        assert stream.read() == DATA
    assert [one.method for one in docker_registry.requests()] == ["GET"]


def test_a_real_registry_gives_the_rest_of_a_blob(
    docker_registry: Registry, repo: str, client: RegistryClient
) -> None:
    push_blob(docker_registry, repo, Blob("application/octet-stream", DATA))
    asked: list[str | None] = []

    def handler(request: Request) -> Answer:
        asked.append(request.header("Range"))
        answer = forward(request, docker_registry.host)
        return cut(answer, after=MIB + 1000) if len(asked) < 4 else answer

    with OddServer(handler) as server:
        repository, descriptor = Repository(server.host, repo), described(DATA)
        with VerifiedStream(open_blob(client.session, repository, descriptor), descriptor) as stream:
            assert stream.read() == DATA
    assert asked[0] is None
    assert asked[1:] == [f"bytes={number * (MIB + 1000)}-" for number in (1, 2, 3)]


# Where a connection breaks


@pytest.mark.parametrize("reset", [False, True])
def test_a_broken_download_goes_on_from_what_was_given_out(
    client: RegistryClient, heard: Heard, reset: bool
) -> None:
    left = [cut(reply(200, DATA), after=2 * MIB, reset=reset)]
    with OddServer(lambda request: left.pop() if left else ranged(request)) as server:
        assert fetch(client, server.host, described(DATA)) == DATA
        assert server.count("GET") == 2
    assert len(heard.of(Retrying)) == 1
    (resumed,) = heard.of(Resumed)
    assert resumed.descriptor == described(DATA)
    assert 0 <= resumed.bytes <= 2 * MIB
    assert reset or resumed.bytes == 2 * MIB


def test_a_body_without_an_announced_end_is_measured_by_the_descriptor(client: RegistryClient) -> None:
    left = [chunked(DATA[: 2 * MIB])]
    with OddServer(lambda request: left.pop() if left else ranged(request)) as server:
        assert fetch(client, server.host, described(DATA)) == DATA
        assert server.requests[1].header("Range") == f"bytes={2 * MIB}-"


def test_where_parts_are_unknown_the_beginning_is_skipped(client: RegistryClient) -> None:
    with OddServer(first_cut(lambda _: reply(200, DATA))) as server:
        assert fetch(client, server.host, described(DATA)) == DATA
        assert server.count("GET") == 2


@pytest.mark.parametrize(
    "answer",
    [
        reply(206, DATA[MIB:], {"Content-Range": f"bytes {MIB}-{len(DATA) - 1}/{len(DATA)}"}),
        reply(206, DATA, {"Content-Range": "bytes=0-"}),
        reply(206, b"--x\r\n\r\n", {"Content-Type": "multipart/byteranges; boundary=x"}),
        problem(416, "RANGE_INVALID"),
    ],
)
def test_where_another_part_comes_the_whole_is_asked_for(client: RegistryClient, answer: bytes) -> None:
    def rest(request: Request) -> Answer:
        return answer if request.header("Range") else reply(200, DATA)

    with OddServer(first_cut(rest)) as server:
        assert fetch(client, server.host, described(DATA)) == DATA
        assert server.count("GET") == 3


def test_what_is_read_twice_has_a_bound(make_client: MakeClient) -> None:
    client = make_client(limits=replace(IMPATIENT, reread=MIB))
    with (
        OddServer(first_cut(lambda _: reply(200, DATA))) as server,
        pytest.raises(RegistryError, match="gives no parts"),
    ):
        fetch(client, server.host, described(DATA))


def test_patience_is_renewed_by_progress(client: RegistryClient) -> None:
    """More breaks than tries, each after a mebibyte more."""
    data = DATA * 2
    with OddServer(lambda request: cut(ranged(request, data), after=MIB + 10)) as server:
        assert fetch(client, server.host, described(data)) == data
        assert server.count("GET") > IMPATIENT.attempts


def test_without_progress_it_is_given_up(client: RegistryClient) -> None:
    with OddServer(lambda request: cut(ranged(request), after=1000)) as server:
        with pytest.raises(TransportError):
            fetch(client, server.host, described(DATA))
        assert server.count("GET") == IMPATIENT.attempts


def test_a_redirect_that_expires_is_asked_for_again(client: RegistryClient, keys: Keys) -> None:
    """A signed address is good for one request here; the registry gives a new one each time."""
    used: set[str] = set()

    def storage(request: Request) -> Answer:
        if request.target in used:
            return problem(403, "EXPIRED")
        used.add(request.target)
        answer = ranged(request)
        return cut(answer, after=MIB) if len(used) < 3 else answer

    with OddServer(storage) as store:
        numbers = iter(range(10))

        def registry(request: Request) -> Answer:
            if not request.header("Authorization"):
                return reply(401, b"", {"WWW-Authenticate": 'Basic realm="here"'})
            return redirect(f"{store.url}/blob?signature={next(numbers)}")

        with OddServer(registry) as server:
            keys.known[server.host] = Credentials("alice", "secret")
            assert fetch(client, server.host, described(DATA)) == DATA
        assert all(request.header("Authorization") is None for request in store.requests)
        assert [request.header("Range") for request in store.requests] == [
            None,
            f"bytes={MIB}-",
            f"bytes={2 * MIB}-",
        ]


# What is not what it should be


def test_another_announced_size_is_refused_before_anything_is_read(client: RegistryClient) -> None:
    with OddServer(lambda _: reply(200, DATA + b"x")) as server, pytest.raises(SizeMismatchError):
        open_blob(client.session, Repository(server.host, "app"), described(DATA))


def test_an_endless_body_is_read_to_one_byte_too_many(client: RegistryClient) -> None:
    descriptor = described(b"a" * 1000)
    with OddServer(lambda _: chunked(b"a" * 100_000)) as server:
        with open_blob(client.session, Repository(server.host, "app"), descriptor) as stream:
            assert len(stream.read()) == 1001
        with pytest.raises(SizeMismatchError):
            fetch(client, server.host, descriptor)


def test_wrong_bytes_are_not_asked_for_again(client: RegistryClient) -> None:
    with OddServer(lambda _: reply(200, bytes(len(DATA)))) as server:
        with pytest.raises(DigestMismatchError):
            fetch(client, server.host, described(DATA))
        assert server.count("GET") == 1


@pytest.mark.parametrize("encoding", ["gzip", "x-gzip", "br"])
def test_bytes_are_taken_as_they_are_whatever_they_are_called(client: RegistryClient, encoding: str) -> None:
    data = layer({"a": b"b"}).data
    with OddServer(lambda _: reply(200, data, {"Content-Encoding": encoding})) as server:
        assert fetch(client, server.host, described(data)) == data
        assert server.requests[0].header("Accept-Encoding") == "identity"


def test_a_digest_alone_needs_a_length(client: RegistryClient) -> None:
    with OddServer(lambda _: chunked(DATA)) as server, pytest.raises(UnsupportedError, match="how long"):
        open_blob_by_digest(client.session, Repository(server.host, "app"), Digest.of(DATA))


def test_a_manifest_larger_than_any_is_not_asked_for(client: RegistryClient) -> None:
    content = RegistryContent(client.session, Repository("registry.test", "app"))
    huge = Descriptor(media_types.OCI_MANIFEST, Digest.of(b""), 1 << 40)
    with pytest.raises(PycraneError, match="more than"):
        content.read_manifest(huge)


# Foreign layers


def foreign(*urls: str) -> Descriptor:
    return described(DATA, media_types.DOCKER_FOREIGN_LAYER, urls)


def test_a_foreign_layer_comes_from_its_own_address(
    make_client: MakeClient, authority: Authority, keys: Keys
) -> None:
    left = [cut(reply(200, DATA), after=2 * MIB)]
    context = authority.server(file="foreign").server_context()
    client = make_client(ca_bundle=authority.ca_file)
    with (
        OddServer(lambda request: left.pop() if left else ranged(request), tls=context) as elsewhere,
        OddServer(lambda _: problem(404, "BLOB_UNKNOWN")) as server,
    ):
        keys.known[server.host] = keys.known[elsewhere.host] = Credentials("alice", "secret")
        assert fetch(client, server.host, foreign(f"{elsewhere.url}/layer")) == DATA
        assert [request.header("Authorization") for request in elsewhere.requests] == [None, None]
        client.close()


def test_a_foreign_layer_comes_from_the_registry_if_that_has_it(client: RegistryClient) -> None:
    with OddServer(ranged) as server:
        assert fetch(client, server.host, foreign("https://layers.test/1")) == DATA


def test_an_ordinary_layer_comes_from_the_registry_alone(client: RegistryClient) -> None:
    descriptor = replace(foreign("https://layers.test/1"), media_type=media_types.OCI_LAYER_GZIP)
    with OddServer(lambda _: problem(404, "BLOB_UNKNOWN")) as server, pytest.raises(NotFoundError) as caught:
        fetch(client, server.host, descriptor)
    assert "layers.test" not in str(caught.value)


@pytest.mark.parametrize(
    "url",
    [
        "http://127.0.0.1:1/layer",
        "file:///etc/passwd",
        "https://169.254.169.254/layer",
        "https://10.0.0.1/x",
        "",
    ],
)
def test_a_foreign_layer_is_not_looked_for_where_it_must_not_be(client: RegistryClient, url: str) -> None:
    with (
        OddServer(lambda _: problem(404, "BLOB_UNKNOWN")) as server,
        pytest.raises(NotFoundError, match=r"neither .* nor"),
    ):
        fetch(client, server.host, foreign(url))


# Much of it


@pytest.mark.skipif(not Path("/proc/self/status").exists(), reason="memory is measured with /proc")
def test_a_large_blob_needs_little_memory(docker_registry: Registry, repo: str) -> None:
    """Up and down again, in a process of its own whose largest size is then known."""
    program = textwrap.dedent(
        """
        import hashlib, re, sys
        from pycrane._image.medium import Blob
        from pycrane._keychain.credentials import ANONYMOUS
        from pycrane._io.stream import CHUNK
        from pycrane._io.verified import VerifiedStream
        from pycrane._oci.descriptor import Descriptor
        from pycrane._oci.digest import Digest
        from pycrane._reference import Repository
        from pycrane._registry.blobs import open_blob
        from pycrane._registry.session import Session
        from pycrane._registry.upload import upload_blob

        class Zeros:
            left = size = 160 << 20
            def read(self, size=-1):
                data = bytes(min(size, self.left))
                self.left -= len(data)
                return data
            def close(self):
                pass

        class Nobody:
            def resolve(self, repository):
                return ANONYMOUS

        digest = hashlib.sha256()
        for _ in range(160):
            digest.update(bytes(CHUNK))
        descriptor = Descriptor("layer", Digest("sha256", digest.hexdigest()), Zeros.size)
        repository = Repository(*sys.argv[1:])
        with Session(Nobody()) as session:
            blob = Blob(descriptor, lambda: VerifiedStream(Zeros(), descriptor))
            print(upload_blob(session, repository, blob))
            with VerifiedStream(open_blob(session, repository, descriptor), descriptor) as stream:
                while stream.read(CHUNK):
                    pass
        print(re.search(r"VmHWM:\\s*(\\d+)", open("/proc/self/status").read())[1])
        """
    )
    run = subprocess.run(
        [sys.executable, "-c", program, docker_registry.host, repo],
        check=True,
        capture_output=True,
        text=True,
    )
    outcome, kibibytes = run.stdout.split()
    assert outcome == "moved"
    assert int(kibibytes) < 80 * 1024

"""`--proxy`: what the registry does not have comes from another one, verified, and is kept."""

from __future__ import annotations

import http.client
import json
import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import pytest
from peers import images, media
from peers.programs import Program
from peers.registry import Registry as DockerRegistry
from peers.running import Pycrane
from server.plain_client import OCI_MANIFEST, Client, descriptor, digest_of, image

from pycrane._keychain.chain import DefaultKeychain
from pycrane._limits import Limits
from pycrane._registry.client import RegistryClient
from pycrane._registry.http.options import ClientOptions
from pycrane._server import pull_through
from pycrane._server.messages import Request
from pycrane._server.upstream import Upstream
from pycrane.server import Registry

DATA = bytes(range(256)) * 8000


class Pair:
    """A registry and a cache before it. `asked` are the requests that reached the registry."""

    def __init__(self, folder: Path, stack: ExitStack) -> None:
        self.asked: list[str] = []
        self.folder = folder / "origin"
        self.origin = stack.enter_context(Registry(disk=self.folder, gate=self._note))
        options = ClientOptions(limits=Limits(attempts=1))
        self._client = stack.enter_context(RegistryClient(DefaultKeychain(), options))
        self._stack = stack
        self.at_origin = stack.enter_context(Client(self.origin.address))
        self.cache = self.start_cache()

    def start_cache(self, **settings: Any) -> Client:
        upstream = Upstream(self._client, self.origin.address)
        registry = self._stack.enter_context(Registry(upstream=upstream, **settings))
        return self._stack.enter_context(Client(registry.address))

    def asks(self, part: str) -> int:
        """How many requests for something of this name reached the registry."""
        return sum(part in line for line in self.asked)

    def _note(self, request: Request) -> None:
        self.asked.append(f"{request.method} {request.path}")


@pytest.fixture
def pair(tmp_path: Path) -> Iterator[Pair]:
    with ExitStack() as stack:
        yield Pair(tmp_path, stack)


def test_a_manifest_is_fetched_once_and_a_tag_looked_up(pair: Pair) -> None:
    digest = pair.at_origin.push_manifest("team/app", "v", image())
    pair.asked.clear()
    for _ in range(3):
        answer = pair.cache("GET", "/v2/team/app/manifests/v")
        assert answer.body == json.dumps(image()).encode()
        assert (answer["Content-Type"], answer["Docker-Content-Digest"]) == (OCI_MANIFEST, digest)
        assert pair.cache("GET", f"/v2/team/app/manifests/{digest}").status == 200
    assert pair.asked == [
        "HEAD /v2/team/app/manifests/v",
        f"GET /v2/team/app/manifests/{digest}",
        "HEAD /v2/team/app/manifests/v",
        "HEAD /v2/team/app/manifests/v",
    ]


def test_a_blob_is_fetched_once(pair: Pair) -> None:
    digest = pair.at_origin.push_blob("a", DATA)
    for _ in range(3):
        assert pair.cache("GET", f"/v2/a/blobs/{digest}").body == DATA
    assert pair.asks(f"GET /v2/a/blobs/{digest}") == 1


def test_an_empty_blob_is_fetched_once(pair: Pair) -> None:
    digest = pair.at_origin.push_blob("a", b"")
    for _ in range(2):
        assert pair.cache("GET", f"/v2/a/blobs/{digest}").status == 200
    assert pair.asks(f"GET /v2/a/blobs/{digest}") == 1


def test_many_clients_at_once_cost_one_fetch(pair: Pair) -> None:
    digest = pair.at_origin.push_blob("a", DATA)

    def get(_: int) -> bytes:
        with Client(pair.cache.address) as client:
            return client("GET", f"/v2/a/blobs/{digest}").body

    with ThreadPoolExecutor(8) as pool:
        assert all(body == DATA for body in pool.map(get, range(8)))
    assert pair.asks(f"GET /v2/a/blobs/{digest}") == 1


def test_a_part_can_be_asked_for_first(pair: Pair) -> None:
    digest = pair.at_origin.push_blob("a", DATA)
    part = pair.cache("GET", f"/v2/a/blobs/{digest}", Range="bytes=1000000-1000099")
    assert (part.status, part.body) == (206, DATA[1_000_000:1_000_100])
    start = pair.cache("GET", f"/v2/a/blobs/{digest}", Range="bytes=0-9")
    assert start.body == DATA[:10]
    assert pair.asks(f"GET /v2/a/blobs/{digest}") == 1


def test_what_is_kept_is_served_when_upstream_is_gone(pair: Pair) -> None:
    blob = pair.at_origin.push_blob("a", DATA)
    pair.at_origin.push_manifest("a", "v", image())
    pair.cache("GET", "/v2/a/manifests/v")
    pair.cache("GET", f"/v2/a/blobs/{blob}")
    pair.origin.close()
    assert pair.cache("GET", "/v2/a/manifests/v").status == 200
    assert pair.cache("GET", f"/v2/a/blobs/{blob}").body == DATA
    assert pair.cache.tags("a") == ["v"]
    other = pair.cache("GET", "/v2/a/manifests/other")
    assert (other.status, other.codes) == (502, ["UNAVAILABLE"])


def test_a_tag_that_moves_upstream_moves_here(pair: Pair) -> None:
    first, second = pair.at_origin.push_manifest("a", "v", image("1")), descriptor(image("2"))["digest"]
    assert pair.cache("HEAD", "/v2/a/manifests/v")["Docker-Content-Digest"] == first
    pair.at_origin.push_manifest("a", "v", image("2"))
    assert pair.cache("HEAD", "/v2/a/manifests/v")["Docker-Content-Digest"] == second
    pair.at_origin.push_manifest("a", "v", image("1"))
    assert pair.cache("HEAD", "/v2/a/manifests/v")["Docker-Content-Digest"] == first


def test_tags_and_referrers_are_upstreams(pair: Pair) -> None:
    subject = image("subject")
    for tag in ("b", "a"):
        pair.at_origin.push_manifest("r", tag, subject)
    pair.at_origin.push_manifest("r", "referrer", image(subject=descriptor(subject), artifactType="a/b"))
    assert pair.cache.tags("r") == ["a", "b", "referrer"]
    found = pair.cache("GET", f"/v2/r/referrers/{descriptor(subject)['digest']}?artifactType=a/b").json
    assert [item["artifactType"] for item in found["manifests"]] == ["a/b"]


def test_what_is_nowhere_is_not_found(pair: Pair) -> None:
    assert pair.cache("GET", "/v2/a/manifests/v").codes == ["MANIFEST_UNKNOWN"]
    assert pair.cache("GET", f"/v2/a/blobs/{digest_of(b'')}").codes == ["BLOB_UNKNOWN"]
    assert pair.cache("GET", "/v2/a/tags/list").codes == ["NAME_UNKNOWN"]


def test_wrong_bytes_are_neither_completed_nor_kept(pair: Pair) -> None:
    digest = pair.at_origin.push_blob("a", DATA)
    path = pair.folder / "a" / "blobs" / digest.replace(":", "/")
    path.write_bytes(DATA[:-1] + b"?")
    with pytest.raises(http.client.IncompleteRead):
        pair.cache("GET", f"/v2/a/blobs/{digest}")
    path.write_bytes(DATA)
    with Client(pair.cache.address) as again:
        assert again("GET", f"/v2/a/blobs/{digest}").body == DATA


def test_a_client_that_leaves_early_leaves_nothing_half(pair: Pair) -> None:
    digest = pair.at_origin.push_blob("a", DATA)
    for _ in range(2):
        connection = http.client.HTTPConnection(pair.cache.address, timeout=20)
        connection.request("GET", f"/v2/a/blobs/{digest}")
        response = connection.getresponse()
        assert response.read(10) == DATA[:10]
        response.close()
        connection.close()
    assert pair.cache("GET", f"/v2/a/blobs/{digest}").body == DATA


def test_what_was_fetched_is_there_after_a_restart(pair: Pair, tmp_path: Path) -> None:
    blob = pair.at_origin.push_blob("a", DATA)
    pair.at_origin.push_manifest("a", "v", image())
    client = pair.start_cache(disk=tmp_path / "cache")
    client("GET", "/v2/a/manifests/v")
    client("GET", f"/v2/a/blobs/{blob}")
    with Registry(disk=tmp_path / "cache") as registry, Client(registry.address) as after:
        assert after.tags("a") == ["v"]
        assert after("GET", f"/v2/a/blobs/{blob}").body == DATA


def test_a_cache_that_cannot_keep_a_blob_still_gives_it_out(pair: Pair, tmp_path: Path) -> None:
    digest = pair.at_origin.push_blob("a", DATA)
    client = pair.start_cache(disk=tmp_path / "cache")
    (tmp_path / "cache" / "a").write_text("in the way of the repository")
    assert client("GET", f"/v2/a/blobs/{digest}").body == DATA


def test_a_slow_client_does_not_hold_up_the_others_for_ever(
    pair: Pair, monkeypatch: pytest.MonkeyPatch
) -> None:

    monkeypatch.setattr(pull_through, "_WAIT_TIMEOUT", 0.05)
    large = b"x" * 20_000_000
    digest = pair.at_origin.push_blob("a", large)
    slow = http.client.HTTPConnection(pair.cache.address, timeout=20)
    slow.request("GET", f"/v2/a/blobs/{digest}")
    response = slow.getresponse()
    with Client(pair.cache.address) as quick:
        assert quick("GET", f"/v2/a/blobs/{digest}").body == large
    assert response.read() == large
    slow.close()
    assert threading.active_count() < 50


def test_the_command_caches_a_registry_that_wants_tokens(
    docker_registry_token: DockerRegistry,
    repo: str,
    pycrane: Pycrane,
    skopeo: Program,
    tmp_path: Path,
) -> None:
    origin = docker_registry_token
    root = images.image(images.layer({"hello.txt": b"hello"}))
    media.push(origin, repo, root, "v1")
    pycrane("auth", "login", origin.host, "-u", origin.username, "-p", origin.password)
    with pycrane.start("registry", "serve", "--proxy", origin.host, "--disk", tmp_path / "cache") as process:
        assert process.stdout
        address = process.stdout.readline().decode().strip()
        skopeo(
            "copy", "--src-tls-verify=false", f"docker://{address}/{repo}:v1", f"oci:{tmp_path / 'copy'}:v1"
        )
        with Client(address) as client:
            refused = client("POST", f"/v2/{repo}/blobs/uploads/", b"")
            assert (refused.status, refused.codes) == (405, ["UNSUPPORTED"])
        process.terminate()
    entries = json.loads((tmp_path / "copy/index.json").read_bytes())["manifests"]
    assert [entry["digest"] for entry in entries] == [root.digest]
    assert (tmp_path / "cache" / repo / "index.json").exists()

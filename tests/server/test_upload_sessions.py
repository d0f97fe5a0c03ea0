"""Upload sessions that are abandoned: they hold no file, and the oldest idle one makes room."""

from __future__ import annotations

from pathlib import Path

from server.conftest import StartClient
from server.plain_client import Client, digest_of

from pycrane._limits import Limits


def open_files() -> int:
    return len(list(Path("/proc/self/fd").iterdir()))


def test_abandoned_sessions_keep_no_file_open(client: Client) -> None:
    client.open_session("a")
    before = open_files()
    paths = [client.open_session("a") for _ in range(50)]
    for path in paths:
        assert client("PATCH", path, b"x" * 100_000).status == 202
    assert open_files() - before < 10
    assert client("GET", paths[0])["Range"] == "0-99999"


def test_a_session_goes_on_over_many_requests(client: Client) -> None:
    path, parts = client.open_session("a"), [b"%d" % number * 70_000 for number in range(5)]
    for part in parts:
        assert client("PATCH", path, part).status == 202
    digest = digest_of(b"".join(parts))
    assert client("PUT", f"{path}?digest={digest_of(b'other')}", b"").status == 400
    assert client("PUT", f"{path}?digest={digest}", b"").status == 201
    assert client("GET", f"/v2/a/blobs/{digest}").body == b"".join(parts)


def test_the_session_that_is_idle_for_longest_makes_room(start: StartClient) -> None:
    client = start(Limits(upload_sessions=3))
    first, second, third = (client.open_session("a") for _ in range(3))
    assert client("PATCH", first, b"x").status == 202
    fourth = client.open_session("a")
    assert [client("GET", path).status for path in (first, second, third, fourth)] == [204, 404, 204, 204]

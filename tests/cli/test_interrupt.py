"""Ctrl-C and other signals: the program ends at once, with one line, and leaves nothing half-written."""

from __future__ import annotations

import signal
import threading

import pytest
from peers import images
from peers.media import push
from peers.odd_server import OddServer, Pause, forward

ENDS = {signal.SIGINT: "interrupted", signal.SIGTERM: "terminated", signal.SIGHUP: "terminated"}


class Stalling:
    """A front of a registry that never finishes the answer to a request for a blob."""

    def __init__(self, registry):
        self.registry = registry
        self.stalled = threading.Event()
        self.server = OddServer(self.answer)

    def answer(self, request):
        answer = forward(request, self.registry.host)
        if "/blobs/" not in request.path:
            return answer
        self.stalled.set()
        return [answer[:-10], Pause()]


@pytest.fixture
def stalling(docker_registry):
    front = Stalling(docker_registry)
    with front.server:
        yield front


def ended(process, number):
    process.send_signal(number)
    stdout, stderr = process.communicate(timeout=30)
    assert (stdout, stderr.decode()) == (b"", f"Error: {ENDS[number]}\n")
    assert process.returncode == 128 + number


@pytest.mark.parametrize("number", ENDS)
@pytest.mark.parametrize("kind", ["tarball", "legacy", "oci"])
def test_a_pull_that_is_ended_leaves_what_was_there(pycrane, stalling, repo, tmp_path, number, kind):
    push(stalling.registry, repo, images.image(), "v1")
    place = tmp_path / "place"
    place.mkdir()
    args = ["pull", "--format", kind, f"{stalling.server.host}/{repo}:v1", "place/x"]
    with pycrane.start(*args) as process:
        assert stalling.stalled.wait(30)
        ended(process, number)
    assert list(place.iterdir()) == []


def test_a_pull_that_is_ended_leaves_whole_layers_in_the_cache_alone(pycrane, stalling, repo, tmp_path):
    push(stalling.registry, repo, images.image(images.layer({"a": b"1"}), images.layer({"b": b"2"})), "v1")
    args = ["pull", "-c", "cache", f"{stalling.server.host}/{repo}:v1", "x.tar"]
    with pycrane.start(*args) as process:
        assert stalling.stalled.wait(30)
        ended(process, signal.SIGINT)
    left = list((tmp_path / "cache").iterdir()) if (tmp_path / "cache").exists() else []
    assert left == []


def test_a_copy_that_is_ended_sets_no_tag(pycrane, stalling, docker_registry, repo):
    push(docker_registry, repo, images.image(), "v1")
    source, target = f"{stalling.server.host}/{repo}:v1", f"{docker_registry.host}/{repo}-copy:v1"
    with pycrane.start("copy", source, target) as process:
        assert stalling.stalled.wait(30)
        ended(process, signal.SIGINT)
    assert pycrane("digest", target, check=False).returncode == 1


def test_a_signal_that_is_ignored_stays_ignored(pycrane, stalling, repo, tmp_path):
    push(stalling.registry, repo, images.image(), "v1")
    script = 'trap "" HUP; exec "$@"'
    command = pycrane.command
    pycrane.command = ("sh", "-c", script, "sh", *command)
    with pycrane.start("pull", f"{stalling.server.host}/{repo}:v1", "x.tar") as process:
        assert stalling.stalled.wait(30)
        process.send_signal(signal.SIGHUP)
        ended(process, signal.SIGTERM)

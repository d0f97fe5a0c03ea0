"""Ctrl-C and other signals: the program ends at once, with one line, and leaves nothing half-written."""

from __future__ import annotations

import contextlib
import os
import pty
import signal
import subprocess
import sys
import threading

import pytest
from peers import images
from peers.media import push, write_layout
from peers.odd_server import Close, OddServer, Pause, forward
from peers.programs import Process, default_signals

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


def test_bars_are_gone_after_ctrl_c(pycrane, stalling, repo):
    push(stalling.registry, repo, images.image(), "v1")
    master, slave = pty.openpty()
    with Process(
        [*pycrane.command, "pull", f"{stalling.server.host}/{repo}:v1", "x.tar"],
        env={**pycrane.env, "TERM": "xterm", "NO_COLOR": "1"},
        cwd=pycrane.cwd,
        stdin=slave,
        stdout=slave,
        stderr=slave,
    ) as process:
        os.close(slave)
        screen = os.read(master, 65536)
        while b"total" not in screen:
            screen += os.read(master, 65536)
        assert stalling.stalled.wait(30)
        process.send_signal(signal.SIGINT)
        with contextlib.suppress(OSError):  # a terminal without a process reads as an error
            while data := os.read(master, 65536):
                screen += data
        assert process.wait(30) == 130
    os.close(master)
    assert screen.endswith(b"A\x1b[J\x1b[?25hError: interrupted\r\n")


def test_a_copy_that_is_ended_sets_no_tag(pycrane, stalling, docker_registry, repo):
    push(docker_registry, repo, images.image(), "v1")
    source, target = f"{stalling.server.host}/{repo}:v1", f"{docker_registry.host}/{repo}-copy:v1"
    with pycrane.start("copy", source, target) as process:
        assert stalling.stalled.wait(30)
        ended(process, signal.SIGINT)
    assert pycrane("digest", target, check=False).returncode == 3


def test_a_signal_that_is_ignored_stays_ignored(pycrane, stalling, repo, tmp_path):
    push(stalling.registry, repo, images.image(), "v1")
    script = 'trap "" HUP; exec "$@"'
    command = pycrane.command
    pycrane.command = ("sh", "-c", script, "sh", *command)
    with pycrane.start("pull", f"{stalling.server.host}/{repo}:v1", "x.tar") as process:
        assert stalling.stalled.wait(30)
        process.send_signal(signal.SIGHUP)
        ended(process, signal.SIGTERM)


# The program, which gets a signal when a module is first looked for.
SIGNAL_WHILE_IMPORTING = """
import os, sys
from pycrane._cli.main import main

class Finder:
    def find_spec(self, name, path, target=None):
        if name == os.environ["MODULE"]:
            os.kill(os.getpid(), int(os.environ["SIGNAL"]))

sys.meta_path.insert(0, Finder())
main()
"""

# A signal that comes while Python drops exceptions: here in a destructor.
SIGNAL_IN_A_CALLBACK = """
import os, sys, time
from pycrane._cli.terminal.process import Interrupted, raise_on_signals

class Dropped:
    def __del__(self):
        os.kill(os.getpid(), int(os.environ["SIGNAL"]))

raise_on_signals()
try:
    Dropped()
    time.sleep(30)
except Interrupted as error:
    sys.exit(error.exit_code)
"""


def run_program(pycrane, program, *args, **env):
    with default_signals():
        return subprocess.run(
            [sys.executable, "-c", program, *args],
            env={**pycrane.env, **env},
            cwd=pycrane.cwd,
            capture_output=True,
            text=True,
            timeout=60,
            check=False,
        )


@pytest.mark.parametrize("number", ENDS)
@pytest.mark.parametrize("module", ["click", "pycrane._cli.global_options", "click.types"])
def test_a_signal_while_the_program_is_imported_ends_it_silently(pycrane, number, module):
    done = run_program(pycrane, SIGNAL_WHILE_IMPORTING, "version", MODULE=module, SIGNAL=str(int(number)))
    assert (done.returncode, done.stdout, done.stderr) == (128 + number, "", "")


@pytest.mark.parametrize("number", ENDS)
@pytest.mark.parametrize("module", ["pycrane._registry.client", "requests", "urllib3.util.retry"])
def test_a_signal_while_a_command_imports_modules_is_not_lost(pycrane, number, module):
    env = {"MODULE": module, "SIGNAL": str(int(number))}
    done = run_program(pycrane, SIGNAL_WHILE_IMPORTING, "digest", "127.0.0.1:1/app", **env)
    assert (done.returncode, done.stdout, done.stderr) == (128 + number, "", f"Error: {ENDS[number]}\n")


@pytest.mark.parametrize("number", ENDS)
def test_a_signal_in_a_callback_whose_errors_python_drops_is_not_lost(pycrane, number):
    done = run_program(pycrane, SIGNAL_IN_A_CALLBACK, SIGNAL=str(int(number)))
    assert (done.returncode, done.stdout, done.stderr) == (128 + number, "", "")


def test_signals_that_the_parent_ignores_stay_ignored_from_the_start(pycrane):
    program = "import os, signal\nsignal.signal(signal.SIGINT, signal.SIG_IGN)\n" + SIGNAL_WHILE_IMPORTING
    done = run_program(pycrane, program, "version", MODULE="click", SIGNAL=str(int(signal.SIGINT)))
    assert (done.returncode, done.stderr) == (0, "")


@pytest.mark.parametrize("number", ENDS)
@pytest.mark.parametrize("jobs", ["1", "4"])
def test_a_push_that_is_ended_cancels_its_uploads_at_the_registry(
    pycrane, docker_registry, repo, tmp_path, number, jobs
):
    """The front reads a large layer at the pace of the test, so that the push is in the middle of it."""
    begun, go_on, cancelled = threading.Event(), threading.Event(), []

    def answer(request):
        if request.method in ("PUT", "PATCH") and int(request.header("Content-Length") or 0) > 1_000_000:
            request.read_some(1000)
            begun.set()
            return [Pause(event=go_on), Close()]
        if request.method == "DELETE":
            cancelled.append(request.path)
        return forward(request, docker_registry.host)

    large = images.layer({"large": os.urandom(20_000_000)}, compression="")
    write_layout(tmp_path / "layout", images.image(large))
    with OddServer(answer) as front:
        with pycrane.start("push", "-j", jobs, "layout", f"{front.host}/{repo}:v1") as process:
            assert begun.wait(30)
            ended(process, number)
        go_on.set()
    assert {path.rpartition("/uploads/")[0] for path in cancelled} == {f"/v2/{repo}/blobs"}

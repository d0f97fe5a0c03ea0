"""Progress and summaries of commands as they run."""

from __future__ import annotations

import json
import re

import pytest
from peers import images
from peers.media import push

SHOW_CURSOR = "\x1b[?25h"
HIDE_CURSOR = "\x1b[?25l"


@pytest.fixture
def name(docker_registry, repo):
    push(docker_registry, repo, images.image(), "v1")
    return f"{docker_registry.host}/{repo}:v1"


def test_a_terminal_sees_progress_and_gets_its_cursor_back(terminal, name):
    result = terminal("pull", name, "x.tar", env={"TERM": "xterm"})
    assert (result.returncode, result.stdout) == (0, b"")
    assert "Wrote x.tar: 1 image, " in result.screen[result.screen.rindex(SHOW_CURSOR) :]
    assert "total" in result.screen
    assert result.screen.rindex(SHOW_CURSOR) > result.screen.rindex(HIDE_CURSOR)


@pytest.mark.parametrize("flag", ["-q", "--quiet", "--no-progress"])
def test_quiet_hides_the_progress(terminal, name, flag):
    assert terminal("pull", flag, name, "x.tar", env={"TERM": "xterm"}).screen == ""


def test_a_command_without_transfers_draws_nothing(terminal, name):
    result = terminal("digest", name, env={"TERM": "xterm"})
    assert result.screen == ""
    assert result.stdout.startswith(b"sha256:")


def test_a_pipe_gets_the_summary_alone(pycrane, name):
    (line,) = pycrane("pull", name, "x.tar").stderr.splitlines()
    assert re.fullmatch(r"Wrote x\.tar: 1 image, \d layers?, .* moved, .* s, sha256:[0-9a-f]{64}", line)
    assert pycrane("pull", "-q", name, "x.tar").stderr == ""


def test_json_progress_is_json_to_the_last_line(pycrane, name, docker_registry, repo):
    lines = pycrane("pull", "--progress", "json", name, "x.tar").stderr.splitlines()
    events = [json.loads(line) for line in lines]
    assert [events[0]["event"], events[-1]["event"]] == ["planned", "summary"]
    assert events[-1]["places"] == ["x.tar"]
    failed = pycrane("pull", "--progress=json", f"{docker_registry.host}/{repo}:no", "x.tar", check=False)
    assert json.loads(failed.stderr)["event"] == "error"


def test_work_that_reads_layers_has_progress(pycrane, name):
    for command in (
        ["export", name, "x.tar"],
        ["validate", "--remote", name],
        ["flatten", name, "-t", f"{name}-flat"],
        ["mutate", name, "--compression", "zstd", "-t", f"{name}-zstd"],
    ):
        events = [json.loads(line) for line in pycrane("--progress=json", *command).stderr.splitlines()]
        assert {"reading", "reading-finished"} <= {event["event"] for event in events}, command


def test_an_archive_is_not_written_to_a_terminal(terminal, name):
    result = terminal("pull", name, "-", all_streams=True)
    assert result.returncode == 2
    assert "standard output is a terminal" in result.screen


def test_an_archive_goes_to_a_pipe(pycrane, tmp_path, name):
    pycrane("pull", name, "x.tar")
    assert pycrane("pull", name, "-").stdout == (tmp_path / "x.tar").read_bytes()


def test_the_log_of_verbose_has_each_request_and_no_bars(terminal, name):
    result = terminal("-v", "pull", name, "x.tar", env={"TERM": "xterm"})
    assert "GET " in result.screen
    assert HIDE_CURSOR not in result.screen

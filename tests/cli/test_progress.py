"""Progress is drawn on a terminal, for who wants it, and leaves nothing behind."""

from __future__ import annotations

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
    assert "total" in result.screen
    assert result.screen.rindex(SHOW_CURSOR) > result.screen.rindex(HIDE_CURSOR)


@pytest.mark.parametrize("flag", ["-q", "--quiet", "--no-progress"])
def test_quiet_hides_the_progress(terminal, name, flag):
    assert terminal("pull", flag, name, "x.tar", env={"TERM": "xterm"}).screen == ""


def test_a_command_without_transfers_draws_nothing(terminal, name):
    result = terminal("digest", name, env={"TERM": "xterm"})
    assert result.screen == ""
    assert result.stdout.startswith(b"sha256:")


def test_a_pipe_gets_no_progress(pycrane, name):
    assert pycrane("pull", name, "x.tar").stderr == ""


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

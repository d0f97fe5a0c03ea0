"""Errors as a person reads them: what and where, what to try, and nothing that steers the terminal."""

from __future__ import annotations

import errno
import os
from pathlib import Path

import click
import pytest
from peers import images
from peers.media import push

from pycrane._cli.terminal.process import Interrupted
from pycrane._cli.terminal.report import explained, report
from pycrane._errors import DeniedError, PycraneError


@pytest.mark.parametrize(
    ("error", "code", "text"),
    [
        (PycraneError("pulling x: no such tag"), 1, "Error: pulling x: no such tag\n"),
        (PycraneError("no", hint="try y"), 1, "Error: no\nHint: try y\n"),
        (DeniedError("reading x: denied", status=403), 4, "Error: reading x: denied\n"),
        (click.Abort(), 1, "Error: aborted\n"),
        (Interrupted(2), 130, "Error: interrupted\n"),
        (Interrupted(15), 143, "Error: terminated\n"),
        (Interrupted(1), 129, "Error: terminated\n"),
        (MemoryError(), 1, "Error: out of memory\n"),
        (click.UsageError("no such thing"), 2, "Error: no such thing\n"),
        (FileNotFoundError(errno.ENOENT, "No such file or directory", "a.tar"), 3,
         "Error: a.tar: No such file or directory\n"),
        (OSError(errno.EXDEV, "Invalid cross-device link", "a", None, "b"), 1,
         "Error: a to b: Invalid cross-device link\n"),
        (OSError(errno.ENOSPC, "No space left on device"), 1, "Error: No space left on device\n"),
        (PycraneError("bad \x1b[2Jname\r\nError: all is well"), 1,
         "Error: bad \\x1b[2Jname\\r\\nError: all is well\n"),
        (PycraneError(os.fsdecode(b"caf\xe9.tar: gone")), 1, "Error: caf\\udce9.tar: gone\n"),
    ],
)  # fmt: skip
def test_an_error_is_one_line_and_an_exit_code(error, code, text, capsys):
    assert report(error) == code
    assert capsys.readouterr() == ("", text)


def test_an_error_that_an_interrupt_caused_is_reported_as_the_interrupt(capsys):
    class Field:
        def __set_name__(self, owner, name):
            raise Interrupted(2)

    def define():
        class Owner:
            field = Field()

    def clean_up():
        try:
            raise Interrupted(15)
        finally:
            Path("/no/such/directory").rmdir()

    for act, code, text in ((define, 130, "interrupted"), (clean_up, 143, "terminated")):
        with pytest.raises(BaseException) as caught:
            act()
        assert report(caught.value) == code
        assert capsys.readouterr().err == f"Error: {text}\n"


def test_an_unexpected_error_is_named_as_a_bug_in_pycrane():
    message, hint = explained(ZeroDivisionError("division by zero"))
    assert message == "unexpected ZeroDivisionError: division by zero"
    assert str(hint).startswith("this is a bug in pycrane; please report it")


def test_a_traceback_is_shown_when_the_variable_is_set(pycrane):
    quiet = pycrane("pull", "UPPER", "x", check=False)
    loud = pycrane("pull", "UPPER", "x", check=False, env={"PYCRANE_DEBUG": "1"})
    assert "Traceback" not in quiet.stderr
    assert "Traceback" in loud.stderr
    assert loud.stderr.endswith(quiet.stderr)


@pytest.mark.parametrize(
    ("env", "coloured"),
    [({}, True), ({"NO_COLOR": "1"}, False), ({"TERM": "dumb"}, False), ({"NO_COLOR": ""}, False)],
)
def test_colour_is_for_terminals_that_want_it(terminal, env, coloured):
    result = terminal("nonsense", env={"TERM": "xterm", **env})
    assert result.returncode == 2
    assert ("\x1b[" in result.screen) is coloured


def test_without_a_terminal_there_is_no_colour(pycrane):
    assert "\x1b" not in pycrane("nonsense", check=False).stderr


def test_on_a_terminal_a_missing_tag_is_answered_with_similar_ones(terminal, docker_registry, repo):
    push(docker_registry, repo, images.image(), "stable")
    name = f"{docker_registry.host}/{repo}"
    assert f"did you mean {name}:stable?" in terminal("digest", f"{name}:stabel").screen

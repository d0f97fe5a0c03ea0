"""The program as a whole: its help, its words, its exit codes for what is typed."""

from __future__ import annotations

import click
import pytest

import pycrane as package
from pycrane._cli.command import command_context
from pycrane._cli.global_options import GLOBAL_OPTIONS
from pycrane._cli.help_text import command_line
from pycrane._cli.program import COMMANDS, GROUPS
from pycrane._cli.program import pycrane as program

# Every command of crane that pycrane has, with the flags that scripts written for crane use.
CRANE_FLAGS = {
    "append": "-b --base -t --new_tag -f --new_layer -o --output --set-base-image-annotations "
    "--oci-empty-base",
    "auth get": "",
    "auth login": "-u --username -p --password --password-stdin",
    "auth logout": "",
    "auth token": "-H --header --push -m --mount",
    "blob": "",
    "catalog": "--full-ref",
    "config": "",
    "copy": "-a --all-tags -n --no-clobber -j --jobs",
    "cp": "-a --all-tags -n --no-clobber -j --jobs",
    "delete": "",
    "digest": "--full-ref --tarball",
    "ls": "--full-ref -O --omit-digest-tags",
    "manifest": "",
    "pull": "-c --cache_path --format --annotate-ref",
    "push": "--index --image-refs",
    "registry serve": "--address --disk",
    "tag": "",
    "version": "",
}


@pytest.mark.parametrize("words", [(), ("auth",)])
def test_without_a_command_the_help_is_on_standard_output(pycrane, words):
    result = pycrane(*words)
    assert result.stdout == pycrane(*words, "--help").stdout
    assert result.stderr == ""


@pytest.mark.parametrize("flag", ["-h", "--help"])
def test_help_is_on_standard_output(pycrane, flag):
    result = pycrane(flag)
    assert result.text.startswith("Usage: pycrane")
    assert result.stderr == ""


@pytest.mark.parametrize(("command", "flags"), CRANE_FLAGS.items())
def test_a_command_takes_the_flags_of_crane(pycrane, command, flags):
    text = pycrane(*command.split(), "--help").text
    words = text.replace(",", " ").split()
    assert [flag for flag in flags.split() if flag not in words] == []


def test_every_command_is_in_one_group_and_can_be_loaded(pycrane):
    names = [name for group in GROUPS.values() for name in group.split()]
    assert sorted(names) == sorted(COMMANDS)
    listed = pycrane("--help").text.partition("Commands:\n")[2].partition("\n\n")[0]
    shown = " ".join(line[14:] for line in listed.splitlines()).replace("(cp)", "").replace(",", "")
    assert shown.split() == names
    for name in names:
        assert "Usage: pycrane " + name in pycrane(name, "--help").text


def commands(command, context):
    """The context of every command."""
    yield context
    if isinstance(command, click.Group):
        for name in command.list_commands(context):
            below = command.get_command(context, name)
            yield from commands(below, command_context(below, context, name))


CONTEXTS = list(commands(program, command_context(program, None, "pycrane")))


@pytest.mark.parametrize("width", [40, 60, 80, 100])
@pytest.mark.parametrize("context", CONTEXTS, ids=lambda context: context.command_path)
def test_help_is_as_wide_as_the_terminal_and_has_its_examples_on_the_first_page(context, width, monkeypatch):
    monkeypatch.setenv("COLUMNS", str(width))
    lines = context.get_help().splitlines()
    wide = [line for line in lines if len(line) > width and len(line.split()) > 2 and line[-1] not in "'\"\\"]
    assert wide == []
    assert [line for line in lines if "[x" in line or ("RANGE" in line and "semver" not in line)] == []
    if width >= 80 and getattr(context.command, "examples", ""):
        assert "Examples:" in lines[:10]


def test_the_help_fits_a_terminal(monkeypatch):
    monkeypatch.setenv("COLUMNS", "80")
    assert len(CONTEXTS[0].get_help().splitlines()) < 24


@pytest.mark.parametrize(
    ("columns", "width"), [("", 80), ("0", 80), ("x", 80), ("50", 50), ("9", 20), ("900", 100)]
)
def test_the_width_is_that_of_the_variable_or_80_in_a_pipe(pycrane, columns, width):
    lines = pycrane("copy", "--help", env={"COLUMNS": columns}).lines
    assert max(map(len, lines)) <= width or width == 20
    assert max(map(len, lines)) > width - 20


def test_a_wrapped_example_is_one_command_line_for_a_shell():
    line = "a -x 'b  c' \"d e\" f"
    wrapped = command_line(line, 12, "  ")
    assert wrapped == "  a -x \\\n    'b  c' \\\n    \"d e\" \\\n    f\n"


def test_help_lists_all_commands_and_all_global_options(pycrane):
    text = pycrane("help", "commands").text
    assert [name for name, summary in COMMANDS.items() if f"  {name} " not in text] == []
    options = pycrane("help", "options").text
    assert [option.opts for option in GLOBAL_OPTIONS if option.opts[0] not in options] == []


def test_help_is_a_command_too(pycrane):
    assert pycrane("help", "auth", "login").stdout == pycrane("auth", "login", "--help").stdout
    assert pycrane("help").stdout == pycrane("--help").stdout


def test_version_is_one_line(pycrane):
    assert pycrane("version").stdout == f"{package.__version__}\n".encode()
    assert pycrane("--version").stdout == f"{package.__version__}\n".encode()


def failure(pycrane, *args, code):
    result = pycrane(*args, check=False)
    assert result.returncode == code
    assert result.stdout == b""
    assert result.stderr.startswith("Error: ")
    assert "Traceback" not in result.stderr
    return result.stderr.splitlines()


@pytest.mark.parametrize(
    ("word", "meant"),
    [
        ("pul", "pull or push"),
        ("mainfest", "manifest"),
        ("login", "auth login"),
        ("rmi", "delete"),
    ],
)
def test_a_wrong_command_is_answered_with_what_was_meant(pycrane, word, meant):
    error, hint = failure(pycrane, word, code=2)
    assert word in error
    assert meant in hint


def test_a_word_like_nothing_gets_no_guess(pycrane):
    assert "did you mean" not in "".join(failure(pycrane, "xyzzy", code=2))


def test_a_wrong_option_is_answered_with_one_that_looks_like_it(pycrane):
    assert "--format" in failure(pycrane, "pull", "--fromat", "oci", "a", "b", code=2)[0]


@pytest.mark.parametrize(
    ("args", "missing"),
    [
        (["pull", "alpine"], "IMAGE"),
        (["digest"], "IMAGE"),
        (["tag", "alpine"], "TAG"),
        (["append", "-t", "x"], "--new_layer"),
        (["append", "-f", "x"], "--new_tag"),
        (["delete"], "IMAGE"),
    ],
)
def test_what_is_missing_is_named(pycrane, args, missing):
    error, hint = failure(pycrane, *args, code=2)
    assert missing in error
    assert f"pycrane {args[0]} --help" in hint


@pytest.mark.parametrize(
    "args",
    [
        ["ls", "a", "b"],
        ["digest", "--full-ref", "--tarball", "x.tar"],
        ["append", "-b", "a", "--oci-empty-base", "-t", "x", "-f", "y"],
        ["append", "-t", "x", "-f", ""],
        ["append", "-t", "x", "-f", "a.tar,"],
        ["pull", "--format", "zip", "a", "b"],
        ["pull", "--format", "oci", "a", "-"],
        ["ls", "--insecure=perhaps", "a"],
        ["config", "--platform", "linux/amd64,linux/arm64", "a"],
        ["copy", "-j", "many", "a", "b"],
    ],
)
def test_a_wrong_command_line_is_exit_code_2_before_anything_begins(pycrane, args):
    failure(pycrane, *args, code=2)


@pytest.mark.parametrize(
    "args",
    [
        ["--platform", "linux", "ls", "x.test/a"],
        ["ls", "--platform", "linux", "x.test/a"],
        ["ls", "--platform=linux/arm64", "--platform", "linux", "x.test/a"],
        ["ls", "--platform", "linux/amd64,linux", "x.test/a"],
    ],
)
def test_global_options_stand_before_or_after_the_command(pycrane, args):
    assert "'linux' is not a platform" in failure(pycrane, *args, code=2)[0]

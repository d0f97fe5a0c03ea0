"""The program as a whole: its help, its words, its exit codes for what is typed."""

from __future__ import annotations

import pytest

import pycrane as package

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
GLOBAL_FLAGS = "--platform --insecure --allow-nondistributable-artifacts -v --verbose -h --help"


def test_without_arguments_the_help_is_on_standard_error_and_nothing_failed(pycrane):
    result = pycrane()
    assert result.stdout == b""
    assert "Commands:" in result.stderr


@pytest.mark.parametrize("flag", ["-h", "--help"])
def test_help_is_on_standard_output(pycrane, flag):
    result = pycrane(flag)
    assert result.text.startswith("Usage: pycrane")
    assert result.stderr == ""


def test_a_group_without_a_command_shows_its_help(pycrane):
    result = pycrane("auth")
    assert "login" in result.stderr


@pytest.mark.parametrize(("command", "flags"), CRANE_FLAGS.items())
def test_a_command_takes_the_flags_of_crane(pycrane, command, flags):
    text = pycrane(*command.split(), "--help").text
    words = text.replace(",", " ").split()
    assert [flag for flag in f"{flags} {GLOBAL_FLAGS}".split() if flag not in words] == []


def test_every_command_that_is_listed_can_be_loaded_and_says_what_it_does(pycrane):
    listed = pycrane("--help").text.partition("Commands:\n")[2].partition("\n\n")[0]
    names = [line.split()[0].rstrip(",") for line in listed.splitlines() if line[2] != " "]
    assert len(names) > 10
    for name in names:
        assert "Usage: pycrane " + name in pycrane(name, "--help").text


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
    assert "'linux' is not a platform" in failure(pycrane, *args, code=1)[0]

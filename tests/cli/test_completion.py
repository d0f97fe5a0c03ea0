"""Completion in the shells themselves."""

from __future__ import annotations

import shutil
import subprocess
from pathlib import Path

import pytest

FOLDER = Path(__file__).parents[2] / "completions"
BASH = """
source "$1"
shift
compopt() { printf 'compopt %s\\n' "$2"; }
COMP_WORDS=("$@")
COMP_CWORD=$(($# - 1))
_pycrane_completion "$1"
printf '%s\\n' "${COMPREPLY[@]}"
"""
ZSH = """
zmodload zsh/zpty
zpty shell zsh -f -i
zpty -w shell "fpath=($1 \\$fpath); autoload -U compinit; compinit -u -D"
zpty -w shell "bindkey '^I' complete-word; print 'RE''ADY'"
zpty -r shell answer '*READY*'
zpty -w -n shell "$2"$'\\t'
zpty -r shell answer "*$3*" && print completed
zpty -d shell
"""


def shell(pycrane, name, *args):
    found = shutil.which(name)
    if not found:
        pytest.skip(f"{name} is not installed")
    folder = str(Path(pycrane.command[0]).parent)
    env = {**pycrane.env, "PATH": f"{folder}:{pycrane.env['PATH']}"}
    done = subprocess.run(
        [found, *args], env=env, cwd=pycrane.cwd, capture_output=True, text=True, check=False, timeout=60
    )
    return done.stdout.splitlines()


def bash(pycrane, *words):
    return shell(pycrane, "bash", "-c", BASH, "bash", FOLDER / "pycrane.bash", "pycrane", *words)


def fish(pycrane, line):
    script = f"source {FOLDER / 'pycrane.fish'}; complete -C '{line}'"
    return [answer.partition("\t")[0] for answer in shell(pycrane, "fish", "--no-config", "-c", script)]


def test_bash_completes_commands(pycrane):
    assert bash(pycrane, "pu") == ["pull", "push"]
    assert bash(pycrane, "auth", "lo") == ["login", "logout"]


def test_bash_completes_options_before_and_after_the_command(pycrane):
    assert bash(pycrane, "--insec") == ["--insecure", "--insecure-registry"]
    assert bash(pycrane, "pull", "--annot") == ["--annotate-ref"]
    assert bash(pycrane, "pull", "--insecure-r") == ["--insecure-registry"]


def test_bash_completes_values(pycrane):
    assert bash(pycrane, "pull", "--format", "") == ["tarball", "legacy", "oci"]
    assert bash(pycrane, "ls", "--platform", "linux/arm6") == ["linux/arm64"]
    assert "compopt default" in bash(pycrane, "push", "x")


def test_fish_completes_commands_options_and_values(pycrane):
    assert fish(pycrane, "pycrane pu") == ["pull", "push"]
    assert fish(pycrane, "pycrane pull --annot") == ["--annotate-ref"]
    assert fish(pycrane, "pycrane pull --format o") == ["oci"]


@pytest.mark.parametrize(
    ("typed", "completed"),
    [
        ("pycrane mani", "manifest"),
        ("pycrane digest --full", "--full-ref"),
        ("pycrane pull --format leg", "legacy"),
    ],
)
def test_zsh_completes_commands_options_and_values(pycrane, typed, completed):
    assert shell(pycrane, "zsh", "-f", "-c", ZSH, "zsh", FOLDER, typed, completed) == ["completed"]

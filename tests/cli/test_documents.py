"""Manual pages and completions are what the commands are now, and other programs can read them."""

from __future__ import annotations

import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path

import click
import pytest

from pycrane._cli.docs import completions, man
from pycrane._cli.program import pycrane as program

ROOT = Path(__file__).parents[2]
WRITERS = {"man": man.pages, "completions": completions.scripts}


@pytest.mark.parametrize("folder", WRITERS)
def test_the_files_in_the_project_are_current(folder):
    there = {path.name: path.read_text() for path in (ROOT / folder).iterdir()}
    assert there == WRITERS[folder](program), f"old: python -m pycrane._cli.docs {folder} {folder}"


@pytest.mark.parametrize("folder", WRITERS)
def test_the_documented_command_writes_them_and_removes_what_is_gone(folder, tmp_path):
    from click.testing import CliRunner

    from pycrane._cli.docs.__main__ import write

    files = tmp_path / folder
    files.mkdir()
    stale = files / {"man": "pycrane-gone.1", "completions": "pycrane.tcsh"}[folder]
    stale.write_text("old")
    (files / "other.txt").write_text("not ours")
    assert CliRunner().invoke(write, [folder, str(files)]).exit_code == 0
    written = {path.name for path in files.iterdir()}
    assert written == {*WRITERS[folder](program), "other.txt"}


def commands(command: click.Command, name: str) -> Iterator[tuple[str, click.Command]]:
    yield name, command
    if isinstance(command, click.Group):
        context = click.Context(command)
        for below in command.list_commands(context):
            found = command.get_command(context, below)
            assert found
            yield from commands(found, f"{name}-{below}")


def test_every_command_has_a_page_with_all_its_options():
    pages = man.pages(program)
    for name, command in commands(program, "pycrane"):
        text = pages[f"{name}.1"].replace("\\-", "-")
        options = [param for param in command.params if isinstance(param, click.Option) and not param.hidden]
        assert [opt for option in options for opt in option.opts if opt not in text] == []
        for title in ("NAME", "SYNOPSIS", "DESCRIPTION", "EXIT STATUS", "ENVIRONMENT", "FILES"):
            assert f".SH {title}\n" in text


def test_every_command_says_where_it_is_not_as_crane():
    pages = man.pages(program)
    for name in ("append", "copy", "delete", "digest", "ls", "manifest", "pull", "push"):
        assert ".SH DIFFERENCES FROM CRANE\n" in pages[f"pycrane-{name}.1"]


@pytest.mark.skipif(not shutil.which("groff"), reason="groff is not installed")
def test_groff_has_nothing_to_warn_about(tmp_path):
    folder = tmp_path / "man1"
    folder.mkdir()
    for name, text in man.pages(program).items():
        (folder / name).write_text(text)
    command = ["groff", "-man", "-Tutf8", "-ww", "-b", "-z", "-s", *sorted(folder.iterdir())]
    done = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, check=False)
    assert (done.returncode, done.stderr) == (0, "")

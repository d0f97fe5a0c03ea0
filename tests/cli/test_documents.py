"""Manual pages and completions are what the commands are now, and other programs can read them."""

from __future__ import annotations

import re
import shlex
import subprocess
from collections.abc import Iterator
from pathlib import Path

import click
import pytest
from peers.programs import locate

from pycrane._cli.command import command_context
from pycrane._cli.docs import completions, guide, man
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
        for title in ("NAME", "SYNOPSIS", "DESCRIPTION", "SEE ALSO"):
            assert f".SH {title}\n" in text


def test_every_page_that_is_named_exists():
    pages = man.pages(program)
    for name, text in pages.items():
        named = set(re.findall(r"\b(pycrane[a-z-]*)\(([17])\)", text.replace("\\-", "-")))
        assert named, name
        assert {f"{page}.{number}" for page, number in named} - set(pages) == set(), name
        assert name not in {f"{page}.{number}" for page, number in named} or "cp" in name, name


def test_the_pages_of_section_7_are_there():
    topics = "library references platforms authentication formats exit-status environment ci moving"
    assert {f"pycrane-{topic}.7" for topic in topics.split()} <= set(man.pages(program))


def lines_of_examples():
    """Every line of a command or guide that runs pycrane."""
    for name, command in commands(program, "pycrane"):
        yield from ((name, line) for line in getattr(command, "examples", "").splitlines())
    for name, path in guide.GUIDES.items():
        if name != "pycrane-library":
            yield from ((name, line) for line in path.read_text().splitlines() if line.startswith("    "))


EXAMPLES = [
    (name, call)
    for name, line in lines_of_examples()
    for call in re.findall(r"(?<![-\w'])pycrane (?![A-Z])[^|<>&;\")]+", line.partition("#")[0])
]


@pytest.mark.parametrize(("name", "call"), EXAMPLES)
def test_an_example_is_a_command_line_that_is_accepted(name, call):
    call = re.sub(
        r"(?<![-\w])[A-Z]\b", "a", call.replace("DIGEST", f"sha256:{'0' * 64}").replace("NEW", "new")
    )
    call = call.replace("@sha256:...", f"@sha256:{'0' * 64}")
    words = shlex.split(call, comments=True)[1:] if call.count("'") % 2 == 0 else []
    place, context = program, command_context(program, None, "pycrane")
    while isinstance(place, click.Group) and words and words[0] in {*place.list_commands(context), "cp"}:
        word = words.pop(0)
        place = place.get_command(context, word)
        context = command_context(place, context, word)
    if words:
        assert not isinstance(place, click.Group), call
        place.make_context("pycrane", words, resilient_parsing=False)


def test_every_command_says_where_it_is_not_as_crane():
    pages = man.pages(program)
    for name in ("append", "copy", "delete", "digest", "ls", "manifest", "pull", "push"):
        assert ".SH DIFFERENCES FROM CRANE\n" in pages[f"pycrane-{name}.1"]


def test_mandoc_has_nothing_to_complain_about(tmp_path):
    pages = tmp_path / "pages"
    pages.mkdir()
    for name, text in man.pages(program).items():
        (pages / name).write_text(text)
    command = [locate("mandoc"), "-T", "lint", *sorted(pages.iterdir())]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    long = ("pycrane-library.7", "pycrane-skopeo-untrusted")  # lines of programs, and a name of 60 letters
    told = [
        line
        for line in done.stdout.splitlines()
        if "80 bytes" not in line or not any(page in line for page in long)
    ]
    assert told == []


def test_groff_has_nothing_to_warn_about(tmp_path):
    folder = tmp_path / "man1"
    folder.mkdir()
    for name, text in man.pages(program).items():
        (folder / name).write_text(text)
    command = [locate("groff"), "-man", "-Tutf8", "-ww", "-b", "-z", "-s", *sorted(folder.iterdir())]
    done = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, check=False)
    assert (done.returncode, done.stderr) == (0, "")

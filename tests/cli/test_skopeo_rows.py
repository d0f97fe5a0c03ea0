"""All of skopeo in rows: a command line each, and what is to be seen of pycrane and of skopeo itself."""

from __future__ import annotations

import os
import shutil
import subprocess

import pytest
from cli import skopeo_copying, skopeo_inspecting, skopeo_logins, skopeo_looking, skopeo_syncing
from cli import test_crane_rows as crane_rows
from cli.crane_row import Run
from cli.crane_world import World
from cli.skopeo_images import AMD, SOURCES
from cli.skopeo_row import OLD, SKOPEO_LOOKS
from cli.skopeo_surface import COMMANDS, called, shown, wanted
from peers.media import push
from peers.programs import locate

from pycrane._cli.command import command_context
from pycrane._cli.docs import man
from pycrane._cli.program import pycrane as program

TABLES = (skopeo_copying, skopeo_inspecting, skopeo_looking, skopeo_logins, skopeo_syncing)
ROWS = [row for table in TABLES for row in table.ROWS]
RUN = [row for row in ROWS if row.runs]

inputs, sources, basic = crane_rows.inputs, crane_rows.sources, crane_rows.basic


@pytest.fixture(scope="session")
def skopeo_sources(docker_registry):
    for name, image in SOURCES.items():
        push(docker_registry, f"skopeo/{name}", image, "latest")
    return f"{docker_registry.host}/skopeo"


@pytest.fixture(scope="session")
def locked(docker_registry_basic):
    """A registry that wants a login, with an image."""
    push(docker_registry_basic, "skopeo/app", AMD, "v1", "v2")
    return docker_registry_basic.host


@pytest.fixture(scope="session")
def secure(docker_registry_tls):
    """A registry behind TLS, with images."""
    push(docker_registry_tls, "skopeo/app", AMD, "v1", "v2")
    push(docker_registry_tls, "amd", AMD, "latest")
    return docker_registry_tls.host


PLACES = {"sk": "skopeo_sources", "src": "sources", "basic": "locked", "tls-host": "secure", "tls": "secure"}
"""Names in rows, and the fixtures that are these."""


@pytest.fixture
def world(request, row, docker_registry, repo, tmp_path, home, inputs, authority):
    """Where the row runs, with what there is before."""
    folder = tmp_path / "work"
    folder.mkdir()
    crane_rows.copy_inputs(row, inputs, folder)
    (folder / "certs").mkdir()
    shutil.copy(authority.ca_file, folder / "certs/ca.crt")
    names = {"dst": f"{docker_registry.host}/{repo}", "path": repo}
    for name, fixture in PLACES.items():
        if f"{{{name}}}" in row.line or name in ("basic", "tls-host"):
            names[name] = request.getfixturevalue(fixture)
    names |= {"dir": str(folder), "host": docker_registry.host, "nobody": "127.0.0.1:9"}
    made = World(docker_registry, repo, folder, home, names)
    for prepare in row.given:
        prepare(made)
    return made


def environment(row, world):
    return {**os.environ, **{name: world.named(value) for name, value in row.env.items()}}


ALONE = {"_CONTAINERS_ROOTLESS_UID": "1000"}
"""Environment with which skopeo keeps what it knows about blobs in the home of the test."""


def seen(run, names):
    found = {}
    for name in names:
        kind, _, about = name.partition(" ")
        found[name] = SKOPEO_LOOKS[kind](run, run.world.named(about))
    return found


def expected(values):
    return {name: value for name, value in values.items() if value is not None}


@pytest.mark.parametrize("row", ROWS, ids=str)
def test_pycrane_does_what_the_row_says(waiting, world, row):
    line = ["skopeo", "--insecure-policy", *world.words(row.line)]
    run = Run(
        world,
        *waiting.run(line, env=environment(row, world), cwd=world.folder, stdin=row.stdin),
    )
    wanted = expected(row.expected)
    assert seen(run, wanted) == wanted


@pytest.mark.peer
@pytest.mark.parametrize("row", RUN, ids=str)
def test_skopeo_does_what_the_row_says_of_it(world, row):
    done = subprocess.run(
        [locate("skopeo"), "--insecure-policy", *world.words(row.line)],
        input=row.stdin,
        capture_output=True,
        env={**environment(row, world), **ALONE},
        cwd=world.folder,
        check=False,
    )
    wanted = expected(row.expected_of_skopeo)
    assert seen(Run(world, done.returncode, done.stdout, done.stderr), wanted) == wanted


def test_every_command_and_flag_of_skopeo_has_a_row():
    assert sorted(wanted() - shown(ROWS)) == []


def test_every_row_that_is_not_as_skopeo_says_why_and_differs():
    for row in ROWS:
        assert bool(row.skopeo) == bool(row.why), row
        differing = [name for name, value in row.skopeo.items() if value != row.expected.get(name)]
        assert bool(differing) == bool(row.why), row


def test_the_manual_of_a_command_tells_where_its_rows_are_not_as_skopeo():
    pages = man.pages(program)
    for row in ROWS:
        if row.why and row.why != OLD:
            page = pages[f"pycrane-skopeo-{called(row)}.1"]
            assert ".SH DIFFERENCES FROM SKOPEO\n" in page, row


@pytest.mark.parametrize("command", COMMANDS)
def test_every_command_takes_the_flags_of_skopeo(command):
    group = program.get_command(command_context(program, None, "pycrane"), "skopeo")
    context = command_context(group, None, "skopeo")
    place = group.get_command(context, command)
    parameters = place.get_params(command_context(place, context, command))
    there = {flag for parameter in parameters for flag in (*parameter.opts, *parameter.secondary_opts)}
    assert set(COMMANDS[command].split()) - there == set()


@pytest.mark.parametrize("words", [(), ("nope",), ("--unknown",), ("copy", "--unknown")])
def test_a_command_line_that_is_wrong_ends_with_1(pycrane, words):
    done = pycrane("skopeo", *words, check=False)
    assert (done.returncode, done.stdout) == (1, b"")


def test_help_and_version_are_results(pycrane):
    assert "sync" in pycrane("skopeo", "--help").text
    assert pycrane("skopeo", "--version").text == pycrane("skopeo", "-v").text

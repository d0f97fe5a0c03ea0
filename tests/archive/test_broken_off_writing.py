"""Writing that fails, is interrupted or killed leaves the old output, and never a part of the new one."""

from __future__ import annotations

import signal
import subprocess
import sys
from pathlib import Path

import pytest
from archive.views import bring, everything_in
from peers.images import image
from peers.media import write_layout
from peers.programs import Process

from pycrane._archive.directory_sink import DirectorySink

PROGRAM = (sys.executable, "-m", "archive.writing_program")
TESTS = Path(__file__).parents[1]
formats = pytest.mark.parametrize("form", ["tarball", "legacy", "oci", "oci-archive", "dir"])
places = pytest.mark.parametrize("there", [True, False], ids=["replaced", "new"])


def target(folder: Path, form: str, *, there: bool) -> Path:
    """A path to write to, with something there already or nothing."""
    if there and form == "oci":
        write_layout(folder / "it", image())
    elif there and form == "dir":
        bring(DirectorySink(folder / "it"), (image(), None))
    elif there:
        (folder / "it").write_bytes(b"old")
    return folder / "it"


def start(form: str, path: Path, manner: str) -> Process[str]:
    command = [*PROGRAM, form, str(path), manner]
    return Process(command, cwd=TESTS, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)


@formats
@places
def test_a_full_disk_leaves_what_was_there(folder, form, there):
    path = target(folder, form, there=there)
    before = everything_in(folder)
    with start(form, path, "small") as process:
        out, _ = process.communicate()
    assert process.returncode == 1
    assert out.rstrip().endswith("File too large")
    assert everything_in(folder) == before


@formats
@places
def test_an_interrupt_leaves_what_was_there(folder, form, there):
    path = target(folder, form, there=there)
    before = everything_in(folder)
    with start(form, path, "slow") as process:
        assert process.stdout.readline() == "writing\n"
        process.send_signal(signal.SIGINT)
        process.communicate()
    assert process.returncode != 0
    assert everything_in(folder) == before


@formats
def test_a_kill_leaves_what_was_there(folder, form):
    path = target(folder, form, there=True)
    before = everything_in(folder)
    with start(form, path, "slow") as process:
        assert process.stdout.readline() == "writing\n"
        process.kill()
    after = everything_in(folder)
    assert {name: data for name, data in after.items() if name in before} == before
    with start(form, path, "quick") as process:
        process.communicate()
    assert process.returncode == 0


@pytest.mark.parametrize(("form", "last"), [("oci", "index.json"), ("dir", "manifest.json")])
def test_a_directory_that_a_killed_writer_began_is_gone_on_with(folder, form, last):
    with start(form, folder / "it", "slow") as process:
        assert process.stdout.readline() == "writing\n"
        process.kill()
    assert not (folder / "it" / last).exists()
    with start(form, folder / "it", "quick") as process:
        process.communicate()
    assert (folder / "it" / last).exists()

"""Standard output: all of it arrives, or the program says why not."""

from __future__ import annotations

import os
import subprocess
import threading
from pathlib import Path

import pytest


def run(pycrane, *args, **settings):
    return subprocess.run(
        [*pycrane.command, *args],
        env=pycrane.env,
        cwd=pycrane.cwd,
        stderr=subprocess.PIPE,
        check=False,
        **settings,
    )


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="no /dev/full here")
def test_a_full_disk_is_an_error(pycrane):
    for command in ("version", "--help"):
        with open("/dev/full", "wb") as full:
            done = run(pycrane, command, stdout=full)
        assert done.returncode == 1
        assert done.stderr.endswith(b"No space left on device\n")
        assert done.stderr.count(b"\n") == 1


def test_a_reader_that_has_gone_is_an_error_in_one_line(pycrane):
    reader, writer = os.pipe()
    os.close(reader)
    with open(writer, "wb") as pipe:
        done = run(pycrane, "version", stdout=pipe)
    assert done.returncode == 1
    assert done.stderr == b"Error: writing to standard output: Broken pipe\n"


def test_a_closed_standard_output_is_an_error(pycrane):
    for command in ("version", "--help"):
        done = run(pycrane, command, preexec_fn=lambda: os.close(1))
        assert done.returncode == 1
        assert done.stderr.endswith(b"Bad file descriptor\n")
        assert done.stderr.count(b"\n") == 1


def test_a_closed_standard_error_does_not_matter(pycrane):
    done = subprocess.run(
        [*pycrane.command, "nonsense"],
        env=pycrane.env,
        stdout=subprocess.PIPE,
        preexec_fn=lambda: os.close(2),
        check=False,
    )
    assert (done.returncode, done.stdout) == (2, b"")


def test_more_than_a_pipe_holds_arrives_through_a_non_blocking_pipe():
    from pycrane._cli.terminal.output import StandardOutput

    reader, writer = os.pipe()
    os.set_blocking(writer, False)
    got = bytearray()

    def read() -> None:
        while data := os.read(reader, 65536):
            got.extend(data)

    thread = threading.Thread(target=read)
    thread.start()
    sent = os.urandom(3_000_000)
    out = StandardOutput(writer)
    out.write(sent)
    out.flush()
    os.close(writer)
    thread.join()
    os.close(reader)
    assert bytes(got) == sent


def test_a_line_cannot_steer_the_terminal():
    from pycrane._cli.terminal.output import StandardOutput

    reader, writer = os.pipe()
    out = StandardOutput(writer)
    out.line("v1\x1b[2J\n\u202etag")
    out.flush()
    os.close(writer)
    with open(reader, "rb") as pipe:
        assert pipe.read() == b"v1\\x1b[2J\\n\\u202etag\n"

"""Progress in lines: of long work only, and one every ten seconds; and as JSON."""

from __future__ import annotations

import json

import pytest

from pycrane._cli.terminal.json_lines import JsonLines
from pycrane._cli.terminal.lines import Lines
from pycrane._cli.terminal.modes import chosen_mode, colours
from pycrane._events import (
    BlobFinished,
    BlobProgress,
    BlobStarted,
    ImagesWritten,
    ManifestFinished,
    Outcome,
    Planned,
    Reading,
    Resumed,
    Retrying,
    Warned,
)
from pycrane._oci.descriptor import Descriptor
from pycrane._oci.digest import Digest

TYPE = "application/vnd.oci.image.layer.v1.tar+gzip"
LAYER = Descriptor(TYPE, Digest.of(b"layer"), 100_000_000)
NAME = LAYER.digest.encoded[:12]


class Clock:
    def __init__(self):
        self.now = 100.0

    def __call__(self):
        return self.now


@pytest.fixture
def clock():
    return Clock()


@pytest.fixture
def said(clock):
    return []


@pytest.fixture
def lines(said, clock):
    lines = Lines(said.append, clock)
    yield lines
    lines.stop()


def test_a_blob_has_a_line_when_it_takes_long_and_when_it_ends(lines, said, clock):
    for event in (Planned((LAYER,)), BlobStarted(LAYER), BlobProgress(LAYER, 10_000_000)):
        lines(event)
    clock.now += 4
    lines.tick()
    assert said == []
    clock.now += 1
    lines.tick()
    lines.tick()
    assert said == [f"{NAME}: 10.0 MB of 100 MB, 2.0 MB/s, 45 s left"]
    clock.now += 5
    lines(BlobProgress(LAYER, 40_000_000))
    lines.tick()
    assert said[1:] == ["total: 50.0 MB of 100 MB, 4.0 MB/s, 12 s left"]
    clock.now += 5
    lines(BlobProgress(LAYER, 50_000_000))
    lines(BlobFinished(LAYER, Outcome.MOVED))
    assert said[2:] == [f"{NAME}: moved, 100 MB in 15 s"]


def test_short_work_has_no_line(lines, said, clock):
    for event in (Planned((LAYER,)), BlobStarted(LAYER), BlobProgress(LAYER, LAYER.size)):
        lines(event)
    lines(BlobFinished(LAYER, Outcome.MOVED))
    clock.now += 60
    lines.tick()
    assert said == []


def test_a_stalled_transfer_has_a_line_every_ten_seconds(lines, said, clock):
    lines(Planned((LAYER,)))
    lines(BlobStarted(LAYER))
    for _ in range(30):
        clock.now += 1
        lines.tick()
    assert said[1:] == ["total: 0 B of 100 MB, 0 B/s"] * 3


def test_what_waits_for_the_target_says_so(lines, said, clock):
    lines(BlobStarted(LAYER))
    lines(BlobProgress(LAYER, LAYER.size))
    clock.now += 5
    lines.tick()
    assert said == [f"{NAME}: 100 MB, all bytes are read; waiting for the target"]


def test_reading_has_lines_as_well(lines, said, clock):
    lines(Reading("layer.tar", 0, None))
    clock.now += 5
    lines(Reading("layer.tar", 5_000_000, None))
    lines.tick()
    clock.now += 1
    lines(Reading("layer.tar", 7_000_000, None, done=True))
    assert said == ["layer.tar: 5.0 MB, 1.0 MB/s", "layer.tar: read, 7.0 MB in 6.0 s"]


def test_json_has_one_event_a_line(said, clock):
    write = JsonLines(said.append, clock)
    digest = str(LAYER.digest)
    blob = {"digest": digest, "size": 100_000_000, "media_type": TYPE}
    for event in (
        Planned((LAYER,)),
        BlobStarted(LAYER),
        BlobProgress(LAYER, 1000),
        Resumed(LAYER, 1000),
        Retrying("503 from reg.test", 1.23456),
        Warned("careful\x1b", "reg.test"),
        BlobFinished(LAYER, Outcome.MOVED),
        ManifestFinished(LAYER, Outcome.EXISTING, "v1"),
        ImagesWritten("reg.test/app:v1", (LAYER,)),
    ):
        write(event)
    assert [json.loads(line) for line in said] == [
        {"event": "planned", "blobs": 1, "bytes": 100_000_000},
        {"event": "blob-started", **blob},
        {"event": "resumed", "digest": digest, "done": 1000},
        {"event": "retrying", "reason": "503 from reg.test", "delay": 1.235},
        {"event": "warning", "text": "careful\x1b", "source": "reg.test"},
        {"event": "blob-finished", **blob, "outcome": "moved"},
        {"event": "manifest-finished", **blob, "name": "v1", "outcome": "existing"},
        {"event": "written", "place": "reg.test/app:v1", "digests": [digest]},
    ]
    assert all(line.isascii() and line.isprintable() for line in said)


def test_json_tells_bytes_twice_a_second_at_most(said, clock):
    write = JsonLines(said.append, clock)
    write(BlobStarted(LAYER))
    for _ in range(100):
        clock.now += 0.1
        write(BlobProgress(LAYER, 1_000_000))
    progress = [json.loads(line) for line in said[1:]]
    assert {line["event"] for line in progress} == {"blob-progress"}
    assert 15 <= len(progress) <= 20
    assert progress[-1]["done"] > 90_000_000


@pytest.mark.parametrize(
    ("wanted", "terminal", "env", "mode"),
    [
        ("auto", True, {"TERM": "xterm"}, "tty"),
        ("auto", True, {"TERM": "dumb"}, "plain"),
        ("auto", True, {"TERM": "xterm", "CI": "true"}, "plain"),
        ("auto", True, {"TERM": "xterm", "CI": "false"}, "tty"),
        ("auto", False, {"TERM": "xterm"}, "plain"),
        ("auto", True, {"TERM": "xterm", "PYCRANE_PROGRESS": "json"}, "json"),
        ("auto", False, {"PYCRANE_PROGRESS": "nonsense"}, "plain"),
        ("tty", False, {"PYCRANE_PROGRESS": "json"}, "tty"),
        ("none", True, {}, "none"),
    ],
)
def test_the_mode_fits_where_standard_error_goes(wanted, terminal, env, mode):
    assert chosen_mode(wanted, terminal=terminal, env=env) == mode


@pytest.mark.parametrize(
    ("terminal", "env", "coloured"),
    [
        (True, {"TERM": "xterm"}, True),
        (False, {"TERM": "xterm"}, False),
        (True, {"TERM": "dumb"}, False),
        (True, {"NO_COLOR": "1"}, False),
        (True, {"NO_COLOR": ""}, False),
        (False, {"FORCE_COLOR": "1"}, True),
        (False, {"CLICOLOR_FORCE": "1"}, True),
        (False, {"CLICOLOR_FORCE": "0"}, False),
        (True, {"CLICOLOR": "0"}, False),
        (False, {"NO_COLOR": "1", "FORCE_COLOR": "1"}, False),
    ],
)
def test_colours_are_as_the_environment_asks(terminal, env, coloured):
    assert colours(terminal=terminal, env=env) is coloured

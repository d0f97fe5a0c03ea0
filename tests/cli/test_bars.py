"""Bars as rows of text for a width, and the terminal on which they are drawn."""

from __future__ import annotations

import io
import os

import pytest

from pycrane._cli.terminal.progress import Bars
from pycrane._cli.terminal.screen import Row, Screen
from pycrane._events import BlobFinished, BlobProgress, BlobStarted, Outcome, Planned, Reading
from pycrane._oci.descriptor import Descriptor
from pycrane._oci.digest import Digest

LAYER = Descriptor("application/vnd.oci.image.layer.v1.tar+gzip", Digest.of(b"layer"), 100_000_000)
OTHER = Descriptor("application/vnd.oci.image.layer.v1.tar+gzip", Digest.of(b"other"), 300_000_000)
NAME = LAYER.digest.encoded[:12]


class Still:
    """A screen that draws nothing by itself."""

    def start(self):
        pass

    stop = start


class Clock:
    def __init__(self):
        self.now = 100.0

    def __call__(self):
        return self.now


@pytest.fixture
def clock():
    return Clock()


@pytest.fixture
def bars(clock, monkeypatch):
    monkeypatch.setenv("NO_COLOR", "1")
    return Bars(Still(), clock)


def texts(bars, width):
    return [row.text.rstrip() for row in bars.rows(width)]


def half(bars, clock):
    for event in (Planned((LAYER, OTHER)), BlobStarted(LAYER), BlobStarted(OTHER)):
        bars(event)
    clock.now += 2
    bars(BlobProgress(LAYER, 50_000_000))


@pytest.mark.parametrize(
    ("width", "first"),
    [
        (27, f"{NAME}  50.0 MB"),
        (29, f"{NAME}  50.0 MB/100 MB"),
        (36, f"{NAME}  50.0 MB/100 MB"),
        (39, f"{NAME}  50.0 MB/100 MB ━━━━━─────"),
        (60, f"{NAME}  50.0 MB/100 MB ━━━━━━━━━━──────────  25.0 MB/s"),
        (79, f"{NAME}  50.0 MB/100 MB ━━━━━━━━━━━━━━━───────────────  25.0 MB/s    2.0 s"),
        (119, f"{NAME}  50.0 MB/100 MB {'━' * 20}{'─' * 20}  25.0 MB/s    2.0 s"),
    ],
)
def test_columns_go_by_width(bars, clock, width, first):
    half(bars, clock)
    rows = texts(bars, width)
    assert rows[0] == first
    assert rows[1].startswith(OTHER.digest.encoded[:12])
    assert rows[2].startswith("total")
    assert all(len(row.text) <= width for row in bars.rows(width))


def test_bytes_that_are_taken_back_give_no_negative_rate_and_no_time(bars, clock):
    half(bars, clock)
    clock.now += 1
    bars(BlobProgress(LAYER, -50_000_000))
    clock.now += 1
    for row in texts(bars, 119):
        assert "-" not in row.replace(" ", "")
        assert row.endswith("0 B/s")
    bars(BlobProgress(LAYER, 10_000_000))
    assert texts(bars, 119)[0].endswith(" 10.0 MB/s    9.0 s")


def test_at_the_end_it_says_what_it_waits_for(bars, clock):
    half(bars, clock)
    bars(BlobProgress(LAYER, 50_000_000))
    assert texts(bars, 30)[0] == f"{NAME} waits for target"
    for each, count in ((LAYER, 0), (OTHER, 300_000_000)):
        bars(BlobProgress(each, count))
        bars(BlobFinished(each, Outcome.MOVED))
    assert texts(bars, 30) == ["total        writing manifests"]


def test_what_was_there_already_counts_for_the_total_and_has_no_row(bars):
    bars(Planned((LAYER, OTHER)))
    bars(BlobFinished(LAYER, Outcome.EXISTING))
    assert texts(bars, 30) == ["total          100 MB/400 MB"]


def test_what_is_read_has_a_row_until_it_ends(bars):
    bars(Reading(str(LAYER.digest), 0, LAYER.size))
    bars(Reading("some/layer-with-a-long-name.tar", 5000, None))
    bars(Reading(str(LAYER.digest), 25_000_000, LAYER.size))
    assert texts(bars, 30) == [f"{NAME}  25.0 MB/100 MB", "layer-with-…          5.0 kB"]
    bars(Reading(str(LAYER.digest), 25_000_000, LAYER.size, done=True))
    assert len(texts(bars, 30)) == 1


def test_what_moves_is_not_shown_as_read_too(bars):
    bars(BlobStarted(LAYER))
    bars(Reading(str(LAYER.digest), 25_000_000, LAYER.size))
    assert texts(bars, 30) == [f"{NAME}      0 B/100 MB"]


def test_colours_are_not_those_of_errors(clock, monkeypatch):
    monkeypatch.delenv("NO_COLOR", raising=False)
    monkeypatch.setenv("FORCE_COLOR", "1")
    bars = Bars(Still(), clock)
    half(bars, clock)
    row = bars.rows(79)[0]
    assert "\x1b[36m" in row.painted
    assert row.painted.replace("\x1b[36m", "").replace("\x1b[0m", "") == row.text


def test_after_the_terminal_became_narrower_all_lines_of_the_rows_are_removed():
    size = [80]
    out = io.StringIO()
    screen = Screen(lambda width: [Row("x" * width), Row("y")], out, lambda: os.terminal_size((size[0], 24)))
    screen.draw()
    size[0] = 30
    screen.draw()
    assert out.getvalue().endswith(f"\r\x1b[4A\x1b[J{'x' * 29}\ny\n")  # 79 columns are three lines of 30
    with screen.cleared():
        assert out.getvalue().endswith("y\n\r\x1b[2A\x1b[J")
    screen.stop()
    assert out.getvalue().endswith("\r\x1b[2A\x1b[J\x1b[?25h")
    screen.draw()
    assert out.getvalue().endswith("\x1b[?25h")

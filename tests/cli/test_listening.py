"""What a person hears while a command runs."""

from __future__ import annotations

import io

from rich.console import Console

from pycrane._cli.terminal.listening import Terminal
from pycrane._cli.terminal.progress import Bars
from pycrane._events import (
    BlobFinished,
    BlobProgress,
    BlobStarted,
    Exchange,
    ManifestFinished,
    Outcome,
    Planned,
    Retrying,
    Warned,
)
from pycrane._oci.descriptor import Descriptor
from pycrane._oci.digest import Digest

LAYER = Descriptor("application/vnd.oci.image.layer.v1.tar+gzip", Digest.of(b"layer"), 1000)
OTHER = Descriptor("application/vnd.oci.image.layer.v1.tar+gzip", Digest.of(b"other"), 3000)


def test_a_warning_is_printed_once_with_its_source(capsys):
    with Terminal() as terminal:
        for _ in range(3):
            terminal(Warned("going \x1b[2Jaway", "reg.test"))
        terminal(Warned("going \x1b[2Jaway"))
    assert capsys.readouterr().err == (
        "Warning: reg.test says: going \\x1b[2Jaway\nWarning: going \\x1b[2Jaway\n"
    )


def test_a_retry_is_printed_with_its_delay(capsys):
    with Terminal() as terminal:
        terminal(Retrying("503 from reg.test", 1.25))
        terminal(Retrying("GET https://reg.test:5000/v2/app/manifests/v1: status 503", 2))
    assert capsys.readouterr().err == (
        "Warning: 503 from reg.test; trying again in 1.2 s\n"
        "Warning: reg.test:5000: status 503; trying again in 2.0 s\n"
    )


def test_exchanges_are_logged_with_the_time_when_asked_for(capsys):
    exchange = Exchange(("GET https://reg.test/v2/", "200 OK\x07"))
    with Terminal() as terminal:
        terminal(exchange)
    assert capsys.readouterr().err == ""
    with Terminal(verbose=True) as terminal:
        terminal(exchange)
    first, second = capsys.readouterr().err.splitlines()
    assert first[:2] == "20"
    assert first.endswith(" GET https://reg.test/v2/")
    assert second.endswith(" 200 OK\\x07")


def test_without_a_terminal_nothing_is_drawn(capsys):
    with Terminal() as terminal:
        for event in (BlobStarted(LAYER), BlobProgress(LAYER, 500), BlobFinished(LAYER, Outcome.MOVED)):
            terminal(event)
        terminal(ManifestFinished(LAYER, Outcome.MOVED, "latest"))
    assert capsys.readouterr() == ("", "")


def drawn(*events: BlobStarted | BlobProgress | BlobFinished) -> str:
    file = io.StringIO()
    bars = Bars(Console(file=file, force_terminal=True, width=120, color_system=None))
    for event in events:
        bars(event)
    bars.stop()
    return file.getvalue()


def test_each_blob_in_transfer_has_a_bar_and_there_is_one_for_the_total():
    screen = drawn(Planned((LAYER, OTHER)), BlobStarted(LAYER), BlobStarted(OTHER), BlobProgress(LAYER, 500))
    assert LAYER.digest.encoded[:12] in screen
    assert OTHER.digest.encoded[:12] in screen
    assert "total" in screen
    assert "0.5/4.0 kB" in screen


def test_a_blob_that_starts_again_is_counted_once():
    screen = drawn(
        Planned((LAYER,)), BlobStarted(LAYER), BlobProgress(LAYER, 600), BlobProgress(LAYER, -600),
        BlobStarted(LAYER),
        BlobProgress(LAYER, 1000), BlobFinished(LAYER, Outcome.MOVED),
    )  # fmt: skip
    assert "2.0 kB" not in screen


def test_a_blob_that_was_there_already_needs_no_bar():
    assert LAYER.digest.encoded[:12] not in drawn(BlobFinished(LAYER, Outcome.EXISTING))

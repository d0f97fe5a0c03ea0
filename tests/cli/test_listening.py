"""Messages while a command runs, and the summary at its end."""

from __future__ import annotations

import re

import pytest

from pycrane._cli.terminal.listening import Terminal
from pycrane._events import (
    BlobFinished,
    BlobProgress,
    BlobStarted,
    Exchange,
    ImagesWritten,
    ManifestFinished,
    Outcome,
    Planned,
    Retrying,
    Warned,
)
from pycrane._oci.descriptor import Descriptor
from pycrane._oci.digest import Digest

LAYER = Descriptor("application/vnd.oci.image.layer.v1.tar+gzip", Digest.of(b"layer"), 1000)
MANIFEST = Descriptor("application/vnd.oci.image.manifest.v1+json", Digest.of(b"manifest"), 500)


def test_a_warning_is_printed_once_with_its_source(capsys):
    with Terminal() as terminal:
        for _ in range(3):
            terminal(Warned("going \x1b[2Jaway", "reg.test"))
        terminal(Warned("going \x1b[2Jaway"))
    assert capsys.readouterr().err == (
        "Warning: reg.test says: going \\x1b[2Jaway\nWarning: going \\x1b[2Jaway\n"
    )


def test_a_retry_is_one_short_line(capsys):
    with Terminal() as terminal:
        blob = f"https://reg.test/v2/app/blobs/{LAYER.digest}"
        terminal(Retrying(f"GET {blob}: the connection broke", 1.25))
        terminal(Retrying(f"{LAYER.digest} ended after 1 of 2 bytes", 0.5))
    assert capsys.readouterr().err.splitlines() == [
        "Retrying in 1.2 s: reg.test: the connection broke",
        f"Retrying in 0.5 s: {LAYER.digest.encoded[:12]} ended after 1 of 2 bytes",
    ]


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


def test_a_short_transfer_is_one_line_in_a_log(capsys):
    with Terminal() as terminal:
        for event in (Planned((LAYER,)), BlobStarted(LAYER), BlobProgress(LAYER, 1000)):
            terminal(event)
        terminal(BlobFinished(LAYER, Outcome.MOVED))
        terminal(ManifestFinished(MANIFEST, Outcome.MOVED, "v1"))
        terminal(ImagesWritten("reg.test/app:v1", (MANIFEST,)))
    out, err = capsys.readouterr()
    assert out == ""
    line = rf"Wrote reg\.test/app:v1: 1 image, 1 layer, 1\.0 kB moved, \d+\.\d s, {MANIFEST.digest}\n"
    assert re.fullmatch(line, err)


def test_an_error_leaves_the_summary_out(capsys):
    terminal = Terminal()
    terminal(ImagesWritten("reg.test/app:v1", (MANIFEST,)))
    terminal.__exit__(ValueError, ValueError(), None)
    assert capsys.readouterr().err == ""


def test_quiet_leaves_warnings_retries_and_the_summary_out(capsys):
    with Terminal(quiet=True) as terminal:
        terminal(Retrying("503 from reg.test", 1.25))
        terminal(ImagesWritten("reg.test/app:v1", (MANIFEST,)))
    assert capsys.readouterr().err == ""


def test_a_markdown_summary_is_added_to_a_file(tmp_path, capsys):
    file = tmp_path / "summary.md"
    file.write_text("before\n")
    with Terminal(quiet=True, summary=file) as terminal:
        terminal(ImagesWritten("reg.test/app:v1", (MANIFEST,)))
    text = file.read_text()
    assert text.startswith("before\n### pycrane\n")
    assert f"| Digest | `{MANIFEST.digest}` |\n" in text


@pytest.mark.parametrize(
    ("env", "start", "end"),
    [
        ({"GITHUB_ACTIONS": "true"}, "::group::copying", "::endgroup::"),
        ({"GITLAB_CI": "true"}, "[collapsed=true]\r\x1b[0Kcopying", "\r\x1b[0K"),
    ],
)
def test_logs_of_ci_fold_a_group_when_asked_to(monkeypatch, capsys, env, start, end):
    for name in ("GITHUB_ACTIONS", "GITLAB_CI"):
        monkeypatch.delenv(name, raising=False)
    for name, value in env.items():
        monkeypatch.setenv(name, value)
    with Terminal(group="copying") as terminal:
        terminal(Warned("in it"))
        terminal(ImagesWritten("behind", ()))
    first, inside, last, summary = capsys.readouterr().err.split("\n")[:4]
    assert first.endswith(start)
    assert inside == "Warning: in it"
    assert summary.startswith("Wrote behind: ")
    assert last.endswith(end)

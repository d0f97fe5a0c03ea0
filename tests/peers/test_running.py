"""Tests see nothing of the person who runs them, and a missing program is never passed over in CI."""

from __future__ import annotations

import os
import signal
import time
from pathlib import Path

import pytest
from peers.programs import Process, locate
from peers.running import Pycrane


def test_the_installed_program_runs(pycrane: Pycrane) -> None:
    assert b"Usage" in pycrane("--help").stdout


def test_a_failure_is_an_error_with_what_was_said(pycrane: Pycrane) -> None:
    with pytest.raises(AssertionError, match=r"pycrane no-such-command: exit \d"):
        pycrane("no-such-command")
    assert pycrane("no-such-command", check=False).stderr


def test_home_and_configuration_are_the_tests_own(home: Path, docker_config: Path, tmp_path: Path) -> None:
    assert Path.home() == home
    assert os.environ["DOCKER_CONFIG"] == str(docker_config.parent)
    assert home.is_relative_to(tmp_path)
    assert not {"REGISTRY_AUTH_FILE", "DOCKER_AUTH_CONFIG", "HTTP_PROXY", "https_proxy"} & set(os.environ)


def test_a_missing_program_skips_here_and_fails_in_ci(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("CI", raising=False)
    with pytest.raises(pytest.skip.Exception):
        locate("no-such-program")
    monkeypatch.setenv("CI", "true")
    with pytest.raises(pytest.fail.Exception):
        locate("no-such-program")


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP])
def test_a_signal_that_the_tests_ignore_ends_a_process_that_they_start(number: signal.Signals) -> None:
    before = signal.signal(number, signal.SIG_IGN)
    try:
        with Process(["sleep", "60"]) as process:
            process.send_signal(number)
            assert process.wait(10) == -number
        assert signal.getsignal(number) is signal.SIG_IGN
    finally:
        signal.signal(number, before)


def test_a_process_ends_with_its_context_when_that_ends_with_an_error() -> None:
    begun = time.monotonic()
    with pytest.raises(ZeroDivisionError), Process(["sleep", "60"]) as process:
        _ = 1 / 0
    assert process.returncode == -signal.SIGKILL
    assert time.monotonic() - begun < 50

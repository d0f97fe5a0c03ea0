"""Locks on directories."""

from __future__ import annotations

import errno
import fcntl
import threading
from pathlib import Path

import pytest

from pycrane._errors import PycraneError
from pycrane._io.lock import locked


def test_other_threads_wait_for_the_lock(tmp_path: Path) -> None:
    entered = threading.Event()

    def enter() -> None:
        with locked(tmp_path, required=True):
            entered.set()

    with locked(tmp_path):
        other = threading.Thread(target=enter)
        other.start()
        assert not entered.wait(0.1)
    other.join()
    assert entered.is_set()


def test_only_a_required_lock_fails_where_the_file_system_has_none(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(fd: int, operation: int) -> None:
        raise OSError(errno.ENOLCK, "No locks available")

    monkeypatch.setattr(fcntl, "flock", refuse)
    with locked(tmp_path):
        pass
    with pytest.raises(PycraneError, match="No locks available"), locked(tmp_path, required=True):
        pass


def test_a_directory_that_is_not_there_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(PycraneError, match="none"), locked(tmp_path / "none"):
        pass

"""Files that appear when they are whole: their mode and owner."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from pycrane._io.whole_file import write_whole


def mode(path: Path) -> int:
    return path.stat().st_mode & 0o7777


def test_a_file_that_replaces_another_keeps_its_mode(tmp_path: Path) -> None:
    path = tmp_path / "file"
    path.touch(0o640)
    write_whole(path, b"new", 0o600)
    assert (path.read_bytes(), mode(path)) == (b"new", 0o640)


@pytest.mark.parametrize("before", [None, 0o644, 0o400])
def test_a_private_file_has_exactly_its_mode(tmp_path: Path, before: int | None) -> None:
    path = tmp_path / "file"
    if before is not None:
        path.touch()
        path.chmod(before)
    write_whole(path, b"new", 0o600, private=True)
    assert (path.read_bytes(), mode(path)) == (b"new", 0o600)
    assert list(tmp_path.glob(".pycrane-*")) == []


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can give files away")
def test_a_private_file_keeps_the_owner_of_the_one_that_it_replaces(tmp_path: Path) -> None:
    path = tmp_path / "file"
    path.touch()
    os.chown(path, 12345, 12346)
    write_whole(path, b"new", 0o600, private=True)
    assert (path.stat().st_uid, path.stat().st_gid, mode(path)) == (12345, 12346, 0o600)

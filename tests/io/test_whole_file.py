"""Files appear whole or not at all, with the mode that they ought to have."""

from __future__ import annotations

import os
import stat
from pathlib import Path

import pytest

from pycrane._errors import PycraneError
from pycrane._io.whole_file import STANDARD_OUTPUT, WholeFile, link_whole, open_output, write_whole


def mode_of(path: Path) -> int:
    return stat.S_IMODE(path.stat().st_mode)


def temporary_file(directory: Path) -> Path:
    (path,) = directory.glob(".pycrane-*.tmp")
    return path


@pytest.mark.parametrize("path", [None, STANDARD_OUTPUT, Path("/dev/null")])
def test_output_that_is_copied_is_private_whatever_lies_in_the_temporary_directory(
    path: Path | None, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    (tmp_path / "pycrane").write_bytes(b"of another user")
    (tmp_path / "pycrane").chmod(0o666)
    output = open_output(path).__enter__()
    output.write(b"secret")
    assert mode_of(temporary_file(tmp_path)) == 0o600
    output.discard()
    assert (tmp_path / "pycrane").read_bytes() == b"of another user"


def test_a_replaced_file_keeps_its_mode(tmp_path: Path) -> None:
    path = tmp_path / "file"
    path.write_bytes(b"old")
    path.chmod(0o640)
    with WholeFile(path) as file:
        assert mode_of(temporary_file(tmp_path)) == 0o640
        file.write(b"new")
        assert path.read_bytes() == b"old"
    assert (path.read_bytes(), mode_of(path)) == (b"new", 0o640)


def test_a_temporary_file_is_never_readable_for_more_users_than_the_replaced_file(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "file"
    path.write_bytes(b"old")
    path.chmod(0o600)
    modes = []
    monkeypatch.setattr(os, "fchmod", lambda fd, mode: modes.append(stat.S_IMODE(os.fstat(fd).st_mode)))
    write_whole(path, b"new")
    assert modes == [0o600]


def test_a_private_file_has_its_mode_whatever_it_replaces(tmp_path: Path) -> None:
    path = tmp_path / "file"
    path.write_bytes(b"old")
    path.chmod(0o644)
    write_whole(path, b"new", 0o600, private=True, durable=True)
    assert (path.read_bytes(), mode_of(path)) == (b"new", 0o600)


def test_an_error_leaves_the_file_as_it_was_and_nothing_beside_it(tmp_path: Path) -> None:
    path = tmp_path / "file"
    path.write_bytes(b"old")
    with pytest.raises(PycraneError), WholeFile(path) as file:
        file.reserve(2**61)
    assert path.read_bytes() == b"old"
    assert not list(tmp_path.glob(".pycrane-*"))


def test_a_symbolic_link_stays_and_its_target_is_replaced(tmp_path: Path) -> None:
    target, link = tmp_path / "target", tmp_path / "link"
    target.write_bytes(b"old")
    link.symlink_to(target)
    with open_output(link) as file:
        file.write(b"new")
    assert link.is_symlink()
    assert target.read_bytes() == b"new"


def test_a_directory_is_not_written_to(tmp_path: Path) -> None:
    with pytest.raises(PycraneError, match="it is a directory, expected a file"):
        open_output(tmp_path)


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can give files away")
def test_a_private_file_keeps_the_owner_of_the_one_that_it_replaces(tmp_path: Path) -> None:
    path = tmp_path / "file"
    path.touch()
    os.chown(path, 12345, 12346)
    write_whole(path, b"new", 0o600, private=True)
    assert (path.stat().st_uid, path.stat().st_gid, path.stat().st_mode & 0o777) == (12345, 12346, 0o600)


def test_a_further_name_replaces_what_had_it_and_leaves_no_other(tmp_path: Path) -> None:
    directory = tmp_path / "directory"
    directory.mkdir()
    source, target = directory / "source", directory / "target"
    source.write_bytes(b"new")
    target.write_bytes(b"old")
    for _ in range(2):
        link_whole(source, target)
        assert target.samefile(source)
    assert {*directory.iterdir()} == {source, target}

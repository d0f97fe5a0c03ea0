"""Changing credentials files: whole or not at all, private, links and strangers' fields kept."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from keychain.homes import Home

from pycrane._errors import CredentialsError
from pycrane._keychain.config_writer import edit_config


def mark(document: dict[str, Any]) -> dict[str, Any]:
    return {**document, "mark": True}


def mode(path: Path) -> int:
    return path.stat().st_mode & 0o7777


def test_only_the_owner_may_read_a_new_file_and_its_directory(person: Home) -> None:
    assert edit_config(person.docker, mark)
    assert person.docker.read_text() == '{\n\t"mark": true\n}'
    assert mode(person.docker) == 0o600
    assert mode(person.docker.parent) == 0o700


def test_a_file_that_others_could_read_becomes_private(person: Home) -> None:
    person.write(person.docker, "{}").chmod(0o644)
    edit_config(person.docker, mark)
    assert mode(person.docker) == 0o600


def test_unknown_fields_and_order_are_kept(person: Home) -> None:
    person.write(
        person.docker, '{"z": {"b": 1.0, "a": [null, "<é>"]}, "auths": {}, "a": 12345678901234567890}'
    )
    edit_config(person.docker, mark)
    assert list(json.loads(person.docker.read_text()).items()) == [
        ("z", {"b": 1.0, "a": [None, "<é>"]}),
        ("auths", {}),
        ("a", 12345678901234567890),
        ("mark", True),
    ]


def test_what_does_not_change_is_not_written(person: Home) -> None:
    person.write(person.docker, '{ "a":1 }').chmod(0o640)
    before = person.docker.stat()
    assert not edit_config(person.docker, lambda document: document)
    assert person.docker.read_text() == '{ "a":1 }'
    assert person.docker.stat().st_ino == before.st_ino


@pytest.mark.parametrize("there", [True, False])
def test_a_symbolic_link_stays_and_its_target_is_written(person: Home, there: bool) -> None:
    target = person.folder / "dotfiles/docker.json"
    if there:
        person.write(target, "{}")
    person.docker.parent.mkdir()
    person.docker.symlink_to("../dotfiles/docker.json")
    edit_config(person.docker, mark)
    assert person.docker.is_symlink()
    assert json.loads(target.read_text()) == {"mark": True}
    assert mode(target) == 0o600


def test_links_in_a_circle_are_an_error(person: Home) -> None:
    person.docker.parent.mkdir()
    person.docker.symlink_to(person.docker)
    with pytest.raises(CredentialsError, match="could not write"):
        edit_config(person.docker, mark)


@pytest.mark.parametrize("path", [Path("/dev/null"), Path("/proc/self/environ/x"), Path("/")])
def test_only_regular_files_are_replaced(path: Path) -> None:
    with pytest.raises(CredentialsError, match=f"could not write {path}"):
        edit_config(path, mark)


def test_a_broken_file_is_left_as_it_is(person: Home) -> None:
    person.write(person.docker, "{broken")
    with pytest.raises(CredentialsError, match="not valid JSON"):
        edit_config(person.docker, mark)
    assert person.docker.read_text() == "{broken"
    assert list(person.docker.parent.iterdir()) == [person.docker]


def test_a_failure_while_writing_leaves_the_old_file_and_nothing_else(person: Home) -> None:
    person.write(person.docker, '{"a": 1}')
    program = (
        "import resource, signal, pathlib, sys\n"
        "from pycrane._keychain.config_writer import edit_config\n"
        "signal.signal(signal.SIGXFSZ, signal.SIG_IGN)\n"
        "resource.setrlimit(resource.RLIMIT_FSIZE, (100, 100))\n"
        "edit_config(pathlib.Path(sys.argv[1]), lambda document: {**document, 'b': 'x' * 1000})\n"
    )
    done = subprocess.run([sys.executable, "-c", program, person.docker], capture_output=True, text=True)
    assert "CredentialsError: could not write" in done.stderr
    assert "File too large" in done.stderr
    assert person.docker.read_text() == '{"a": 1}'
    assert list(person.docker.parent.iterdir()) == [person.docker]


def test_writers_at_the_same_time_lose_nothing_of_each_other(person: Home) -> None:
    program = (
        "import pathlib, sys\n"
        "from pycrane._keychain.config_writer import edit_config\n"
        "for number in range(25):\n"
        "    key = f'{sys.argv[2]}-{number}'\n"
        "    edit_config(pathlib.Path(sys.argv[1]), lambda document: {**document, key: 1})\n"
    )
    writers = [
        subprocess.Popen([sys.executable, "-c", program, person.docker, name]) for name in ("a", "b", "c")
    ]
    assert [writer.wait() for writer in writers] == [0, 0, 0]
    assert len(json.loads(person.docker.read_text())) == 75
    assert list(person.docker.parent.iterdir()) == [person.docker]


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can give files away")
def test_a_file_stays_its_owners_when_root_writes_it(person: Home) -> None:
    person.write(person.docker, "{}")
    os.chown(person.docker, 12345, 12346)
    edit_config(person.docker, mark)
    assert (person.docker.stat().st_uid, person.docker.stat().st_gid) == (12345, 12346)


json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(st.characters(codec="utf-8")),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(st.characters(codec="utf-8")), inner),
    max_leaves=8,
)


@settings(deadline=None)
@given(st.dictionaries(st.text(st.characters(codec="utf-8")), json_values))
def test_an_edit_keeps_everything_else_in_the_file(document: dict[str, Any]) -> None:
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder, "config.json")
        path.write_text(json.dumps(document))
        edit_config(path, mark)
        assert list(json.loads(path.read_text()).items()) == list(mark(document).items())

"""Reading credentials files: lenient about what is unknown, strict about what is known."""

from __future__ import annotations

import json
import os
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from keychain.homes import SECRET, Home, basic

from pycrane._errors import CredentialsError
from pycrane._keychain.credentials import Credentials
from pycrane._keychain.docker_config import DockerConfig, read_config
from pycrane._limits import Limits


def test_unknown_fields_do_not_matter(person: Home) -> None:
    document = {"auths": {"r.example": {**basic("u"), "new": [1]}}, "features": {"x": 1}, "new": None}
    config = read_config(person.write(person.docker, document))
    assert config
    assert config.entry("r.example") == Credentials("u", SECRET)


@pytest.mark.parametrize("text", ["", " \n", "{}", '{"auths": null, "credsStore": null}'])
def test_an_empty_file_is_an_empty_configuration(person: Home, text: str) -> None:
    config = read_config(person.write(person.docker, text))
    assert config
    assert not config.auths
    assert config.helper_for("r.example") == ("", ("r.example",))


@pytest.mark.parametrize(
    "text",
    [
        "{",
        "[]",
        '"x"',
        '{"auths": []}',
        '{"auths": "x"}',
        '{"credsStore": 1}',
        '{"credHelpers": []}',
        '{"credHelpers": {"a": 1}}',
        '{"HttpHeaders": {"a": 1}}',
        '{"HttpHeaders": {"a": "x\\r\\ny"}}',
        '{"HttpHeaders": {"a b": "x"}}',
        '{"auths": {}, "auths": {}}',
        "{} {}",
        '{"a":' * 200 + "1" + "}" * 200,
    ],
)
def test_a_broken_file_is_an_error_that_names_it(person: Home, text: str) -> None:
    with pytest.raises(CredentialsError, match=r"config\.json"):
        read_config(person.write(person.docker, text))


@settings(deadline=None)
@given(st.binary(max_size=64))
def test_any_bytes_are_read_or_refused(raw: bytes) -> None:
    with suppress(CredentialsError):
        assert isinstance(DockerConfig.parse(raw, "here").auths, dict)


def test_a_missing_file_is_none(person: Home, tmp_path: Path) -> None:
    assert read_config(person.docker) is None
    assert read_config(tmp_path) is None
    assert read_config(tmp_path / ("x" * 5000)) is None
    assert read_config(Path("/dev/null")) == DockerConfig("/dev/null")


def test_a_byte_order_mark_is_ignored(person: Home) -> None:
    person.write(person.docker, "\ufeff" + json.dumps({"auths": {"r.example": basic("u")}}))
    config = read_config(person.docker)
    assert config
    assert config.entry("r.example") == Credentials("u", SECRET)
    assert read_config(person.write(person.docker, "\ufeff")) == DockerConfig(str(person.docker))


def test_a_file_in_utf_16_is_an_error_that_says_so(person: Home) -> None:
    person.write(person.docker, "")
    for encoding in ("utf-16-le", "utf-16-be"):
        person.docker.write_bytes("\ufeff{}".encode(encoding))
        with pytest.raises(CredentialsError, match="is UTF-16 text, expected UTF-8"):
            read_config(person.docker)


def test_a_pipe_without_a_writer_is_an_error_at_once(person: Home) -> None:
    person.docker.parent.mkdir()
    os.mkfifo(person.docker)
    with pytest.raises(CredentialsError, match="it is a pipe that no program writes to, expected a file"):
        read_config(person.docker)


def test_a_pipe_whose_writer_is_silent_is_not_waited_for_long(person: Home) -> None:
    reader, writer = os.pipe()
    slow = pytest.raises(CredentialsError, match=r"nothing came within 0\.2 seconds")
    with open(reader, "rb"), open(writer, "wb"), slow:
        read_config(Path(f"/dev/fd/{reader}"), Limits(helper_timeout=0.2))


def test_a_pipe_of_a_shell_is_read_to_its_end() -> None:
    reader, writer = os.pipe()
    document = json.dumps({"auths": {"r.example": basic("u")}, "x": "y" * 30_000}).encode()
    with open(reader, "rb"), open(writer, "wb") as out:
        threading.Timer(0.1, lambda: (out.write(document), out.close())).start()
        config = read_config(Path(f"/dev/fd/{reader}"))
    assert config
    assert config.entry("r.example") == Credentials("u", SECRET)


def test_a_file_larger_than_allowed_is_not_read(person: Home) -> None:
    person.write(person.docker, " " * 1000)
    assert read_config(person.docker, Limits(config_file=1000)) is not None
    with pytest.raises(CredentialsError, match="larger than 999 bytes"):
        read_config(person.docker, Limits(config_file=999))


@contextmanager
def unprivileged() -> Iterator[None]:
    """As a user who may not read everything, whoever runs the tests."""
    user = os.geteuid()
    os.seteuid(user or 65534)
    try:
        yield
    finally:
        os.seteuid(user)


def test_a_file_that_may_not_be_read_is_an_error_and_a_directory_that_may_not_be_searched_is_not() -> None:
    with TemporaryDirectory() as open_to_all:
        Path(open_to_all).chmod(0o755)
        closed = Path(open_to_all, "closed")
        closed.mkdir()
        config = closed / "config.json"
        config.write_text("{}")
        config.chmod(0)
        with unprivileged(), pytest.raises(CredentialsError, match="Permission denied"):
            read_config(config)
        closed.chmod(0)
        with unprivileged():
            assert read_config(config) is None
        closed.chmod(0o700)


def test_a_broken_entry_does_not_disable_the_others(person: Home) -> None:
    config = read_config(person.write(person.docker, {"auths": {"bad": {"auth": "*"}, "good": basic("u")}}))
    assert config
    assert config.entry("good").username == "u"
    with pytest.raises(CredentialsError, match="entry 'bad' of"):
        config.entry("bad")


def test_a_helper_for_the_host_takes_precedence_over_the_store() -> None:
    config = DockerConfig("here", cred_helpers={"r.example": "mine", "own.example": ""}, creds_store="all")
    assert config.helper_for("r.example") == ("mine", ("r.example",))
    assert config.helper_for("other.example") == ("all", ("other.example",))
    assert config.helper_for("own.example")[0] == ""


def test_a_helper_for_docker_hub_is_found_under_each_of_its_names() -> None:
    config = DockerConfig("here", cred_helpers={"docker.io": "mine"})
    assert config.helper_for("index.docker.io") == ("mine", ("https://index.docker.io/v1/", "docker.io"))


def test_headers_are_read_but_for_the_user_agent() -> None:
    config = DockerConfig.parse(b'{"HttpHeaders": {"X-Meta": "a b", "user-agent": "x"}}', "here")
    assert config.http_headers == {"X-Meta": "a b"}


def test_a_configuration_shows_no_secret() -> None:
    config = DockerConfig("here", auths={"r.example": basic("u")}, http_headers={"Authorization": SECRET})
    assert SECRET not in repr(config)
    assert basic("u")["auth"] not in repr(config)

"""The entries of credentials files, in and out."""

from __future__ import annotations

import base64
from contextlib import suppress

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pycrane._errors import CredentialsError
from pycrane._keychain.auth_entry import decode_auth, encode_auth, read_entry, write_entry
from pycrane._keychain.credentials import ANONYMOUS, Credentials

plain = st.text(st.characters(codec="utf-8", exclude_characters="\0"))
usernames = plain.filter(lambda text: text and ":" not in text)


@settings(deadline=None)
@given(usernames, plain)
def test_what_is_written_is_read(username: str, password: str) -> None:
    assert decode_auth(encode_auth(username, password), "here") == (username, password)


@settings(deadline=None)
@given(usernames, plain, plain, plain)
def test_an_entry_is_read_as_it_was_written(
    username: str, password: str, identity: str, registry: str
) -> None:
    credentials = Credentials(username, password, identity, registry)
    assert read_entry(write_entry(credentials), "here") == credentials


@settings(deadline=None)
@given(st.text())
def test_any_text_is_decoded_or_refused(text: str) -> None:
    with suppress(CredentialsError):
        username, password = decode_auth(text, "here")
        packed = "".join(text.split()).rstrip("=")
        raw = base64.b64decode(packed + "=" * (-len(packed) % 4), validate=True).decode()
        assert raw.startswith(f"{username}:")
        assert raw.partition(":")[2].strip("\0") == password


def test_a_password_may_contain_colons() -> None:
    assert decode_auth(encode_auth("u", "a:b:c"), "here") == ("u", "a:b:c")


def test_auth_may_be_unpadded_or_broken_into_lines() -> None:
    assert decode_auth("dTpwdw", "here") == ("u", "pw")
    assert decode_auth("dTp\nwdw==\n", "here") == ("u", "pw")


def test_nuls_around_a_password_are_dropped() -> None:
    assert decode_auth(base64.b64encode(b"u:pw\0\0").decode(), "here") == ("u", "pw")


def test_auth_takes_precedence_over_the_separate_fields() -> None:
    assert read_entry(
        {"auth": encode_auth("u", "p"), "username": "x", "password": "y"}, "here"
    ) == Credentials("u", "p")
    assert read_entry({"username": "x", "password": "y"}, "here") == Credentials("x", "y")


def test_an_empty_entry_and_a_null_are_anonymous() -> None:
    assert read_entry({}, "here") == ANONYMOUS
    assert read_entry(None, "here") == ANONYMOUS
    assert read_entry({"auth": "", "email": "a@b"}, "here") == ANONYMOUS


@pytest.mark.parametrize(
    ("auth", "secret"),
    [
        ("*s3cret*", "s3cret"),
        ("s3cret", "s3cret"),
        ("s3creté", "s3cret"),
        (base64.b64encode(b"s3cret").decode(), "s3cret"),
        (base64.b64encode(b":s3cret").decode(), "s3cret"),
        (base64.b64encode(b"u:s3cret\xff").decode(), "s3cret"),
    ],
)
def test_a_broken_auth_is_an_error_that_quotes_nothing(auth: str, secret: str) -> None:
    with pytest.raises(CredentialsError) as caught:
        read_entry({"auth": auth}, "entry 'r.example' of config.json")
    assert "entry 'r.example' of config.json" in caught.value.message
    assert secret not in repr(caught.value)
    assert auth not in repr(caught.value)


@pytest.mark.parametrize("entry", [[], "dTpw", 1, {"auth": 1}, {"username": ["x"]}, {"identitytoken": {}}])
def test_a_wrong_type_is_an_error(entry: object) -> None:
    with pytest.raises(CredentialsError, match="here"):
        read_entry(entry, "here")


def test_a_new_entry_replaces_the_fields_of_docker_and_keeps_the_rest() -> None:
    old = {"email": "a@b", "identitytoken": "old", "username": "old", "x": 1}
    assert write_entry(Credentials("u", "p"), old) == {"auth": encode_auth("u", "p"), "email": "a@b", "x": 1}

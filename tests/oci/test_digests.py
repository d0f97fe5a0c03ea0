"""Digests are read by the grammar of the image specification."""

from __future__ import annotations

import hashlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pycrane._errors import InvalidReferenceError
from pycrane._oci.digest import Digest

HEX = "0123456789abcdef"


@given(st.binary(), st.sampled_from(["sha256", "sha384", "sha512"]))
def test_a_digest_of_bytes_matches_these_and_no_others(data: bytes, algorithm: str) -> None:
    digest = Digest.of(data, algorithm)
    assert str(digest) == f"{algorithm}:{hashlib.new(algorithm, data).hexdigest()}"
    assert Digest.parse(str(digest)) == digest
    assert digest.verifiable
    assert digest.matches(data)
    assert not digest.matches(data + b"x")


def test_a_digest_can_be_taken_piece_by_piece() -> None:
    digest = Digest.of(b"one two", "sha512")
    hasher = digest.hasher()
    hasher.update(b"one ")
    hasher.update(b"two")
    assert hasher.hexdigest() == digest.encoded


@given(
    algorithm=st.from_regex(r"[a-z0-9]+([+._-][a-z0-9]+)*", fullmatch=True),
    encoded=st.from_regex(r"[a-zA-Z0-9=_-]+", fullmatch=True),
)
def test_an_algorithm_that_is_not_known_is_carried_and_not_verified(algorithm: str, encoded: str) -> None:
    if algorithm not in ("sha256", "sha384", "sha512"):
        digest = Digest.parse(f"{algorithm}:{encoded}")
        assert (digest.algorithm, digest.encoded) == (algorithm, encoded)
        assert not digest.verifiable


@pytest.mark.parametrize(
    "text",
    [
        "",
        "sha256",
        "sha256:",
        ":" + "a" * 64,
        "sha256:" + "a" * 63,
        "sha256:" + "a" * 65,
        "sha256:" + "A" * 64,
        "sha256:" + "g" * 64,
        "sha512:" + "a" * 64,
        "SHA256:" + "a" * 64,
        "sha256:" + "a" * 64 + "\n",
        " sha256:" + "a" * 64,
        "sha256:../../etc/passwd",
        "a..b:c",
        "a+:c",
        "sha256:" + "\u0661" * 64,
    ],
)
def test_what_breaks_the_grammar_is_refused(text: str) -> None:
    with pytest.raises(InvalidReferenceError, match="is not a digest"):
        Digest.parse(text)


@given(st.text())
def test_text_is_a_digest_or_refused(text: str) -> None:
    try:
        digest = Digest.parse(text)
    except InvalidReferenceError:
        return
    assert str(digest) == text
    assert not {"/", "\\", "\0"} & set(text)

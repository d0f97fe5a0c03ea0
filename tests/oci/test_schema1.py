"""Docker's signed manifests: what is in them, what they are called, and who signed them."""

from __future__ import annotations

import json

import pytest
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from hypothesis import given
from hypothesis import strategies as st
from oci.signing import b64, jwk, key_id, payload, signature, signed
from peers.authority import self_signed

from pycrane._errors import IntegrityError, LimitExceededError, MalformedError, PycraneError, UnsupportedError
from pycrane._limits import Limits
from pycrane._oci.digest import Digest
from pycrane._oci.schema1 import parse_schema1, payload_digest

P256 = ec.generate_private_key(ec.SECP256R1())
KEYS = {
    "P-256": P256,
    "P-384": ec.generate_private_key(ec.SECP384R1()),
    "P-521": ec.generate_private_key(ec.SECP521R1()),
    "RSA": rsa.generate_private_key(public_exponent=65537, key_size=2048),
}
PLAIN = payload()


def test_its_fields_are_read_newest_first():
    manifest = parse_schema1(signed(PLAIN, signature(PLAIN, P256)))
    assert (manifest.name, manifest.tag, manifest.architecture) == ("team/old", "1", "amd64")
    assert [str(layer)[:12] for layer in manifest.layers] == ["sha256:a3ed9"]
    assert manifest.history == ({"id": "1" * 64, "os": "linux"},)


def test_its_digest_is_that_of_what_was_signed():
    document = signed(PLAIN, signature(PLAIN, P256))
    assert parse_schema1(document).payload == PLAIN
    assert parse_schema1(document).digest == payload_digest(document) == Digest.of(PLAIN)
    assert payload_digest(PLAIN) == Digest.of(PLAIN)


@pytest.mark.parametrize("key", KEYS.values(), ids=KEYS)
def test_a_signature_with_a_key_fits(key):
    assert parse_schema1(signed(PLAIN, signature(PLAIN, key))).verify() == (key_id(key),)


@pytest.mark.parametrize("key", [P256, KEYS["RSA"]], ids=["P-256", "RSA"])
def test_a_signature_with_a_certificate_fits(key):
    document = signed(PLAIN, signature(PLAIN, key, self_signed(key)))
    assert parse_schema1(document).verify() == (key_id(key),)


def test_several_signatures_fit_together():
    document = signed(PLAIN, *(signature(PLAIN, key) for key in KEYS.values()))
    assert set(parse_schema1(document).verify()) == {key_id(key) for key in KEYS.values()}


def test_a_key_may_be_without_a_name():
    nameless = {name: value for name, value in jwk(P256).items() if name != "kid"}
    assert parse_schema1(signed(PLAIN, signature(PLAIN, P256, jwk=nameless))).verify() == (key_id(P256),)


def test_what_is_not_signed_is_read_and_not_verified():
    with pytest.raises(IntegrityError, match="is not signed"):
        parse_schema1(PLAIN).verify()


@pytest.mark.parametrize("key", KEYS.values(), ids=KEYS)
def test_another_payload_does_not_fit(key):
    other = PLAIN.replace(b"amd64", b"arm64")
    made = signature(PLAIN, key)
    with pytest.raises(IntegrityError, match="does not fit"):
        parse_schema1(signed(other, made)).verify()


def test_one_bad_signature_of_two_is_enough():
    other = PLAIN.replace(b"amd64", b"arm64")
    with pytest.raises(IntegrityError, match="does not fit"):
        parse_schema1(signed(PLAIN, signature(PLAIN, P256), signature(other, KEYS["RSA"]))).verify()


def test_a_document_that_says_something_else_than_what_was_signed_is_refused():
    made = signature(PLAIN, P256)
    hidden = {"formatLength": 0, "formatTail": b64(PLAIN), "time": "2020-01-01T00:00:00Z"}
    made["protected"] = b64(json.dumps(hidden).encode())
    shown = {"schemaVersion": 2, "config": {}, "layers": [], "signatures": [made]}
    with pytest.raises(MalformedError, match="something else than what was signed"):
        parse_schema1(json.dumps(shown).encode())
    assert payload_digest(json.dumps(shown).encode()) is None


@pytest.mark.parametrize(
    ("change", "kind", "match"),
    [
        ({"alg": "none"}, UnsupportedError, "algorithm 'none'"),
        ({"alg": "RS256"}, UnsupportedError, "algorithm 'RS256'"),
        ({"alg": "ES384"}, UnsupportedError, "algorithm 'ES384'"),
        ({"jwk": None}, MalformedError, "without a key"),
        ({"jwk": {"kty": "oct", "k": "AA"}}, UnsupportedError, "'oct'"),
        ({"jwk": {**jwk(P256), "kid": "AAAA"}}, MalformedError, "calls itself"),
        ({"jwk": {**jwk(P256), "x": "AA"}}, MalformedError, "x is 1 bytes"),
        ({"jwk": {**jwk(P256), "y": jwk(P256)["x"]}}, MalformedError, "key that is none"),
        ({"jwk": {"kty": "RSA", "e": "AQ", "n": "AQ"}}, MalformedError, "key that is none"),
        ({"x5c": ["AAAA"]}, MalformedError, "key that is none"),
        ({"x5c": [7]}, MalformedError, "not a list of certificates"),
        ({"x5c": {"a": "b"}}, MalformedError, "not a list of certificates"),
    ],
)
def test_a_signature_that_cannot_be_one_is_refused(change, kind, match):
    manifest = parse_schema1(signed(PLAIN, signature(PLAIN, P256, **change)))
    with pytest.raises(kind, match=match):
        manifest.verify()


def test_a_signature_of_a_wrong_length_is_refused():
    made = {**signature(PLAIN, P256), "signature": "AAAA"}
    with pytest.raises(MalformedError, match="3 bytes, expected 64"):
        parse_schema1(signed(PLAIN, made)).verify()


def test_signatures_of_different_forms_are_refused():
    first, second = signature(PLAIN, P256), signature(PLAIN + b"\n", P256)
    with pytest.raises(MalformedError, match="different payloads"):
        parse_schema1(signed(PLAIN, first, second))


@pytest.mark.parametrize(
    ("change", "match"),
    [
        ({"header": 1}, "without a header"),
        ({"protected": "e30"}, "formatLength None"),
        ({"protected": b64(b'{"formatLength":true,"formatTail":""}')}, "formatLength True"),
        ({"protected": b64(b'{"formatLength":999999,"formatTail":""}')}, "is shorter"),
        ({"protected": "*"}, "base64url"),
        ({"signature": "*"}, "base64url"),
        ({"signature": 1}, "not a string"),
    ],
)
def test_a_signature_without_its_form_is_refused(change, match):
    with pytest.raises(MalformedError, match=match):
        parse_schema1(signed(PLAIN, {**signature(PLAIN, P256), **change}))


@pytest.mark.parametrize(
    ("old", "new", "match"),
    [
        (b'"schemaVersion": 1', b'"schemaVersion": 2', "expected 1"),
        (b'"schemaVersion": 1', b'"schemaVersion": true', "expected 1"),
        (b"sha256:", b"sha256-", "not a valid digest"),
        (b'"tag": "1"', b'"tag": 1', "'tag' of schema 1 manifest is not a string"),
        (b'"fsLayers": [', b'"fsLayers": [1,', "not a list of objects"),
        (b'"v1Compatibility": "', b'"v1Compatibility": "x', "not valid JSON"),
    ],
)
def test_a_document_of_another_shape_is_refused(old, new, match):
    broken = PLAIN.replace(old, new, 1)
    assert broken != PLAIN
    with pytest.raises(MalformedError, match=match):
        parse_schema1(broken)


def test_there_are_bounds():
    document = signed(PLAIN, *[signature(PLAIN, P256)] * 3)
    with pytest.raises(LimitExceededError, match="signatures"):
        parse_schema1(document, limits=Limits(schema1_signatures=2))
    with pytest.raises(LimitExceededError, match="layers"):
        parse_schema1(document, limits=Limits(layers=0))


@given(st.data())
def test_damage_is_an_error_or_does_not_matter(data):
    document = bytearray(signed(PLAIN, DAMAGED))
    for _ in range(data.draw(st.integers(1, 3))):
        document[data.draw(st.integers(0, len(document) - 1))] = data.draw(st.integers(0, 255))
    try:
        manifest = parse_schema1(bytes(document))
        manifest.verify()
    except PycraneError:
        return
    assert manifest.payload == PLAIN


DAMAGED = signature(PLAIN, P256)


def test_without_the_package_it_says_what_to_install(monkeypatch):
    import builtins
    import sys

    real = builtins.__import__

    def without(name, *args, **kwargs):
        if name.startswith("cryptography"):
            raise ImportError(name)
        return real(name, *args, **kwargs)

    monkeypatch.delitem(sys.modules, "pycrane._oci.schema1_signatures", raising=False)
    monkeypatch.setattr(builtins, "__import__", without)
    manifest = parse_schema1(signed(PLAIN, DAMAGED))
    with pytest.raises(UnsupportedError, match="not installed") as caught:
        manifest.verify()
    assert "pycrane[schema1]" in caught.value.hint

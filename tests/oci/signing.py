"""Schema 1 manifests signed as libtrust signs them, by a signer of our own."""

from __future__ import annotations

import base64
import hashlib
import json
from typing import Any

from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, padding, rsa
from cryptography.hazmat.primitives.asymmetric.utils import decode_dss_signature
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

Key = ec.EllipticCurvePrivateKey | rsa.RSAPrivateKey

_CURVES = {"secp256r1": ("P-256", 32), "secp384r1": ("P-384", 48), "secp521r1": ("P-521", 66)}
_EC = {
    "P-256": ("ES256", hashes.SHA256()),
    "P-384": ("ES384", hashes.SHA384()),
    "P-521": ("ES512", hashes.SHA512()),
}


def b64(data: bytes) -> str:
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()


def key_id(key: Key) -> str:
    der = key.public_key().public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)
    text = base64.b32encode(hashlib.sha256(der).digest()[:30]).decode()
    return ":".join(text[start : start + 4] for start in range(0, 48, 4))


def jwk(key: Key) -> dict[str, Any]:
    numbers = key.public_key().public_numbers()
    if isinstance(numbers, rsa.RSAPublicNumbers):
        e, n = (number.to_bytes((number.bit_length() + 7) // 8, "big") for number in (numbers.e, numbers.n))
        return {"e": b64(e), "kid": key_id(key), "kty": "RSA", "n": b64(n)}
    name, width = _CURVES[numbers.curve.name]
    x, y = (b64(number.to_bytes(width, "big")) for number in (numbers.x, numbers.y))
    return {"crv": name, "kid": key_id(key), "kty": "EC", "x": x, "y": y}


def signature(
    payload: bytes, key: Key, certificate: x509.Certificate | None = None, **header: Any
) -> dict[str, Any]:
    """One entry of `signatures`. `header` overrides members of its header."""
    length = len(payload.rstrip()[:-1].rstrip())
    protected = b64(
        json.dumps(
            {"formatLength": length, "formatTail": b64(payload[length:]), "time": "2020-01-01T00:00:00Z"}
        ).encode()
    )
    signed = f"{protected}.{b64(payload)}".encode()
    named: dict[str, Any] = {"jwk": jwk(key)}
    if certificate is not None:
        named = {"x5c": [base64.b64encode(certificate.public_bytes(Encoding.DER)).decode()]}
    if isinstance(key, rsa.RSAPrivateKey):
        algorithm, made = "RS256", key.sign(signed, padding.PKCS1v15(), hashes.SHA256())
    else:
        name, width = _CURVES[key.curve.name]
        algorithm, hashed = _EC[name]
        r, s = decode_dss_signature(key.sign(signed, ec.ECDSA(hashed)))
        made = r.to_bytes(width, "big") + s.to_bytes(width, "big")
    return {"header": {**named, "alg": algorithm, **header}, "signature": b64(made), "protected": protected}


def signed(payload: bytes, *signatures: dict[str, Any]) -> bytes:
    """The document: the payload with its signatures as the last member."""
    body = payload.rstrip()[:-1].rstrip()
    entries = json.dumps(list(signatures), indent=3).replace("\n", "\n   ")
    return body + b',\n   "signatures": ' + entries.encode() + b"\n}"


def payload(name: str = "team/old", tag: str = "1", layer: str | None = None) -> bytes:
    """A manifest of one layer, as Docker wrote it: indented by three spaces."""
    layer = layer or "sha256:a3ed95caeb02ffe68cdd9fd84406680ae93d633cb16422d00e8a7c22955b46d4"
    document = {
        "schemaVersion": 1,
        "name": name,
        "tag": tag,
        "architecture": "amd64",
        "fsLayers": [{"blobSum": layer}],
        "history": [{"v1Compatibility": json.dumps({"id": "1" * 64, "os": "linux"})}],
    }
    return json.dumps(document, indent=3).encode()

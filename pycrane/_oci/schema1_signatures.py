"""The signatures of schema 1 manifests checked (RFC 7515 and 7518, as libtrust uses them).

Whoever holds a key can sign: that a signature fits says that the payload is what was signed, and by which
key, and nothing about whose key it is.
"""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from pycrane._errors import IntegrityError, MalformedError, UnsupportedError
from pycrane._oci.jws import Schema1Signature, decode

try:
    from cryptography import x509
    from cryptography.exceptions import InvalidSignature, UnsupportedAlgorithm
    from cryptography.hazmat.primitives.asymmetric import ec, padding, rsa
    from cryptography.hazmat.primitives.asymmetric.utils import encode_dss_signature
    from cryptography.hazmat.primitives.hashes import SHA256, SHA384, SHA512, HashAlgorithm
    from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
except ImportError as error:
    raise UnsupportedError(
        "schema 1 signatures cannot be checked: the package cryptography is not installed",
        hint="pip install 'pycrane[schema1]'",
    ) from error

if TYPE_CHECKING:
    PublicKey = ec.EllipticCurvePublicKey | rsa.RSAPublicKey

_CURVES: dict[str, ec.EllipticCurve] = {
    "P-256": ec.SECP256R1(),
    "P-384": ec.SECP384R1(),
    "P-521": ec.SECP521R1(),
}
_EC_ALGORITHMS: dict[str, tuple[str, HashAlgorithm]] = {
    "secp256r1": ("ES256", SHA256()),
    "secp384r1": ("ES384", SHA384()),
    "secp521r1": ("ES512", SHA512()),
}
"""By the curve of the key: each goes with one algorithm."""
_RSA_ALGORITHMS: dict[object, HashAlgorithm] = {"RS256": SHA256(), "RS384": SHA384(), "RS512": SHA512()}


def verify(signatures: Sequence[Schema1Signature], payload: bytes, what: str) -> tuple[str, ...]:
    """The ids of the keys of all signatures, each of which fits the payload; `what` names it in errors.

    Raises as `Schema1Manifest.verify` does.
    """
    if not signatures:
        raise IntegrityError(f"{what} is not signed")
    encoded = base64.urlsafe_b64encode(payload).rstrip(b"=")
    try:
        return tuple(_verify(each, encoded, what) for each in signatures)
    except UnsupportedAlgorithm as error:
        raise UnsupportedError(f"{what} is signed in a way that is not known here: {error}") from error


def key_id(key: PublicKey) -> str:
    """The name that libtrust gives a public key: twelve groups of four letters and digits."""
    der = key.public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)
    text = base64.b32encode(hashlib.sha256(der).digest()[:30]).decode()
    return ":".join(text[start : start + 4] for start in range(0, len(text), 4))


def _verify(signature: Schema1Signature, payload: bytes, what: str) -> str:
    key = _key(signature.header, what)
    signed = signature.protected.encode() + b"." + payload
    algorithm = signature.header.get("alg")
    try:
        if isinstance(key, rsa.RSAPublicKey):
            _verify_rsa(key, algorithm, signature.signature, signed, what)
        else:
            _verify_ec(key, algorithm, signature.signature, signed, what)
    except InvalidSignature as error:
        raise IntegrityError(f"the signature of {what} with key {key_id(key)} does not fit") from error
    return key_id(key)


def _verify_rsa(key: rsa.RSAPublicKey, algorithm: object, signature: bytes, signed: bytes, what: str) -> None:
    if algorithm not in _RSA_ALGORITHMS:
        raise _unfit(algorithm, "an RSA key", what)
    key.verify(signature, signed, padding.PKCS1v15(), _RSA_ALGORITHMS[algorithm])


def _verify_ec(
    key: ec.EllipticCurvePublicKey, algorithm: object, signature: bytes, signed: bytes, what: str
) -> None:
    expected, hashed = _EC_ALGORITHMS.get(key.curve.name, ("", SHA256()))
    if algorithm != expected:
        raise _unfit(algorithm, f"a key on {key.curve.name}", what)
    width = _width(key.curve)
    if len(signature) != 2 * width:
        raise MalformedError(f"{what} has a signature of {len(signature)} bytes, expected {2 * width}")
    r, s = (int.from_bytes(part, "big") for part in (signature[:width], signature[width:]))
    key.verify(encode_dss_signature(r, s), signed, ec.ECDSA(hashed))


def _width(curve: ec.EllipticCurve) -> int:
    """The bytes of a coordinate."""
    return (curve.key_size + 7) // 8


def _key(header: Mapping[str, Any], what: str) -> PublicKey:
    """The key of a signature: the first certificate's, else the one that stands there."""
    try:
        chain = header.get("x5c")
        key = _from_certificate(chain, what) if chain else _from_jwk(header.get("jwk"), what)
    except ValueError as error:
        if isinstance(error, MalformedError):
            raise
        raise MalformedError(f"{what} has a signature with a key that is none: {error}") from error
    jwk = header.get("jwk")
    said = jwk.get("kid") if isinstance(jwk, dict) and not chain else None
    if said is not None and said != key_id(key):
        raise MalformedError(f"{what} has a signature with a key that is not the one it calls itself")
    return key


def _from_certificate(chain: object, what: str) -> PublicKey:
    if not isinstance(chain, list) or not isinstance(chain[0], str):
        raise MalformedError(f"{what} has a signature with an x5c that is not a list of certificates")
    der = base64.b64decode(chain[0], validate=True)
    key = x509.load_der_x509_certificate(der).public_key()
    if not isinstance(key, ec.EllipticCurvePublicKey | rsa.RSAPublicKey):
        raise UnsupportedError(f"{what} is signed with a key that is neither RSA nor EC")
    return key


def _from_jwk(jwk: object, what: str) -> PublicKey:
    if not isinstance(jwk, dict):
        raise MalformedError(f"{what} has a signature without a key")
    if jwk.get("kty") == "RSA":
        return rsa.RSAPublicNumbers(_number(jwk, "e", what), _number(jwk, "n", what)).public_key()
    name = jwk.get("crv")
    if jwk.get("kty") != "EC" or name not in _CURVES:
        raise UnsupportedError(f"{what} is signed with a key of kind {jwk.get('kty')!r} on {name!r}")
    curve = _CURVES[name]
    x, y = (_number(jwk, member, what, _width(curve)) for member in ("x", "y"))
    return ec.EllipticCurvePublicNumbers(x, y, curve).public_key()


def _number(jwk: Mapping[str, Any], member: str, what: str, width: int | None = None) -> int:
    text = jwk.get(member)
    data = decode(text, what) if isinstance(text, str) else b""
    if not data or (width is not None and len(data) != width):
        raise MalformedError(f"{what} has a signature with a key whose {member} is {len(data)} bytes long")
    return int.from_bytes(data, "big")


def _unfit(algorithm: object, key: str, what: str) -> UnsupportedError:
    return UnsupportedError(f"{what} is signed with algorithm {algorithm!r} and {key}")

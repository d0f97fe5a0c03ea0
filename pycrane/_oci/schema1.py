"""Docker's signed manifests read (Docker image manifest v2, schema 1; libtrust's JSON signatures, RFC 7515).

The digest is of the payload, which is the document without its signatures: registries sign anew for each
answer, so two answers may differ and be the same manifest.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from pycrane._errors import InvalidReferenceError, LimitExceededError, MalformedError, expect
from pycrane._limits import DEFAULT_LIMITS, Limits
from pycrane._oci import go_json, json_fields, media_types
from pycrane._oci.digest import Digest
from pycrane._oci.frozen_json import frozen
from pycrane._oci.jws import Schema1Signature, decode


@dataclass(frozen=True, slots=True)
class Schema1Manifest:
    """A schema 1 manifest, signed or not. Layers and history are in the document's order, the newest first.

    `history` holds the objects that the document has as JSON text. `payload` are the bytes that the digest
    and the signatures are of; all fields but `signatures` are read from it alone.
    """

    name: str
    tag: str
    architecture: str
    layers: tuple[Digest, ...]
    history: tuple[Mapping[str, Any], ...]
    signatures: tuple[Schema1Signature, ...]
    payload: bytes
    raw: Mapping[str, Any]

    @property
    def media_type(self) -> str:
        """The media type that registries know the manifest by, signed or not."""
        return media_types.DOCKER_SCHEMA1_SIGNED if self.signatures else media_types.DOCKER_SCHEMA1

    @property
    def digest(self) -> Digest:
        """The digest that registries know the manifest by: of the payload."""
        return Digest.of(self.payload)

    def verify(self) -> tuple[str, ...]:
        """Check every signature and give the ids of the keys, which nothing here trusts or distrusts.

        Needs the extra `schema1` (the package cryptography).

        Raises:
            IntegrityError: there is no signature, or one that is not of this payload.
            MalformedError: a signature or key that breaks its format.
            UnsupportedError: an unknown algorithm, or the package is not installed.
        """
        from pycrane._oci.schema1_signatures import verify  # cryptography is an extra

        return verify(self.signatures, self.payload, f"schema 1 manifest {self.digest}")


def parse_schema1(
    raw: bytes, what: str = "schema 1 manifest", limits: Limits = DEFAULT_LIMITS
) -> Schema1Manifest:
    """Read a schema 1 manifest; `what` names it in errors. Signatures are not checked: see `verify`.

    Raises:
        MalformedError: no such manifest, or signatures that do not agree on what they are of.
        LimitExceededError: too many layers or signatures.
    """
    expect(limits, Limits, "limits")
    document = go_json.load_object(raw, what, limits)
    signatures = _signatures(document, what, limits)
    payload = _payload(raw, signatures, what)
    value = frozen(_signed_value(document, payload, what, limits) if signatures else document)
    if value.get("schemaVersion") != 1 or isinstance(value.get("schemaVersion"), bool):
        raise MalformedError(f"{what} has schemaVersion {value.get('schemaVersion')!r}, expected 1")
    layers = tuple(_layer(item, what) for item in json_fields.mappings(value, "fsLayers", what))
    if len(layers) > limits.layers:
        raise LimitExceededError(f"{what} has {len(layers)} layers, more than {limits.layers}")
    return Schema1Manifest(
        name=json_fields.text(value, "name", what),
        tag=json_fields.text(value, "tag", what),
        architecture=json_fields.text(value, "architecture", what),
        layers=layers,
        history=tuple(_history(item, what) for item in json_fields.mappings(value, "history", what)),
        signatures=signatures,
        payload=payload,
        raw=value,
    )


def payload_digest(raw: bytes) -> Digest | None:
    """The digest of a schema 1 manifest's payload; None for any other document."""
    if b"schemaVersion" not in raw:
        return None
    try:
        return parse_schema1(raw).digest
    except (MalformedError, LimitExceededError):
        return None


def _signatures(document: Mapping[str, Any], what: str, limits: Limits) -> tuple[Schema1Signature, ...]:
    items = json_fields.mappings(document, "signatures", what)
    if len(items) > limits.schema1_signatures:
        raise LimitExceededError(f"{what} has more than {limits.schema1_signatures} signatures")
    signatures = []
    for item in items:
        header = item.get("header")
        if not isinstance(header, dict):
            raise MalformedError(f"{what} has a signature without a header")
        signature = decode(json_fields.text(item, "signature", what), what)
        signatures.append(Schema1Signature(header, json_fields.text(item, "protected", what), signature))
    return tuple(signatures)


def _payload(raw: bytes, signatures: tuple[Schema1Signature, ...], what: str) -> bytes:
    """The payload that the signatures cover: the document's first bytes and a tail of their own."""
    if not signatures:
        return raw
    forms = {_form(each, what) for each in signatures}
    if len(forms) > 1:
        raise MalformedError(f"{what} has signatures of different payloads")
    length, tail = forms.pop()
    if length > len(raw):
        raise MalformedError(f"{what} has a signature of {length} bytes, and is shorter")
    return raw[:length] + tail


def _signed_value(
    document: Mapping[str, Any], payload: bytes, what: str, limits: Limits
) -> Mapping[str, Any]:
    """The payload read. It has to say what the document says: who reads that must not be told otherwise."""
    value = go_json.load_object(payload, f"payload of {what}", limits)
    shown = {key: item for key, item in document.items() if key != "signatures"}
    if go_json.dumps(shown) != go_json.dumps(value):
        raise MalformedError(f"{what} says something else than what was signed")
    return value


def _form(signature: Schema1Signature, what: str) -> tuple[int, bytes]:
    protected = go_json.load_object(decode(signature.protected, what), f"protected header of {what}")
    length = protected.get("formatLength")
    if type(length) is not int or length < 0:
        raise MalformedError(f"{what} has a signature with formatLength {length!r}")
    return length, decode(json_fields.text(protected, "formatTail", what), what)


def _layer(item: Mapping[str, Any], what: str) -> Digest:
    try:
        return Digest.parse(json_fields.text(item, "blobSum", what))
    except InvalidReferenceError as error:
        raise MalformedError(f"{what} has a layer that is not a valid digest: {error}") from error


def _history(item: Mapping[str, Any], what: str) -> Mapping[str, Any]:
    return go_json.load_object(json_fields.text(item, "v1Compatibility", what).encode(), f"history of {what}")

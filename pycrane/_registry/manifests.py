"""Manifests in a registry: got, looked at, put, deleted (distribution spec, Endpoints)."""

from __future__ import annotations

import zlib
from dataclasses import dataclass

from pycrane._errors import (
    DigestMismatchError,
    InvalidReferenceError,
    LimitExceededError,
    MalformedError,
    NotFoundError,
    PycraneError,
    RateLimitedError,
    RegistryError,
    UnauthorizedError,
    UnsupportedError,
)
from pycrane._events import Warned
from pycrane._oci import go_json, media_types
from pycrane._oci.descriptor import Descriptor
from pycrane._oci.digest import Digest
from pycrane._reference import Reference
from pycrane._registry.http.response import Response
from pycrane._registry.session import Session

_ACCEPT = {"Accept": ",".join(media_types.MANIFEST_ACCEPT)}
_DIGEST_HEADER = "Docker-Content-Digest"


def get_manifest(session: Session, reference: Reference) -> tuple[bytes, Descriptor]:
    """The raw bytes of a manifest or index, verified, and what they are.

    By digest the bytes are those of that digest. By tag they are those of the digest that the registry
    announces, if it does.

    Raises:
        NotFoundError: there is no such manifest.
        DigestMismatchError: the registry gives other bytes than it should.
        MalformedError: it announces another kind of manifest than it gives, for a tag.
        PycraneError: as `Session.request` does.
    """
    with session.request("GET", reference.repository, _path(reference), headers=_ACCEPT) as response:
        return _read(session, reference, response)


def head_manifest(session: Session, reference: Reference) -> Descriptor:
    """Return the descriptor of a manifest, without its bytes where the registry tells it so.

    Raises as `get_manifest` does.
    """
    return _looked_at(session, reference) or get_manifest(session, reference)[1]


def find_manifest(session: Session, reference: Reference) -> Descriptor | None:
    """Return the descriptor of a manifest, or None if it is not there. Raises as `get_manifest` else."""
    try:
        descriptor = _looked_at(session, reference, missing_ok=True)
        return descriptor or get_manifest(session, reference)[1]
    except NotFoundError:
        return None


def put_manifest(session: Session, reference: Reference, raw: bytes, media_type: str) -> Digest:
    """Write a manifest under a tag or digest, and give its digest. Raises as `write_manifest` does."""
    return write_manifest(session, reference, raw, media_type).digest


@dataclass(frozen=True, slots=True)
class Written:
    """Result of writing a manifest: its digest, and whether the registry noted its subject."""

    digest: Digest
    subject_noted: bool


def write_manifest(session: Session, reference: Reference, raw: bytes, media_type: str) -> Written:
    """Write a manifest under a tag or digest.

    That a registry refuses to write again what the tag already names is not an error.

    Raises:
        DigestMismatchError: the registry took it for something else, or the reference's digest is of other
            bytes; nothing is sent then.
        PycraneError: as `Session.request` does.
    """
    digest = _signed(raw) if media_type in media_types.SCHEMA1 else None
    digest = digest or Digest.of(raw, reference.digest.algorithm if reference.digest else "sha256")
    if reference.digest and reference.digest != digest:
        raise DigestMismatchError(f"{reference}: the manifest to be put there has the digest {digest}")
    try:
        response = session.request(
            "PUT",
            reference.repository,
            _path(reference),
            actions=("pull", "push"),
            headers={"Content-Type": media_type},
            body=raw,
        )
    except RegistryError as error:
        if not _already_there(session, reference, digest, error):
            raise
        return Written(digest, subject_noted=False)
    with response:
        announced = _announced(response)
    if announced and announced.algorithm == digest.algorithm and announced != digest:
        raise DigestMismatchError(f"{reference}: put {digest}, and the registry says it is {announced}")
    return Written(digest, "OCI-Subject" in response.headers)


def delete_manifest(session: Session, reference: Reference) -> None:
    """Delete a tag, or a manifest with all its tags if the reference is a digest.

    Raises:
        NotFoundError: it is not there.
        PycraneError: as `Session.request` does.
    """
    with session.request(
        "DELETE",
        reference.repository,
        _path(reference),
        actions=("pull", "push", "delete"),
        accept=(*range(200, 300), 404),
    ) as response:
        # Missing after a try whose answer was lost: that try deleted it.
        if response.status == 404 and not response.repeated:
            from pycrane._registry.http.error_responses import error_from

            raise error_from(response, limits=session.limits)


def _path(reference: Reference) -> str:
    return f"manifests/{reference.identifier}"


def _looked_at(session: Session, reference: Reference, missing_ok: bool = False) -> Descriptor | None:
    """Return the descriptor by HEAD; None if it is incomplete, or fails where GET may still work."""
    try:
        response = session.request("HEAD", reference.repository, _path(reference), headers=_ACCEPT)
    except (UnauthorizedError, RateLimitedError):
        raise
    except RegistryError as error:
        if missing_ok and isinstance(error, NotFoundError):
            raise
        return None
    with response:
        kind = media_types.normalize(response.headers.get("Content-Type", ""))
        size = response.length
        digest = reference.digest or _announced(response)
    if not digest or not size or kind not in media_types.MANIFEST_ACCEPT:
        return None
    return Descriptor(kind, digest, size)


def _read(session: Session, reference: Reference, response: Response) -> tuple[bytes, Descriptor]:
    raw = response.body(session.limits.manifest_size)
    response.check_not_web_page(raw, f"manifest of {reference}")
    announced = _announced(response)
    digest = reference.digest or announced
    if digest and digest.verifiable and not digest.matches(raw):
        raw = _decoded(raw, response, session.limits.manifest_size)
        if not digest.matches(raw) and _signed(raw) != digest:
            raise DigestMismatchError(
                f"manifest of {reference}: expected {digest}, found {Digest.of(raw, digest.algorithm)}"
            )
    if digest is None or not digest.verifiable:
        digest = Digest.of(raw)
    return raw, Descriptor(_media_type(session, reference, response, raw), digest, len(raw))


def _announced(response: Response) -> Digest | None:
    """The digest that the registry announces; None if it announces none that can be read.

    Raises:
        MalformedError: it announces two.
    """
    found = {part.strip() for part in response.headers.get(_DIGEST_HEADER, "").split(",") if part.strip()}
    if len(found) > 1:
        raise MalformedError(f"{response.registry} announces several digests for one manifest")
    try:
        return Digest.parse(found.pop()) if found else None
    except InvalidReferenceError:
        return None


def _decoded(raw: bytes, response: Response, limit: int) -> bytes:
    """Decompress a manifest that a proxy compressed unasked."""
    if response.headers.get("Content-Encoding", "").lower() not in ("gzip", "x-gzip"):
        return raw
    try:
        inflater = zlib.decompressobj(wbits=31)
        plain = inflater.decompress(raw, limit)
    except zlib.error:
        return raw
    if inflater.unconsumed_tail:
        raise LimitExceededError(f"a manifest of {response.registry} is longer than {limit} bytes")
    return plain


def _signed(raw: bytes) -> Digest | None:
    """The digest of a schema 1 manifest, which is that of what was signed; None of any other."""
    from pycrane._oci.schema1 import payload_digest  # hardly any manifest is one

    return payload_digest(raw)


def _media_type(session: Session, reference: Reference, response: Response, raw: bytes) -> str:
    """The media type of verified bytes; what they say themselves counts more than the header for a digest."""
    said = media_types.normalize(response.headers.get("Content-Type", ""))
    try:
        value = go_json.load_object(raw, f"manifest of {reference}")
    except (MalformedError, LimitExceededError):
        if reference.digest or _announced(response):
            return said
        raise
    if value.get("schemaVersion") == 1:
        return said if said in media_types.SCHEMA1 else media_types.DOCKER_SCHEMA1_SIGNED
    what = f"manifest of {reference}"
    try:
        return media_types.of_manifest(value, said, what)
    except UnsupportedError:
        return str(value.get("mediaType") or said)
    except MalformedError as error:
        if reference.digest is None:
            raise
        kind = media_types.of_manifest(value, "", what)
        session.listener(Warned(str(error), reference.registry))
        return kind


def _already_there(session: Session, reference: Reference, digest: Digest, error: RegistryError) -> bool:
    """Whether a refusal to write was for a tag that cannot be changed and is what was to be written."""
    if error.status not in (400, 403, 405, 409, 412) or reference.digest:
        return False
    try:
        found = find_manifest(session, reference)
    except PycraneError:
        return False
    return found is not None and found.digest == digest

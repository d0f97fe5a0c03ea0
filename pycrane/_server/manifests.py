"""Manifests by tag and digest (distribution spec, Pulling, Pushing and Deleting manifests)."""

from __future__ import annotations

from pycrane._errors import LimitExceededError, MalformedError
from pycrane._oci.digest import Digest
from pycrane._server.contents import StoredManifest, read_manifest
from pycrane._server.exchange import Exchange
from pycrane._server.messages import FilePart, Response
from pycrane._server.refusals import Code, Refusal
from pycrane._server.routes import check_reference
from pycrane._server.store import FullError

_CHUNK = 64 * 1024


def get(exchange: Exchange) -> Response:
    """A manifest's bytes as they were pushed."""
    reference = check_reference(exchange.route.item)
    manifest = exchange.store.manifest(exchange.repository, reference)
    blob = exchange.store.blob(exchange.repository, manifest.digest) if manifest else None
    if manifest is None or blob is None:
        raise Refusal(Code.MANIFEST_UNKNOWN, "this repository has no such manifest")
    headers = (
        ("Content-Type", manifest.media_type),
        ("Docker-Content-Digest", str(manifest.digest)),
        ("ETag", f'"{manifest.digest}"'),
    )
    return Response(200, headers, FilePart(blob.file, 0, blob.size))


def put(exchange: Exchange) -> Response:
    """Store a manifest under a tag, or under its digest and the tags of the query."""
    data = _read(exchange)
    digest, tags = _names(exchange, data)
    if not digest.matches(data):
        raise Refusal(Code.DIGEST_INVALID, "the manifest has another digest")
    manifest = _parse(exchange, data, digest)
    try:
        exchange.store.add_manifest(exchange.repository, manifest, data, tags)
    except FullError as error:
        raise Refusal(Code.DENIED, f"this repository is full: {error}", status=507) from error
    headers = [("Docker-Content-Digest", str(digest))]
    if manifest.subject:
        headers.append(("OCI-Subject", str(manifest.subject)))
    headers += [("OCI-Tag", tag) for tag in tags]
    return exchange.created(f"manifests/{digest}", *headers)


def delete(exchange: Exchange) -> Response:
    """Remove a tag, or a manifest with every tag on it."""
    reference = check_reference(exchange.route.item)
    if isinstance(reference, str):
        gone = exchange.store.remove_tag(exchange.repository, reference)
    else:
        gone = exchange.store.remove_manifest(exchange.repository, reference)
    if not gone:
        raise Refusal(Code.MANIFEST_UNKNOWN, "this repository has no such manifest")
    return Response(202)


def _names(exchange: Exchange, data: bytes) -> tuple[Digest, tuple[str, ...]]:
    """The digest of the manifest, and the tags to put on it."""
    reference = check_reference(exchange.route.item)
    if isinstance(reference, str):
        return Digest.of(data), (reference,)
    return reference, _tags(exchange)


def _tags(exchange: Exchange) -> tuple[str, ...]:
    """The `tag` parameters, which may also be lists joined by commas, each once."""
    texts = ",".join(exchange.request.query.get("tag", ())).split(",")
    tags = tuple(dict.fromkeys(text for text in texts if text))
    for tag in tags:
        if isinstance(check_reference(tag), Digest):
            raise Refusal(Code.TAG_INVALID, "not a tag")
    return tags


def _read(exchange: Exchange) -> bytes:
    limit = exchange.limits.manifest_size
    if (exchange.request.length or 0) > limit:
        raise _too_large(limit)
    data = bytearray()
    buffer = memoryview(bytearray(_CHUNK))
    while count := exchange.request.body.readinto(buffer):
        data += buffer[:count]
        if len(data) > limit:
            raise _too_large(limit)
    return bytes(data)


def _too_large(limit: int) -> Refusal:
    return Refusal(Code.SIZE_INVALID, f"manifests of up to {limit} bytes are taken", status=413)


def _parse(exchange: Exchange, data: bytes, digest: Digest) -> StoredManifest:
    media_type = exchange.request.headers.get("content-type", "").partition(";")[0].strip()
    try:
        with exchange.parsing.share(len(data)):
            return read_manifest(data, media_type, digest, exchange.limits)
    except (MalformedError, LimitExceededError) as error:
        raise Refusal(Code.MANIFEST_INVALID, str(error)) from error

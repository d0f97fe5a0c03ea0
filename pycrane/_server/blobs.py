"""Downloading and deleting blobs (distribution spec, Pulling blobs and Deleting Blobs)."""

from __future__ import annotations

from pycrane._oci.digest import Digest
from pycrane._server.exchange import Exchange
from pycrane._server.messages import FilePart, Response
from pycrane._server.ranges import UnsatisfiableRangeError, download_range
from pycrane._server.refusals import Code, Refusal
from pycrane._server.store import Blob


def get(exchange: Exchange) -> Response:
    """A blob, or the range of it that is requested."""
    digest = exchange.digest()
    blob = exchange.store.blob(exchange.repository, digest)
    if blob is None:
        raise Refusal(Code.BLOB_UNKNOWN, "this repository has no such blob")
    try:
        part = download_range(_range(exchange, digest), blob.size)
    except UnsatisfiableRangeError as error:
        blob.file.close()
        headers = (("Content-Range", f"bytes */{blob.size}"),)
        raise Refusal(Code.RANGE_INVALID, "no byte is in this range", headers=headers) from error
    return _response(blob, digest, part)


def delete(exchange: Exchange) -> Response:
    """Remove a blob from the repository."""
    if not exchange.store.remove_blob(exchange.repository, exchange.digest()):
        raise Refusal(Code.BLOB_UNKNOWN, "this repository has no such blob")
    return Response(202)


def _range(exchange: Exchange, digest: Digest) -> str | None:
    headers = exchange.request.headers
    if exchange.request.method != "GET" or headers.get("if-range", _etag(digest)) != _etag(digest):
        return None
    return headers.get("range")


def _response(blob: Blob, digest: Digest, part: tuple[int, int] | None) -> Response:
    start, length = part or (0, blob.size)
    headers = [
        ("Content-Type", "application/octet-stream"),
        ("Docker-Content-Digest", str(digest)),
        ("Accept-Ranges", "bytes"),
        ("ETag", _etag(digest)),
    ]
    if part:
        headers.append(("Content-Range", f"bytes {start}-{start + length - 1}/{blob.size}"))
    return Response(206 if part else 200, tuple(headers), FilePart(blob.file, start, length))


def _etag(digest: Digest) -> str:
    return f'"{digest}"'

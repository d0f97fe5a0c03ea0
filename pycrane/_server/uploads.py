"""Uploads and mounts of blobs (distribution spec, Pushing blobs)."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from pycrane._oci.digest import Digest
from pycrane._server.exchange import Exchange
from pycrane._server.messages import Request, Response
from pycrane._server.ranges import chunk_range, held_range
from pycrane._server.refusals import Code, Refusal
from pycrane._server.routes import check_digest, check_repository
from pycrane._server.store import (
    BusyError,
    OutOfOrderError,
    SessionOverError,
    TooManySessionsError,
    Upload,
    WrongDigestError,
)


def begin(exchange: Exchange) -> Response:
    """POST: mount a blob, store a whole one, or open a session."""
    request = exchange.request
    if (algorithm := request.parameter("digest-algorithm")) is not None:
        _check_algorithm(algorithm)
    if (mount := request.parameter("mount")) is not None and _mount(exchange, check_digest(mount)):
        return _blob_created(exchange, check_digest(mount))
    if (text := request.parameter("digest")) is not None:
        return _take_whole(exchange, check_digest(text))
    return _accepted(exchange, _begin_upload(exchange))


def status(exchange: Exchange) -> Response:
    """GET: the number of bytes that the session holds."""
    upload = _upload(exchange)
    return Response(204, _session_headers(exchange, upload))


def append(exchange: Exchange) -> Response:
    """PATCH: one chunk, or a stream without Content-Range."""
    upload = _upload(exchange)
    with _refusals(exchange, upload):
        upload.append(exchange.request.body, _start(exchange.request))
    return _accepted(exchange, upload)


def finish(exchange: Exchange) -> Response:
    """PUT: the last bytes, if there are more, and the digest of all."""
    upload = _upload(exchange)
    digest = check_digest(exchange.request.parameter("digest") or "")
    with _refusals(exchange, upload):
        upload.finish(exchange.request.body, _start(exchange.request), digest)
    return _blob_created(exchange, digest)


def cancel(exchange: Exchange) -> Response:
    """DELETE: end the session and remove its bytes."""
    upload = _upload(exchange)
    with _refusals(exchange, upload):
        upload.cancel()
    return Response(204)


def _mount(exchange: Exchange, digest: Digest) -> bool:
    source = exchange.request.parameter("from")
    return exchange.store.mount(
        exchange.repository, digest, check_repository(source) if source is not None else None
    )


def _take_whole(exchange: Exchange, digest: Digest) -> Response:
    upload = _begin_upload(exchange)
    try:
        with _refusals(exchange, upload):
            upload.finish(exchange.request.body, None, digest)
    except BaseException:
        upload.cancel()
        raise
    return _blob_created(exchange, digest)


def _begin_upload(exchange: Exchange) -> Upload:
    try:
        return exchange.store.begin_upload(exchange.repository)
    except TooManySessionsError as error:
        raise Refusal(Code.TOOMANYREQUESTS, "too many uploads are under way") from error


def _upload(exchange: Exchange) -> Upload:
    upload = exchange.store.upload(exchange.repository, exchange.route.item)
    if upload is None:
        raise _unknown()
    return upload


def _unknown() -> Refusal:
    return Refusal(Code.BLOB_UPLOAD_UNKNOWN, "no such upload session is open in this repository")


@contextmanager
def _refusals(exchange: Exchange, upload: Upload) -> Iterator[None]:
    try:
        yield
    except OutOfOrderError as error:
        message = f"the next byte of this session is {upload.size}"
        raise Refusal(Code.RANGE_INVALID, message, headers=_session_headers(exchange, upload)) from error
    except WrongDigestError as error:
        raise Refusal(Code.DIGEST_INVALID, "the uploaded bytes have another digest") from error
    except BusyError as error:
        message = "another request of this session is still under way"
        raise Refusal(Code.BLOB_UPLOAD_INVALID, message, status=409) from error
    except SessionOverError as error:
        raise _unknown() from error


def _start(request: Request) -> int | None:
    """Return the start of the chunk by its Content-Range; None without one."""
    header = request.headers.get("content-range")
    if header is None:
        return None
    span = chunk_range(header)
    if span is None:
        raise Refusal(Code.RANGE_INVALID, "Content-Range is not FIRST-LAST", status=400)
    if request.length is not None and request.length != span[1] - span[0] + 1:
        raise Refusal(Code.SIZE_INVALID, "Content-Range and Content-Length disagree")
    return span[0]


def _check_algorithm(name: str) -> None:
    if not Digest(name, "").verifiable:
        raise Refusal(Code.DIGEST_INVALID, "this digest algorithm is not supported")


def _session_headers(exchange: Exchange, upload: Upload) -> tuple[tuple[str, str], ...]:
    return (
        ("Location", f"/v2/{exchange.repository}/blobs/uploads/{upload.id}"),
        ("Range", held_range(upload.size)),
        ("Docker-Upload-UUID", upload.id),
    )


def _accepted(exchange: Exchange, upload: Upload) -> Response:
    return Response(202, _session_headers(exchange, upload))


def _blob_created(exchange: Exchange, digest: Digest) -> Response:
    return exchange.created(f"blobs/{digest}", ("Docker-Content-Digest", str(digest)))

"""Blobs of a repository: whether one is there, and its bytes (distribution spec, Pulling blobs)."""

from __future__ import annotations

from functools import partial
from urllib.parse import urlsplit

from pycrane._errors import (
    NotFoundError,
    PycraneError,
    RateLimitedError,
    RegistryError,
    UnauthorizedError,
    UnsupportedError,
)
from pycrane._io.verified import VerifiedStream
from pycrane._oci import media_types
from pycrane._oci.descriptor import Descriptor
from pycrane._oci.digest import Digest
from pycrane._reference import Repository
from pycrane._registry.download import Download
from pycrane._registry.http.redaction import safe_url
from pycrane._registry.http.response import Response
from pycrane._registry.session import Session

OCTETS = "application/octet-stream"


def open_blob(session: Session, repository: Repository, descriptor: Descriptor) -> Download:
    """The bytes of a blob as they are stored, not yet verified. The caller closes the stream.

    The first request is made at once; the stream goes on where a connection breaks. A foreign layer that the
    registry does not have comes from the descriptor's `urls` (OCI image spec, descriptor.md).

    Raises:
        NotFoundError: it is not there.
        PycraneError: it cannot be read; the stream raises such errors too.
    """
    try:
        return Download(session, descriptor, partial(_ask, session, repository, descriptor.digest))
    except NotFoundError as error:
        if descriptor.media_type not in media_types.FOREIGN_LAYERS or not descriptor.urls:
            raise
        return _open_foreign(session, repository, descriptor, error)


def open_blob_by_digest(session: Session, repository: Repository, digest: Digest) -> VerifiedStream:
    """The bytes of a blob of which only the digest is known, verified. The caller closes the stream.

    Raises as `open_blob` does, and:
        UnsupportedError: the registry does not say how long it is, or the digest's algorithm is not known.
    """
    first: list[Response] = [_ask(session, repository, digest)]
    size = first[0].length
    if size is None:
        first.pop().close()
        raise UnsupportedError(f"{repository.registry} does not say how long {digest} is")
    descriptor = Descriptor(OCTETS, digest, size)

    def request(start: int) -> Response:
        return first.pop() if first else _ask(session, repository, digest, start)

    return VerifiedStream(Download(session, descriptor, request), descriptor)


def has_blob(
    session: Session, repository: Repository, digest: Digest, actions: tuple[str, ...] = ("pull",)
) -> bool:
    """Whether the registry says that it has a blob. An answer that is neither yes nor no counts as no.

    Raises:
        UnauthorizedError, RateLimitedError, TransportError: it cannot be asked.
    """
    try:
        answer = session.request("HEAD", repository, f"blobs/{digest}", actions=actions)
    except (UnauthorizedError, RateLimitedError):
        raise
    except RegistryError:
        return False
    answer.close()
    return answer.status == 200


def _ask(session: Session, repository: Repository, digest: Digest, start: int = 0) -> Response:
    headers = {"Range": f"bytes={start}-"} if start else {}
    return session.request("GET", repository, f"blobs/{digest}", headers=headers, stream=True)


def _open_foreign(
    session: Session, repository: Repository, descriptor: Descriptor, missing: NotFoundError
) -> Download:
    """The layer from the first of its own addresses that has it; `missing` is what the registry said."""
    reasons = []
    for url in descriptor.urls:
        try:
            return Download(session, descriptor, partial(_ask_elsewhere, session, repository, url))
        except PycraneError as error:
            reasons.append(error.message)
    raise NotFoundError(
        f"foreign layer {descriptor.digest} is neither in {repository} nor at its own addresses: "
        + "; ".join(reasons),
        status=404,
    ) from missing


def _ask_elsewhere(session: Session, repository: Repository, url: str, start: int = 0) -> Response:
    # The session sends no credentials away from the registry, and refuses what lies inside our own network.
    if urlsplit(url).scheme != "https":
        raise UnsupportedError(f"{safe_url(url)} is not an https address")
    headers = {"Range": f"bytes={start}-"} if start else {}
    return session.request("GET", repository, url, headers=headers, stream=True, actions=())

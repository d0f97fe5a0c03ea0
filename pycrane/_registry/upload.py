"""Blobs into a repository: mounted, found or sent (distribution spec, Pushing blobs)."""

from __future__ import annotations

import io
from collections.abc import Callable
from urllib.parse import urlencode

from pycrane._errors import (
    DigestMismatchError,
    MalformedError,
    RegistryError,
)
from pycrane._events import Outcome
from pycrane._image.medium import Blob
from pycrane._io.stream import ByteStream
from pycrane._io.verified import VerifiedStream
from pycrane._oci.descriptor import Descriptor
from pycrane._oci.digest import Digest
from pycrane._reference import Repository
from pycrane._registry.auth.scope import Scope
from pycrane._registry.blobs import OCTETS, has_blob
from pycrane._registry.http.response import Response
from pycrane._registry.session import Session
from pycrane._registry.upload_session import WRITING, UploadSession, check_stored
from pycrane._registry.upload_strategy import send_blob

_MOUNTED = 201


def upload_blob(session: Session, repository: Repository, blob: Blob) -> Outcome:
    """Make a blob be in a repository, with as few requests and bytes as that takes.

    It is mounted if its origin is another repository of the same registry, else looked for, else sent.

    Raises:
        IntegrityError: its bytes are not what its descriptor promises; nothing is stored then.
        PycraneError: it cannot be read, or the registry does not take it, also after trying again.
    """
    digest = blob.descriptor.digest
    upload = None
    if blob.origin and blob.origin.registry == repository.registry and blob.origin != repository:
        answer = _ask_to_mount(session, repository, blob.origin, digest)
        if answer and answer.status == _MOUNTED:
            return Outcome.MOUNTED
        upload = _begun(session, repository, answer) if answer else None
    if has_blob(session, repository, digest, WRITING):
        if upload:
            upload.cancel()
        return Outcome.EXISTING
    send_blob(session, repository, blob, upload)
    return Outcome.MOVED


def _ask_to_mount(
    session: Session, repository: Repository, origin: Repository, digest: Digest
) -> Response | None:
    """The answer, 201 if the blob is mounted; None if the registry does not want to."""
    path = f"blobs/uploads/?{urlencode({'mount': str(digest), 'from': origin.path})}"
    source = Scope.of(origin, "pull")
    try:
        answer = session.request("POST", repository, path, actions=WRITING, also=(source,), replay=True)
        answer.close()
        check_stored(answer, digest)
    except (RegistryError, DigestMismatchError):
        return None
    return answer


def _begun(session: Session, repository: Repository, answer: Response) -> UploadSession | None:
    """The upload that a registry begins instead of mounting (202); None if it does not say where."""
    try:
        return UploadSession(session, repository, answer)
    except MalformedError:
        return None


def given_blob(
    content: bytes | Callable[[], ByteStream], descriptor: Descriptor | None, origin: Repository | None
) -> Blob:
    """Return a blob of a program's bytes or streams, verified while it is read; `origin` may hold it already.

    Raises:
        TypeError: streams without a descriptor.
    """
    if isinstance(content, bytes):
        data = content
        described = descriptor or Descriptor(OCTETS, Digest.of(data), len(data))
        return Blob(described, lambda: VerifiedStream(io.BytesIO(data), described), origin)
    if descriptor is None:
        raise TypeError("a blob that is given as a stream needs a descriptor")
    opened = content
    return Blob(descriptor, lambda: VerifiedStream(opened(), descriptor), origin)

"""A blob sent in whatever way its registry takes, and on from where a connection broke.

Distribution spec, Pushing blobs: monolithic, in one PATCH, or in parts.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

from pycrane._errors import (
    DeniedError,
    PycraneError,
    RateLimitedError,
    RegistryError,
    TransportError,
    UnauthorizedError,
)
from pycrane._image.medium import Blob
from pycrane._limits import KIB, MIB
from pycrane._reference import Repository
from pycrane._registry.blobs import has_blob
from pycrane._registry.http.retries import RETRIED_STATUSES
from pycrane._registry.session import Session
from pycrane._registry.upload_body import UploadBody
from pycrane._registry.upload_session import WRITING, UploadSession

_RENEWING = 1 * MIB
"""Bytes the registry must take between two failures for the second to count as a first one."""

_GONE, _TOO_LARGE, _OUT_OF_ORDER = 404, 413, 416
_CREATED = 201
_RESUMABLE: frozenset[int | None] = RETRIED_STATUSES | {None, _OUT_OF_ORDER}
"""Statuses after which the same upload may go on; None is a connection that broke."""
_PASSING: frozenset[int | None] = _RESUMABLE | {_GONE}
"""Those after which another upload may go better."""
_RESUMPTIONS = 1
"""How often an upload goes on without having got further than the time before."""
_FINAL = (UnauthorizedError, DeniedError, RateLimitedError)


@dataclass(frozen=True, slots=True)
class UploadStrategy:
    """Upload strategy: chunk size (None: monolithic), and whether the final PUT carries the last chunk."""

    part: int | None
    close_with_last: bool


_STRATEGIES = (UploadStrategy(None, True), UploadStrategy(None, False), UploadStrategy(4 * MIB, True))
"""What is tried, in this order: one PUT; one PATCH and an empty PUT, which some registries need; small parts,
which pass most proxies, and no empty PUT, which others do not take."""

_LARGE_PART, _SMALL_PART = 64 * MIB, 256 * KIB
"""Where making parts smaller begins and ends after a 413."""


def send_blob(
    session: Session, repository: Repository, blob: Blob, upload: UploadSession | None = None
) -> None:
    """Send a blob to a repository; `upload` is an upload that was begun for it already.

    Raises:
        PycraneError: the blob cannot be read, or the registry does not take it, also after trying again.
    """
    outgoing = UploadBody(blob)
    sending = _Sending(session, repository, blob, outgoing, upload)
    try:
        sending.run()
    except BaseException:
        sending.cancel()
        raise
    finally:
        outgoing.close()


class _Sending:
    """The upload of one blob: the session under way, the strategy, and the retry budget left."""

    def __init__(
        self,
        session: Session,
        repository: Repository,
        blob: Blob,
        outgoing: UploadBody,
        upload: UploadSession | None,
    ) -> None:
        self._session = session
        self._repository = repository
        self._digest = blob.descriptor.digest
        self._outgoing = outgoing
        self._upload = upload
        self._later = list(_STRATEGIES)
        self._strategy = self._later.pop(0)
        self._retries = session.retry_budget()
        self._closing = False
        self._failures = 0
        self._mark = 0

    def run(self) -> None:
        """Send until the blob is stored. Raises what stopped it."""
        stored = False
        while not stored:
            upload = self._upload = self._upload or UploadSession.begin(
                self._session, self._repository, self._digest
            )
            try:
                stored = self._send(upload)
            except (RegistryError, TransportError) as error:
                if self._outgoing.failed:
                    raise
                stored = self._recovered(upload, error)

    def cancel(self) -> None:
        """Have the registry forget what it was sent so far."""
        if self._upload:
            self._upload.cancel()

    def _send(self, upload: UploadSession) -> bool:
        """Send what the upload does not hold, and close it."""
        self._closing = False
        size, strategy = self._outgoing.size, self._strategy
        part = max(strategy.part or size, upload.minimum)
        while upload.held < size:
            length = min(part, size - upload.held)
            if strategy.close_with_last and upload.held + length == size:
                break
            upload.send(self._outgoing.part(upload.held, length), length)
        self._closing = True
        left = size - upload.held
        last = self._outgoing.part(upload.held, left) if left else None
        status = upload.finish(self._digest, last, left)
        if status != _CREATED and not self._there():
            raise RegistryError(
                f"{self._digest} is not in {self._repository} after its upload ended with status {status}",
                status=status,
            )
        return True

    def _there(self) -> bool:
        return has_blob(self._session, self._repository, self._digest, WRITING)

    def _recovered(self, upload: UploadSession, error: RegistryError | TransportError) -> bool:
        """Prepare for going on; True if the blob is stored after all. Raises if there is no way on."""
        status, after = None, None
        if isinstance(error, RegistryError):
            status, after = error.status, error.retry_after
        if isinstance(error, _FINAL):
            raise error
        if status == _TOO_LARGE:
            if not self._shrunk(upload):
                raise error
            return False
        if status in _PASSING and not self._retries.wait(error.message, at_least=after):
            raise error
        if self._closing and self._there():
            return True
        if status in _RESUMABLE and self._resumed(upload):
            return False
        self._restart(upload, error, status)
        return False

    def _shrunk(self, upload: UploadSession) -> bool:
        """Whether the parts can be made smaller; what the upload holds stays."""
        now = max(self._strategy.part or self._outgoing.size, upload.minimum)
        part = max(min(_LARGE_PART, now // 2), _SMALL_PART, upload.minimum)
        self._strategy = replace(self._strategy, part=part)
        return part < now

    def _resumed(self, upload: UploadSession) -> bool:
        """Whether the upload can go on from what the registry holds, if the last time that was of use."""
        try:
            held = upload.ask_held()
        except PycraneError:
            return False
        if held is not None and held > self._outgoing.furthest:
            return False
        upload.held = upload.held if held is None else held
        self._failures += 1
        if upload.held - self._mark >= _RENEWING:
            self._retries, self._failures = self._session.retry_budget(), 1
        self._mark = upload.held
        if upload.held and self._strategy.part is None:
            self._strategy = replace(self._strategy, close_with_last=False)
        return self._failures <= _RESUMPTIONS

    def _restart(
        self, upload: UploadSession, error: RegistryError | TransportError, status: int | None
    ) -> None:
        """Give up this upload; the next one is made in the next strategy."""
        if self._later:
            self._strategy = self._later.pop(0)
        elif status not in _PASSING:
            raise error
        if status != _GONE:
            upload.cancel()
        self._upload, self._failures, self._mark = None, 0, 0

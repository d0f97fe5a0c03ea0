"""Every error pycrane raises on purpose.

    PycraneError
    ├── InvalidReferenceError      a name that no registry can hold
    ├── InvalidPlatformError       text that is no platform
    ├── PlatformNotFoundError      an index without the platform asked for
    ├── IntegrityError             bytes that are not what was promised
    │   ├── DigestMismatchError
    │   └── SizeMismatchError
    ├── MalformedError             content that breaks its format: JSON, manifest, config
    │   ├── ArchiveError           a tarball or layout that cannot be read as one
    │   └── LayerError             a layer that cannot be decompressed or walked
    ├── LimitExceededError         something larger, deeper or longer than pycrane accepts
    ├── UnsupportedError           a thing that exists and that pycrane or the other side does not do
    ├── CredentialsError           a credential source that is broken
    ├── RegistryError              an answer of a registry that is not a success
    │   ├── UnauthorizedError      401
    │   ├── DeniedError            403
    │   ├── NotFoundError          404
    │   └── RateLimitedError       429
    └── TransportError             no usable answer at all
        ├── ConnectionFailedError
        ├── TimedOutError
        └── TLSError

An error says what was being done, to what, what was found; its `hint` says what to try.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any


class PycraneError(Exception):
    """Root of all errors that pycrane raises on purpose.

    `message` is one line without a final full stop; `hint` says what to try, or is None.
    """

    def __init__(self, message: str, *, hint: str | None = None) -> None:
        super().__init__(message)
        self.message = message
        self.hint = hint

    def __str__(self) -> str:
        return self.message


class InvalidReferenceError(PycraneError, ValueError):
    """Text that is no name of a registry, repository, tag or digest."""


class InvalidPlatformError(PycraneError, ValueError):
    """Text that is no `os/arch[/variant][:osversion]`."""


class PlatformNotFoundError(PycraneError, LookupError):
    """An index that has no image for the platform asked for. The message lists those it has."""


class IntegrityError(PycraneError):
    """Bytes that are not what their descriptor promised."""


class DigestMismatchError(IntegrityError):
    """Content that hashes to something else than its digest."""


class SizeMismatchError(IntegrityError):
    """Content that is longer or shorter than its descriptor says."""


class MalformedError(PycraneError, ValueError):
    """Content that breaks its own format."""


class ArchiveError(MalformedError):
    """A file or folder that cannot be read as a tarball or layout of images."""


class LayerError(MalformedError):
    """A layer that cannot be decompressed or walked."""


class LimitExceededError(PycraneError):
    """Something larger, deeper or longer than `pycrane._limits.Limits` allows."""


class UnsupportedError(PycraneError):
    """Something that is known and not done, by pycrane or by the other side."""


class CredentialsError(PycraneError):
    """A configuration file or credential helper that cannot be used. Never holds a secret."""


@dataclass(frozen=True, slots=True)
class RegistryProblem:
    """One entry of a registry's `errors` list (distribution spec, Error Codes)."""

    code: str
    message: str = ""
    detail: Any = None


class RegistryError(PycraneError):
    """An answer that is not a success.

    `status` is the HTTP status, `problems` what the body listed, `method` and `url` the request (the URL
    without secrets), `request_id` what the registry calls it, if it says.
    """

    def __init__(
        self,
        message: str,
        *,
        status: int,
        method: str = "",
        url: str = "",
        problems: tuple[RegistryProblem, ...] = (),
        request_id: str | None = None,
        hint: str | None = None,
    ) -> None:
        super().__init__(message, hint=hint)
        self.status = status
        self.method = method
        self.url = url
        self.problems = problems
        self.request_id = request_id

    @property
    def codes(self) -> tuple[str, ...]:
        """The error codes of the body, in its order."""
        return tuple(problem.code for problem in self.problems)


class UnauthorizedError(RegistryError):
    """401: the registry wants credentials, or other ones."""


class DeniedError(RegistryError):
    """403: these credentials may not do this."""


class NotFoundError(RegistryError):
    """404: no such repository, manifest, blob or upload."""


class RateLimitedError(RegistryError):
    """429: too many requests, also after waiting."""


class TransportError(PycraneError):
    """No usable answer: the network, TLS or the protocol failed."""


class ConnectionFailedError(TransportError):
    """The host cannot be found or reached, or broke the connection."""


class TimedOutError(TransportError):
    """The host did not answer, or stopped sending, for too long."""


class TLSError(TransportError):
    """The host's certificate is not acceptable, or TLS failed otherwise."""


@contextmanager
def doing(what: str) -> Iterator[None]:
    """Prefix what was being done to a pycrane error that passes through: `what: message`."""
    try:
        yield
    except PycraneError as error:
        error.message = f"{what}: {error.message}"
        error.args = (error.message, *error.args[1:])
        raise

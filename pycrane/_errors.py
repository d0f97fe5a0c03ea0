"""Every error pycrane raises on purpose: one hierarchy, drawn in the docstring of its root."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from types import NoneType, UnionType
from typing import Any


class PycraneError(Exception):
    """Root of all errors that pycrane raises on purpose. Nothing of another library comes out.

        PycraneError
        ├── InvalidReferenceError      a name that no registry can hold
        ├── InvalidPlatformError       text that is not a platform
        ├── InvalidRangeError          text that is not a range of versions
        ├── PlatformNotFoundError      an index without the platform asked for
        ├── NotBasedError              an image that is not built on the base it should be
        ├── TagExistsError             a tag that is there and was not to be replaced
        ├── IntegrityError             bytes that are not what was promised
        │   ├── DigestMismatchError
        │   └── SizeMismatchError
        ├── MalformedError             content that breaks its format: JSON, manifest, config
        │   ├── ArchiveError           a tarball or layout that cannot be read as one
        │   │   └── ImageNotFoundError an archive or layout without the image, or a path that does not exist
        │   └── LayerError             a layer that cannot be decompressed or walked
        ├── LimitExceededError         something larger, deeper or longer than pycrane accepts
        ├── UnsupportedError           a thing that exists and that pycrane or the other side does not do
        ├── CredentialsError           a credential source that is broken
        ├── RegistryError              an answer of a registry that is not a success
        │   ├── UnauthorizedError      401
        │   ├── DeniedError            403
        │   ├── NotFoundError          404
        │   ├── RateLimitedError       429
        │   └── UnavailableError       502, 503, 504
        └── TransportError             no usable answer at all
            ├── ConnectionFailedError
            ├── TimedOutError
            └── TLSError

    Fields of every error:
        message: what was being done, to what, and what was found; one line without a final full stop.
        hint: what to try, or None.
        reference: the whole name of the image it is about (`host/path:tag` or `host/path@digest`), or of the
            repository; None if it is about none, or unknown.
        path: the file or directory it is about, None if it is about none.

    No field holds a secret. Errors can be pickled and copied.
    """

    reference: str | None = None
    path: str | None = None

    def __init__(self, message: str, *, hint: str | None = None) -> None:
        super().__init__(message)
        self.message = message
        self.hint = hint

    def __str__(self) -> str:
        return self.message

    def __reduce__(self) -> tuple[Any, ...]:
        return _restored, (type(self), self.args, self.__dict__)


def _restored(kind: type[PycraneError], args: tuple[Any, ...], fields: dict[str, Any]) -> PycraneError:
    """The error with these fields, whatever its class wants to be made of."""
    error = kind.__new__(kind, *args)
    error.__dict__.update(fields)
    return error


class InvalidReferenceError(PycraneError, ValueError):
    """Text that is not a name of a registry, repository, tag or digest."""


class InvalidPlatformError(PycraneError, ValueError):
    """Text that is no `os/arch[/variant][:osversion]`."""


class InvalidRangeError(PycraneError, ValueError):
    """Text that is not a range of versions."""


class PlatformNotFoundError(PycraneError, LookupError):
    """An index that has no image for the platform asked for. The message lists those it has."""


class NotBasedError(PycraneError):
    """An image that does not begin with the layers of what should be its base. The message says which."""


class TagExistsError(PycraneError):
    """A tag that is there already, where none was to be replaced."""


class IntegrityError(PycraneError):
    """Bytes that are not what their descriptor promised."""


class DigestMismatchError(IntegrityError):
    """Content that hashes to something else than its digest."""


class SizeMismatchError(IntegrityError):
    """Content that is longer or shorter than its descriptor says."""


class MalformedError(PycraneError, ValueError):
    """Content that breaks its own format."""


class ArchiveError(MalformedError):
    """A file or directory that cannot be read as a tarball or layout of images.

    `path` is that file or directory, where it was named by its path.
    """


class ImageNotFoundError(ArchiveError, LookupError):
    """A path that does not exist, or an archive or layout that does not list the image of this name."""


class LayerError(MalformedError):
    """A layer that cannot be decompressed or walked."""


class LimitExceededError(PycraneError):
    """Something larger, deeper or longer than the `pycrane.Limits` in force allow."""


class UnsupportedError(PycraneError):
    """Something that is known and not done, by pycrane or by the other side."""


class CredentialsError(PycraneError):
    """A configuration file or credential helper that cannot be used. Never holds a secret."""


@dataclass(frozen=True, slots=True)
class RegistryProblem:
    """One entry of a registry's `errors` list (distribution spec, Error Codes).

    `code` is such as MANIFEST_UNKNOWN, `message` what the user reads, `detail` any JSON that is added.
    """

    code: str
    message: str = ""
    detail: Any = None


class RegistryError(PycraneError):
    """An answer that is not a success (distribution spec, Error Codes).

    Fields besides those of every error:
        status: the HTTP status, such as 404.
        codes: the error codes of the body in its order, such as `("MANIFEST_UNKNOWN",)`; empty without any.
        problems: the same with their messages and details, as `RegistryProblem`.
        method, url: the request; the URL is without secrets, and both are empty without a request.
        request_id: what the registry calls the request, None if it does not say.
        retry_after: seconds after which the registry asks to come again (RFC 9110, section 10.2.3), None if
            it does not say.
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
        retry_after: float | None = None,
        hint: str | None = None,
    ) -> None:
        super().__init__(message, hint=hint)
        self.status = status
        self.method = method
        self.url = url
        self.problems = problems
        self.request_id = request_id
        self.retry_after = retry_after

    @property
    def codes(self) -> tuple[str, ...]:
        """The error codes of the body, in its order."""
        return tuple(problem.code for problem in self.problems)


class UnauthorizedError(RegistryError):
    """401: the registry wants credentials, or other ones."""


class DeniedError(RegistryError):
    """403: these credentials may not do this."""


class NotFoundError(RegistryError):
    """404: no such repository, manifest, blob or upload.

    Also of media that are no registries, such as a layer that an image does not have; `url` is empty then.
    """


class RateLimitedError(RegistryError):
    """429: too many requests, also after waiting."""


class UnavailableError(RegistryError):
    """502, 503, 504: the registry, or a proxy before it, cannot serve the request now."""


class TransportError(PycraneError):
    """No usable answer: the network, TLS or the protocol failed.

    `method` and `url` are the request, the URL without secrets; both are empty where there was none.
    """

    def __init__(self, message: str, *, method: str = "", url: str = "", hint: str | None = None) -> None:
        super().__init__(message, hint=hint)
        self.method = method
        self.url = url


class ConnectionFailedError(TransportError):
    """The host cannot be found or reached, or broke the connection."""


class TimedOutError(TransportError):
    """The host did not answer, or stopped sending, for too long."""


class TLSError(TransportError):
    """The host's certificate is not acceptable, or TLS failed otherwise."""


@contextmanager
def doing(
    what: str, *, reference: object = None, path: str | os.PathLike[str] | None = None
) -> Iterator[None]:
    """Prefix what was being done to a pycrane error that passes through: `what: message`.

    `reference` and `path` are what it was done to, as `about` takes them.
    """
    try:
        with about(reference, path=path):
            yield
    except PycraneError as error:
        error.message = f"{what}: {error.message}"
        error.args = (error.message, *error.args[1:])
        raise


@contextmanager
def about(reference: object = None, *, path: str | os.PathLike[str] | None = None) -> Iterator[None]:
    """Say of a pycrane error that passes through what it is about, if no caller nearer to it has.

    `reference` is a reference or repository; its whole name is taken.
    """
    try:
        yield
    except PycraneError as error:
        if error.reference is None and reference is not None:
            error.reference = str(reference)
        if error.path is None and path is not None:
            error.path = os.fspath(path)
        raise


def expect(value: object, kind: type | UnionType, what: str) -> None:
    """Raise the built-in TypeError, as for every misuse, if a caller gave `what` as something else."""
    if not isinstance(value, kind):
        wanted = kind.__args__ if isinstance(kind, UnionType) else (kind,)
        kinds = " or ".join("None" if each is NoneType else each.__name__ for each in wanted)
        raise TypeError(f"{what} is given as {type(value).__name__}, expected {kinds}")

"""One run of a skopeo command: a client for each side, and locations that use the client of theirs."""

from __future__ import annotations

import signal
import tempfile
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import replace
from pathlib import Path
from types import FrameType, TracebackType
from typing import Self

from pycrane._cli.skopeo.access import SideKeychain, client_options
from pycrane._cli.skopeo.command import NOT_THERE
from pycrane._cli.skopeo.settings import Access, SkopeoSettings
from pycrane._cli.terminal.listening import Terminal
from pycrane._cli.terminal.process import TimedOut
from pycrane._client.client import Client
from pycrane._client.platforms import for_machine
from pycrane._errors import ImageNotFoundError, InvalidReferenceError
from pycrane._image.view import Image, View
from pycrane._limits import DEFAULT_LIMITS, Limits
from pycrane._reference import Repository
from pycrane._registry.client import RegistryClient
from pycrane._registry.http.options import ClientOptions
from pycrane._transfer.workers import DEFAULT_JOBS
from pycrane._transports.archives import OciArchiveLocation
from pycrane._transports.daemon import DaemonLocation
from pycrane._transports.location import Location
from pycrane._transports.oci_layout import LayoutLocation
from pycrane._transports.registry import RegistryLocation
from pycrane._transports.table import TRANSPORTS, with_prefix


class SkopeoSession:
    """Clients and locations of one run; a context manager, which closes all connections and files."""

    def __init__(self, settings: SkopeoSettings) -> None:
        self._settings = settings
        self._stack = ExitStack()
        self._stack.enter_context(_bounded(settings.timeout))
        self._stack.enter_context(_temporary_files(settings.tmpdir))
        terminal = Terminal(verbose=settings.debug or settings.base.verbose, quiet=settings.quiet)
        self.listener = self._stack.enter_context(terminal)
        self._options = _options(settings)
        self._clients: dict[Access, RegistryClient] = {}
        self.client = self._stack.enter_context(
            Client(
                SideKeychain(Access(), self._options.limits),
                self._options,
                jobs=settings.parallel or DEFAULT_JOBS,
                listener=self.listener,
            )
        )

    def location(self, text: str, side: str = "") -> Location:
        """Return the location that `TRANSPORT:DETAILS` names, reached with the flags about a side.

        Raises:
            InvalidReferenceError: the text has no transport, or one that is unknown.
            UnsupportedError: the transport is not supported.
        """
        location = with_prefix(text)
        if location is None:
            raise InvalidReferenceError(
                f"{text!r} is not TRANSPORT:DETAILS",
                hint=f"an image in a registry is docker://{text}; transports are {', '.join(TRANSPORTS)}",
            )
        access = self._settings.access(side)
        if isinstance(location, RegistryLocation):
            return replace(location, own=self.registry(side, location.reference.repository))
        if isinstance(location, DaemonLocation):
            return replace(location, address=access.daemon_host)
        if isinstance(location, LayoutLocation) and access.shared_blob_dir is not None:
            return replace(location, shared=Path(access.shared_blob_dir))
        return location

    def registry(self, side: str = "", repository: Repository | None = None) -> RegistryClient:
        """Return the client for registries on a side; sides with equal flags share one.

        Raises:
            CredentialsError: the credentials for the repository are broken, also where it needs none.
        """
        access = self._settings.access(side)
        client = self.registry_for(access)
        if repository is not None:
            client.session.keychain.resolve(repository)
        return client

    def registry_for(self, access: Access) -> RegistryClient:
        """Return the client for registries that are accessed in this way."""
        if access not in self._clients:
            keychain = SideKeychain(access, self._options.limits)
            client = RegistryClient(keychain, client_options(access, self._options), self.listener)
            self._clients[access] = self._stack.enter_context(client)
        return self._clients[access]

    def open(self, source: Location) -> View:
        """Open the only image or index of a location.

        Raises:
            ImageNotFoundError: a layout or OCI archive has none of the name.
        """
        with self.missing(source):
            return self.client.only(source)

    @contextmanager
    def missing(self, place: Location) -> Iterator[None]:
        """Give the error of a name that a layout or OCI archive does not have the exit code of skopeo."""
        try:
            yield
        except ImageNotFoundError as error:
            if isinstance(place, LayoutLocation | OciArchiveLocation):
                error.exit_code = NOT_THERE  # type: ignore[attr-defined]
            raise

    def image(self, view: View) -> Image:
        """Return the image itself, or that of an index for the platform of the flags or this machine."""
        settings = self._settings
        return for_machine(view, settings.os, settings.architecture, settings.variant)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._stack.__exit__(kind, error, trace)


@contextmanager
def _bounded(seconds: float) -> Iterator[None]:
    """Raise TimedOut when so many seconds have passed; without any, never."""
    if not seconds:
        yield
        return
    signal.signal(signal.SIGALRM, _time_out)
    signal.setitimer(signal.ITIMER_REAL, seconds)
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)


def _time_out(number: int, frame: FrameType | None) -> None:
    raise TimedOut(number)


@contextmanager
def _temporary_files(directory: str | None) -> Iterator[None]:
    """Put temporary files into a directory."""
    before = tempfile.tempdir
    tempfile.tempdir = directory or before
    try:
        yield
    finally:
        tempfile.tempdir = before


def _options(settings: SkopeoSettings) -> ClientOptions:
    base = settings.base.client_options({})
    agent = f"{settings.user_agent_prefix} {base.user_agent}".strip()
    return replace(base, user_agent=agent, limits=_limits(settings))


def _limits(settings: SkopeoSettings) -> Limits:
    """The bounds of a run: requests are tried as often as wanted, and at least as often as by default."""
    limits = replace(DEFAULT_LIMITS, attempts=max(DEFAULT_LIMITS.attempts, settings.retry_times + 1))
    if settings.retry_delay:
        limits = replace(limits, backoff=settings.retry_delay, backoff_cap=settings.retry_delay)
    return limits

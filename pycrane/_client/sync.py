"""sync: many images from a registry or from directories to the other, side by side (skopeo-sync(1))."""

from __future__ import annotations

import os
from collections.abc import Callable, Sequence
from contextlib import ExitStack
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from pycrane._client.copy import copy
from pycrane._client.inputs import PathName, Platforms, platforms_of
from pycrane._client.platforms import for_machine
from pycrane._client.sync_list import SyncHost, read_list
from pycrane._client.sync_sources import SyncImage, by_list, in_directories, in_registry
from pycrane._errors import PycraneError, UnsupportedError, about, doing
from pycrane._events import Warned
from pycrane._keychain.chain import StaticKeychain
from pycrane._oci.digest import Digest
from pycrane._reference import parse_reference
from pycrane._registry.client import RegistryClient
from pycrane._transports.directory import DirectoryLocation
from pycrane._transports.location import Location, ViewLocation
from pycrane._transports.registry import RegistryLocation

if TYPE_CHECKING:
    from pycrane._client.base import Base


class SyncCopy(NamedTuple):
    """One copy of a synchronisation; `digest` is what was written, None where nothing was."""

    source: Location
    target: Location
    digest: Digest | None = None


class Synchronisation:
    """One synchronisation: what fails is warned of and counted, or with `keep_going` False raised at once."""

    def __init__(self, client: Base, *, keep_going: bool = False) -> None:
        self._client = client
        self._keep_going = keep_going
        self._failures: list[str] = []

    def failed(self, what: str, error: PycraneError) -> None:
        """Note that something was not done. Raises the error unless the work goes on."""
        if not self._keep_going:
            raise error
        self._failures.append(what)
        self._client.listener(Warned(f"{what} was not copied: {error.message}"))

    def carry_out(self, copies: Sequence[SyncCopy], work: Callable[[SyncCopy], Digest]) -> Sequence[SyncCopy]:
        """Carry out copies side by side, each with `work`.

        Raises:
            PycraneError: the first failure at once, or with `keep_going` at the end that some failed.
        """

        def done(each: SyncCopy) -> SyncCopy:
            try:
                return each._replace(digest=work(each))
            except PycraneError as error:
                self.failed(each.source.text, error)
                return each

        result = [each for each in self._client.workers.map(done, copies) if each.digest is not None]
        self.finish()
        return result

    def finish(self) -> None:
        """Raise PycraneError if anything failed."""
        if self._failures:
            raise PycraneError(
                f"not everything was copied: {len(self._failures)} failed, the first was {self._failures[0]}"
            )


def sync(
    client: Base,
    source: PathName,
    target: PathName,
    *,
    scoped: bool = False,
    suffix: str = "",
    platforms: Platforms = (),
    system: bool = False,
    keep_going: bool = False,
    dry_run: bool = False,
) -> Sequence[SyncCopy]:
    """Copy many images between a registry and directories, or between registries, byte for byte.

    A `source` text is an image in a registry, or a repository with all its tags; a path is a directory with
    image directories below it, or a file with a list of images as skopeo reads it. A `target`
    text is a registry and the path that all repositories get there; a path is a directory, in which each
    image gets a directory of its own.

    At the target an image is called by the last part of its name, or with `scoped` by all of it, followed by
    `suffix`. With `platforms` indexes are narrowed as `copy` does it; with `system` the image for this
    machine is taken. With `keep_going` an image that fails does not stop the others, it is an error at the
    end. With `dry_run` nothing is copied.

    Raises:
        PycraneError: an image, repository or list cannot be read or written.
    """
    wanted = platforms_of(platforms)
    work = Synchronisation(client, keep_going=keep_going)
    with doing(f"synchronising {os.fspath(source)}"), ExitStack() as stack:
        copies = named(
            _found(client, source, work, stack), target, client.registry, scoped=scoped, suffix=suffix
        )
        if dry_run:
            work.finish()
            return copies

        def moved(each: SyncCopy) -> Digest:
            origin = each.source
            if system:
                view = for_machine(client.only(origin))
                origin = ViewLocation(view, origin)
            make_parent(each.target)
            done = copy(client, origin, each.target, platforms=wanted).digest
            assert done is not None  # noqa: S101
            return done

        return work.carry_out(copies, moved)


def named(
    images: Sequence[SyncImage],
    target: PathName,
    registry: RegistryClient,
    *,
    scoped: bool = False,
    suffix: str = "",
) -> Sequence[SyncCopy]:
    """Return the copies that bring images to a target, which `registry` reaches if it is in one.

    Raises:
        InvalidReferenceError: a name would not be one in a registry.
        UnsupportedError: directories would be copied to directories, or two images to one name.
    """
    copies: dict[str, SyncCopy] = {}
    for location, name in images:
        last = name if scoped else name.rpartition("/")[2]
        text = f"{os.fspath(target).rstrip('/')}/{last}{suffix}"
        place: Location
        if isinstance(target, str):
            place = RegistryLocation(parse_reference(text), own=registry)
        elif isinstance(location, DirectoryLocation):
            raise UnsupportedError("images in directories are copied to a registry only")
        else:
            place = DirectoryLocation(Path(text))
        if text in copies:
            both = f"{copies[text].source.text} and {location.text}"
            raise UnsupportedError(f"{both} would both become {place.text}", hint="--scoped keeps them apart")
        copies[text] = SyncCopy(location, place)
    return list(copies.values())


def make_parent(place: Location) -> None:
    """Make the directories that a target is to be in. Raises PycraneError."""
    if place.path is not None:
        try:
            place.path.parent.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            raise PycraneError(f"could not make {place.path.parent}: {error.strerror}") from error


def _found(client: Base, source: PathName, work: Synchronisation, stack: ExitStack) -> Sequence[SyncImage]:
    limits = client.registry.session.limits
    if isinstance(source, str):
        return in_registry(client.registry, source)
    path = Path(source)
    with about(path=path):
        if path.is_dir():
            return in_directories(path, limits)
        return by_list(read_list(path, limits), lambda host: _registry_of(client, host, stack), work.failed)


def _registry_of(client: Base, host: SyncHost, stack: ExitStack) -> RegistryClient:
    """Return the client for a registry of a list, one of its own where the list says how it is reached."""
    if not host.has_access:
        return client.registry
    session = client.registry.session
    options = session.options
    if host.tls_verify is not None:
        options = replace(options, insecure=not host.tls_verify)
    if host.cert_dir is not None:
        options = replace(options, cert_dir=host.cert_dir)
    keychain = session.keychain
    if host.credentials is not None:
        keychain = StaticKeychain({host.registry: host.credentials})
    return stack.enter_context(RegistryClient(keychain, options, client.listener))

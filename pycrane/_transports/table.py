"""Table of transports: texts, paths and values as locations. A transport is loaded when it is named."""

from __future__ import annotations

import os
import re
from collections.abc import Iterator
from contextlib import contextmanager
from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING

from pycrane._errors import InvalidReferenceError
from pycrane._reference import Reference, Repository, as_reference, parse_reference, parse_repository

if TYPE_CHECKING:
    from pycrane._image.view import View
    from pycrane._transports.location import Location

TRANSPORTS = {
    "atomic": ("refused", "parse_atomic"),
    "dir": ("directory", "parse"),
    "docker": ("registry", "parse"),
    "docker-archive": ("archives", "parse_docker"),
    "docker-daemon": ("daemon", "parse"),
    "oci": ("oci_layout", "parse"),
    "oci-archive": ("archives", "parse_oci"),
    "ostree": ("refused", "parse_ostree"),
    "sif": ("refused", "parse_sif"),
    "tarball": ("tarball", "parse"),
}
"""Prefix of each transport, with its module and the function that parses what follows the colon."""

_TRANSPORT = re.compile("[a-z]+(-[a-z]+)*")


def parse_location(text: str) -> Location:
    """Parse `TRANSPORT:…`, or the name of an image in a registry.

    A registry that is called like a transport is written `docker://oci:5000/app`.

    Raises:
        InvalidReferenceError: neither.
        UnsupportedError: a transport that is not supported.
    """
    with _naming_transports(text):
        return with_prefix(text) or locate(text)


def parse_source(text: str) -> Reference | Location:
    """Parse the same, where a name in a registry is its reference, for which no transport is loaded.

    Raises:
        InvalidReferenceError: neither.
    """
    name = text.removeprefix("docker://")
    with _naming_transports(text):
        return (with_prefix(text) if name == text else None) or parse_reference(name)


def parse_place(text: str) -> Location:
    """Parse the same; a text that begins as a path, or names a file or layout that is there, is a path.

    Raises:
        InvalidReferenceError: neither.
    """
    path = Path(text.partition(":")[0])
    if text == "-" or text.startswith((".", "/")) or path.is_file() or (path / "index.json").is_file():
        return parse_path(text)
    return parse_location(text)


def parse_path(text: str) -> Location:
    """Parse `TRANSPORT:…`, or a path, `-` for standard input. Raises InvalidReferenceError."""
    from pycrane._transports.archives import parse_path as bare

    return with_prefix(text) or bare(text)


def parse_local(text: str) -> Location | None:
    """Parse `TRANSPORT:…` or a text that begins as a path; None for what is a name to crane too.

    Raises:
        InvalidReferenceError: a transport's location is not valid.
    """
    return parse_path(text) if text.startswith((".", "/")) else with_prefix(text)


def parse_repository_or_local(text: str) -> Repository | Location:
    """Parse the name of a repository, or what `parse_local` does. Raises InvalidReferenceError."""
    name = text.removeprefix("docker://")
    return (parse_local(text) if name == text else None) or parse_repository(name)


def parse_repository_of(text: str) -> Location:
    """Return the repository of a name in a registry, written by digest. Raises InvalidReferenceError."""
    from pycrane._transports.registry import RegistryLocation

    return RegistryLocation(as_reference(text), by_digest=True)


def named_archive(path: Path, name: str) -> Location:
    """Return the tarball at a path, with the name of its image. Raises InvalidReferenceError."""
    from pycrane._transports.archives import PathLocation

    return PathLocation(path, as_reference(name).text)


def locate(source: str | Reference | os.PathLike[str] | View | Location) -> Location:
    """Return the location that a program means: texts and references are in registries, paths here.

    Raises:
        InvalidReferenceError: a text is not a name.
        TypeError: it is another thing.
    """
    from pycrane._transports.location import Location, ViewLocation, is_view

    if isinstance(source, Location):
        return source
    if isinstance(source, os.PathLike):
        from pycrane._transports.archives import PathLocation

        return PathLocation(Path(source))
    if is_view(source):
        return ViewLocation(source)
    from pycrane._transports.registry import RegistryLocation

    return RegistryLocation(as_reference(source))  # type: ignore[arg-type]


def locate_layout(source: str | Reference | os.PathLike[str] | View | Location) -> Location:
    """Return the same location, where a bare path is an OCI layout that can be changed where it is."""
    from pycrane._transports.archives import PathLocation
    from pycrane._transports.oci_layout import LayoutLocation

    location = locate(source)
    if isinstance(location, PathLocation) and not location.prefix and location.path is not None:
        return LayoutLocation(location.path, location.name)
    return location


def with_prefix(text: str) -> Location | None:
    """Parse `TRANSPORT:…`; None for a text without one. Raises InvalidReferenceError."""
    prefix, colon, rest = text.partition(":")
    if not colon or prefix not in TRANSPORTS or (prefix == "docker" and not rest.startswith("//")):
        return None
    module, parse = TRANSPORTS[prefix]
    location: Location = getattr(import_module(f"pycrane._transports.{module}"), parse)(rest)
    return location


@contextmanager
def _naming_transports(text: str) -> Iterator[None]:
    """Give errors of a text that begins as if with a transport a hint that tells which there are."""
    try:
        yield
    except InvalidReferenceError as error:
        prefix, _, rest = text.partition(":")
        if (
            prefix not in TRANSPORTS
            and _TRANSPORT.fullmatch(prefix)
            and not rest.startswith(("//", *"0123456789"))
        ):
            known = [name for name in TRANSPORTS if TRANSPORTS[name][0] != "refused"]
            error.hint = f"no transport is called {prefix}: there are {', '.join(known)}"
        raise

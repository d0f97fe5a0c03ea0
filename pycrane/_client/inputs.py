"""Conversion of the arguments of verbs, as text, paths or values, to values."""

from __future__ import annotations

import os
import re
from collections.abc import Iterable, Sequence
from contextlib import AbstractContextManager
from enum import StrEnum
from pathlib import Path

from pycrane._client.recompressing import Recompression
from pycrane._client.tag_choice import TagChoice
from pycrane._client.versions import VersionRange
from pycrane._errors import MalformedError, UnsupportedError, about, expect
from pycrane._image.view import View
from pycrane._layers.compression.kinds import Compression, compression_of
from pycrane._oci.platform import Platform
from pycrane._reference import Reference
from pycrane._transports.archives import PathLocation
from pycrane._transports.location import Location
from pycrane._transports.table import locate

Name = str | Reference
"""A reference, as its text or as a value."""

PathName = str | os.PathLike[str]
"""A path on this machine."""

AnyImage = Name | os.PathLike[str] | View | Location
"""An image or index: text and references are names in a registry, paths are tarballs and layouts."""

Target = Name | Location
"""A place to write to: the name of an image in a registry, or a location."""

Platforms = str | Platform | Iterable[str | Platform]
"""Platforms, each as a value or as `os/arch[/variant]`; one may stand alone, none is no wish."""


class Format(StrEnum):
    """Format that `pull` and `save` write: a tarball for `docker load`, its old form, or an OCI layout."""

    TARBALL = "tarball"
    LEGACY = "legacy"
    OCI = "oci"


def file_location(path: PathName | Location, wished: Format | str, *, annotate_ref: bool = False) -> Location:
    """Return the location for a path that is written in a format, or a location as it is."""
    if isinstance(path, Location):
        return path
    form = format_of(wished)
    if form is Format.OCI:
        from pycrane._transports.oci_layout import LayoutLocation

        return LayoutLocation(Path(path), annotate_ref=annotate_ref)
    return PathLocation(Path(path), legacy=form is Format.LEGACY)


def platforms_of(wished: Platforms) -> Sequence[Platform]:
    """The platforms as values. Raises InvalidPlatformError."""
    if isinstance(wished, str | Platform):
        wished = (wished,)
    return [platform for each in wished if (platform := platform_of(each)) is not None]


def patterns_of(wished: Platforms) -> Sequence[Platform]:
    """The same of platforms that may lack an architecture. Raises InvalidPlatformError."""
    several = (wished,) if isinstance(wished, str | Platform) else wished
    return [Platform.parse_pattern(each) if isinstance(each, str) else _checked(each) for each in several]


def platform_of(wished: str | Platform | None) -> Platform | None:
    """A platform as a value. Raises InvalidPlatformError."""
    if wished is None:
        return None
    return Platform.parse(wished) if isinstance(wished, str) else _checked(wished)


def _checked(platform: Platform) -> Platform:
    expect(platform, Platform | str, "a platform")
    return platform


def naming(source: AnyImage) -> AbstractContextManager[None]:
    """Say of errors that pass through what they are about, where the source has a name or a path."""
    location = locate(source)
    return about(location.reference, path=location.path)


def format_of(wished: Format | str) -> Format:
    """A format as a value. Raises UnsupportedError."""
    try:
        return Format(wished)
    except ValueError:
        raise UnsupportedError(
            f"{wished!r} is not a format that images are saved in", hint=f"one of {', '.join(Format)}"
        ) from None


def recompression_of(compression: Compression | str | None, level: int | None) -> Recompression:
    """Return the compression asked for. Raises UnsupportedError, and TypeError for a level alone."""
    if compression is None and level is not None:
        raise TypeError("a level needs a compression")
    return Recompression(None if compression is None else compression_of(compression), level)


def choice_of(
    glob: str | None, regex: str | re.Pattern[str] | None, versions: str | None, newest: int | None
) -> TagChoice:
    """Which tags are wanted. Raises InvalidRangeError, and MalformedError for what is not an expression."""
    expect(versions, str | None, "a range of versions")
    if newest is not None and newest < 1:
        raise MalformedError(f"the newest {newest} tags are wanted, expected at least 1")
    try:
        expression = None if regex is None else re.compile(regex)
    except re.error as error:
        raise MalformedError(f"{regex!r} is not a regular expression: {error}") from error
    wanted = None if versions is None else VersionRange.parse(versions)
    return TagChoice(glob, expression, wanted, newest)

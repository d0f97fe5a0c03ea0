"""What a caller may write for a thing, made into the value that it means."""

from __future__ import annotations

import os
import re
from collections.abc import Iterable, Sequence
from contextlib import AbstractContextManager
from pathlib import Path

from pycrane._client.places import Place
from pycrane._client.pull import Format
from pycrane._client.recompressing import Recompression
from pycrane._client.tag_choice import TagChoice
from pycrane._client.versions import VersionRange
from pycrane._errors import MalformedError, UnsupportedError, about, expect
from pycrane._image.view import Image, Index, View
from pycrane._layers.compression.kinds import Compression, compression_of
from pycrane._oci.platform import Platform
from pycrane._reference import Reference, as_reference

Name = str | Reference
"""A reference, as its text or as a value."""

PathName = str | os.PathLike[str]
"""A path on this machine."""

AnyImage = Name | os.PathLike[str] | View
"""An image or index: text and references are names in a registry, paths are tarballs and layouts."""

Platforms = str | Platform | Iterable[str | Platform]
"""Platforms, each as a value or as `os/arch[/variant]`; one may stand alone, none is no wish."""


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


def place_of(source: Name | os.PathLike[str]) -> Place:
    """A reference or a path as a value. Raises InvalidReferenceError."""
    return as_reference(source) if isinstance(source, str | Reference) else Path(source)


def naming(source: AnyImage) -> AbstractContextManager[None]:
    """Say of errors that pass through what they are about, where the source has a name or a path."""
    if isinstance(source, Image | Index):
        return about()
    place = place_of(source)
    return about(path=place) if isinstance(place, Path) else about(place)


def format_of(wished: Format | str) -> Format:
    """A format as a value. Raises UnsupportedError."""
    try:
        return Format(wished)
    except ValueError:
        raise UnsupportedError(
            f"{wished!r} is not a format that images are saved in", hint=f"one of {', '.join(Format)}"
        ) from None


def recompression_of(compression: Compression | str | None, level: int | None) -> Recompression:
    """What a wish for another compression means. Raises UnsupportedError, and TypeError for a level alone."""
    if compression is None and level is not None:
        raise TypeError("a level needs a compression")
    return Recompression(None if compression is None else compression_of(compression), level)


def choice_of(
    glob: str | None, regex: str | re.Pattern[str] | None, versions: str | None, newest: int | None
) -> TagChoice:
    """Which tags are wanted. Raises InvalidRangeError, and MalformedError for what is no expression."""
    expect(versions, str | None, "a range of versions")
    if newest is not None and newest < 1:
        raise MalformedError(f"the newest {newest} tags are wanted, expected at least 1")
    try:
        expression = None if regex is None else re.compile(regex)
    except re.error as error:
        raise MalformedError(f"{regex!r} is no regular expression: {error}") from error
    wanted = None if versions is None else VersionRange.parse(versions)
    return TagChoice(glob, expression, wanted, newest)

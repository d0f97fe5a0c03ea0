"""What a caller may write for a thing, made into the value that it means."""

from __future__ import annotations

import os
from collections.abc import Iterable, Sequence
from pathlib import Path

from pycrane._errors import UnsupportedError
from pycrane._image.view import View
from pycrane._oci.platform import Platform
from pycrane._reference import Reference, as_reference
from pycrane._verbs.places import Place
from pycrane._verbs.pull import Format

Name = str | Reference
"""A reference, as its text or as a value."""

PathName = str | os.PathLike[str]
"""A path on this machine."""

Source = Name | os.PathLike[str] | View
"""An image or index: text and references are names in a registry, paths are tarballs and layouts."""

Platforms = str | Platform | Iterable[str | Platform]
"""Platforms, each as a value or as `os/arch[/variant]`; one may stand alone, none is no wish."""


def platforms_of(wished: Platforms) -> Sequence[Platform]:
    """The platforms as values. Raises InvalidPlatformError."""
    if isinstance(wished, str | Platform):
        wished = (wished,)
    return [platform for each in wished if (platform := platform_of(each)) is not None]


def platform_of(wished: str | Platform | None) -> Platform | None:
    """A platform as a value. Raises InvalidPlatformError."""
    return Platform.parse(wished) if isinstance(wished, str) else wished


def place_of(source: Name | os.PathLike[str]) -> Place:
    """A reference or a path as a value. Raises InvalidReferenceError."""
    return as_reference(source) if isinstance(source, str | Reference) else Path(source)


def format_of(wished: Format | str) -> Format:
    """A format as a value. Raises UnsupportedError."""
    try:
        return Format(wished)
    except ValueError:
        raise UnsupportedError(
            f"{wished!r} is not a format that images are saved in", hint=f"one of {', '.join(Format)}"
        ) from None

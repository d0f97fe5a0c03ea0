"""Parameters that several commands share."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import click

from pycrane._cli.settings import Settings
from pycrane._cli.terminal.output import stdout

if TYPE_CHECKING:
    from pycrane._oci.platform import Platform
    from pycrane._transports.location import Location

jobs = click.option(
    "-j",
    "--jobs",
    metavar="N",
    type=int,
    help="Number of parallel transfers. [default: 4]",
)
compression = click.option(
    "--compression",
    type=click.Choice(["gzip", "zstd", "none"]),
    help="Compression of layers. [default: unchanged]",
)
level = click.option(
    "--level",
    metavar="N",
    type=int,
    help="Compression level: 1 to 9 for gzip [default: 1], 1 to 22 for zstd [default: 3].",
)
full_ref = click.option("--full-ref", is_flag=True, help="Print full references.")


def check_level(compression: str | None, level: int | None) -> None:
    """Raise click.UsageError if `--level` is given without `--compression`."""
    if compression is None and level is not None:
        raise click.UsageError("--level needs --compression")


def comma_separated(texts: Iterable[str]) -> list[str]:
    """Return the words of options that are repeated or comma-separated; quotes keep a comma inside a word."""
    import csv

    try:
        return [word for text in texts for line in csv.reader([text], strict=True) for word in line]
    except csv.Error as error:
        raise click.UsageError(f"a comma-separated list cannot be read: {error}") from error


def output_path(text: str) -> Path:
    """Return the path of a tarball to write. Raises click.UsageError for output that is a terminal."""
    if text != "-":
        return Path(text)
    from pycrane._io.whole_file import STANDARD_OUTPUT

    if stdout.terminal:
        raise click.UsageError("standard output is a terminal: redirect it, as in - > image.tar")
    return STANDARD_OUTPUT


def output_location(text: str) -> Path | Location:
    """Return the path of a tarball to write, or the location that a text with a transport names."""
    from pycrane._transports.table import with_prefix

    return with_prefix(text) or output_path(text)


def key_values(texts: Iterable[str], option: str) -> dict[str, str]:
    """Return the pairs of `KEY=VALUE` options, which may hold comma-separated lists.

    As in crane, an option with one `=` is a single pair, commas included; an option with several `=` is a
    list, in which quotes keep a comma inside a value. Raises click.UsageError with the name of the option.
    """
    return pairs(_pairs(texts), option)


def pairs(words: Iterable[str], option: str) -> dict[str, str]:
    """Return each `KEY=VALUE` as a pair. Raises click.UsageError, with the name of the option."""
    found = {}
    for word in words:
        key, equals, value = word.partition("=")
        if not key or not equals:
            raise click.UsageError(f"{option} takes KEY=VALUE, found {word!r}")
        found[key] = value
    return found


def _pairs(texts: Iterable[str]) -> Iterator[str]:
    for text in texts:
        yield from [text.strip('"')] if text.count("=") == 1 else comma_separated([text])


def one_platform(settings: Settings) -> Platform | None:
    """Return the platform of --platform, None without one. Raises click.UsageError for several."""
    if len(settings.platforms) > 1:
        raise click.UsageError(f"only one --platform is possible, found {len(settings.platforms)}")
    return settings.platforms[0] if settings.platforms else None

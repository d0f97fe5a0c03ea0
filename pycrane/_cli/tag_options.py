"""Options that select tags of a repository."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import TYPE_CHECKING, Any, TypeVar

import click

if TYPE_CHECKING:
    from pycrane._client.tag_choice import TagChoice

F = TypeVar("F", bound=Callable[..., Any])

_OPTIONS = (
    click.option(
        "--filter",
        "glob",
        metavar="PATTERN",
        help="Only tags matching this pattern, with * and ? as in shells.",
    ),
    click.option("--tag-regex", metavar="REGEX", help="Only tags matching this regular expression."),
    click.option(
        "--semver", metavar="RANGE", help="Only versions in this range: ^1.2, ~1.2.3, '>=1.2 <2', 1.x, *."
    ),
    click.option(
        "--newest", metavar="N", type=click.IntRange(min=1), help="Only the N highest versions of them."
    ),
)
EXPLAINED = """
Versions are tags such as 1.2.3, v1.2.3, v1.2 or 7, and pre-releases such as 1.2.3-rc.1 or 1.2.3-alpine.
--semver omits pre-releases unless RANGE names one of the same version. --newest compares versions, because
registries do not record when a tag was written.
"""


def tag_options(command: F) -> F:
    """Add the options that `tag_choice` takes to the function of a command."""
    for option in reversed(_OPTIONS):
        command = option(command)
    return command


def tag_choice(
    glob: str | None,
    tag_regex: str | None,
    semver: str | None,
    newest: int | None,
    *,
    digest_tags: bool = True,
) -> TagChoice:
    """Convert the options to a choice. Raises click.UsageError for an invalid expression."""
    from pycrane._client.tag_choice import TagChoice
    from pycrane._client.versions import VersionRange

    try:
        regex = re.compile(tag_regex) if tag_regex is not None else None
    except re.error as error:
        raise click.UsageError(
            f"--tag-regex {tag_regex!r} is not a valid regular expression: {error}"
        ) from error
    versions = VersionRange.parse(semver) if semver is not None else None
    return TagChoice(glob, regex, versions, newest, digest_tags)

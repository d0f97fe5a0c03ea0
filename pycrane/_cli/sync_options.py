"""Options of the commands that synchronise images."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeVar

import click

Function = TypeVar("Function", bound=Callable[..., Any])

_SOURCES = ("docker", "dir", "yaml")
_TARGETS = ("docker", "dir")
_OPTIONS = (
    click.argument("source", metavar="SOURCE"),
    click.argument("target", metavar="DESTINATION"),
    click.option("-s", "--src", "origin", type=click.Choice(_SOURCES), required=True, help="Kind of SOURCE."),
    click.option(
        "-d", "--dest", "kind", type=click.Choice(_TARGETS), required=True, help="Kind of DESTINATION."
    ),
    click.option("--scoped", is_flag=True, help="Keep whole names: registry, path and tag."),
    click.option("--append-suffix", metavar="TEXT", default="", help="Text after each name."),
    click.option("--dry-run", is_flag=True, help="Show what would be copied."),
    click.option("--keep-going", is_flag=True, help="Go on with other images after a failure."),
)


def sync_options(command: Function) -> Function:
    """Add the options to a command."""
    for option in reversed(_OPTIONS):
        command = option(command)
    return command


def check_transports(origin: str, kind: str) -> None:
    """Raise click.UsageError where images would go from directories to directories."""
    if (origin, kind) == ("dir", "dir"):
        raise click.UsageError("directories are not copied to directories: cp -r and rsync do that")

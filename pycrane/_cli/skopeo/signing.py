"""The commands of skopeo about signatures, which pycrane knows and does not carry out yet."""

from __future__ import annotations

from typing import Any

import click

from pycrane._cli.skopeo.command import SkopeoCommand
from pycrane._errors import UnsupportedError


def unsupported(name: str, why: str, *flags: str) -> click.Command:
    """Return a command that takes the flags of skopeo's, and raises UnsupportedError."""

    def refuse(**values: Any) -> None:
        raise UnsupportedError(f"{name} is not supported: {why}", hint="skopeo itself does it")

    words = click.Argument(["words"], metavar="[ARGUMENT]...", nargs=-1)
    options = [click.Option(flag.split(), metavar="FILE") for flag in flags]
    return SkopeoCommand(name, callback=refuse, params=[words, *options], help=f"Refused: {why}.")

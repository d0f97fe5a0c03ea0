"""`pycrane version`."""

from __future__ import annotations

import click

from pycrane import __version__
from pycrane._cli.command import Command
from pycrane._cli.output import stdout


@click.command(cls=Command, differences="The version is that of pycrane.")
def version() -> None:
    """Print the version of pycrane."""
    stdout.line(__version__)

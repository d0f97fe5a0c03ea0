"""`pycrane version`."""

from __future__ import annotations

import click

from pycrane._cli.command import Command
from pycrane._cli.settings import NOTHING
from pycrane._cli.terminal.output import stdout
from pycrane._version import __version__


@click.command(cls=Command, uses=NOTHING, differences="The version is that of pycrane.")
def version() -> None:
    """Print the version of pycrane."""
    stdout.line(__version__)

"""`pycrane cat`."""

from __future__ import annotations

import click

from pycrane._cli.command import Command
from pycrane._cli.parameters import one_platform
from pycrane._cli.settings import PLATFORMS, REGISTRIES, Settings, pass_settings
from pycrane._cli.terminal.output import stdout

EXAMPLES = """
pycrane cat alpine /etc/os-release
pycrane cat oci:layout:v1 usr/bin/app > app
"""
DIFFERENCES = """
crane does not have this command. Larger files than 64 MiB are in pycrane export IMAGE -. Binary content is
not written to a terminal.
"""


@click.command(cls=Command, uses=REGISTRIES | PLATFORMS, examples=EXAMPLES, differences=DIFFERENCES)
@click.argument("place")
@click.argument("path")
@pass_settings
def cat(settings: Settings, place: str, path: str) -> None:
    """Print one file of an image; symbolic links are followed.

    Layers are read from the topmost down to the one that has the file. Of an index it is the image for
    --platform, or for linux/amd64.
    """
    from pycrane._cli.looking import file_content

    platform = one_platform(settings)
    with settings.client() as client:
        content = file_content(client, place, path, platform)
    if stdout.terminal and b"\0" in content:
        raise click.UsageError("the file is binary and standard output is a terminal: send it on")
    stdout.write(content)

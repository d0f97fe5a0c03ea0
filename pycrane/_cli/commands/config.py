"""`pycrane config`."""

from __future__ import annotations

import click

from pycrane._cli.command import Command
from pycrane._cli.parameters import one_platform
from pycrane._cli.settings import Settings, pass_settings
from pycrane._cli.terminal.output import stdout

EXAMPLES = """
pycrane config alpine | jq .config.Env
pycrane config --platform linux/arm64 alpine
"""
DIFFERENCES = """
Attestations and other artifacts that an index lists without a platform are never taken for the linux/amd64
image while another entry is one.
"""


@click.command(cls=Command, examples=EXAMPLES, differences=DIFFERENCES)
@click.argument("image")
@pass_settings
def config(settings: Settings, image: str) -> None:
    """Print the configuration of IMAGE, byte for byte as the registry has it.

    Of an index it is that of the image for --platform, or for linux/amd64.
    """
    from pycrane._client import inspect
    from pycrane._errors import doing
    from pycrane._reference import parse_reference

    platform = one_platform(settings)
    reference = parse_reference(image)
    with doing(f"reading the configuration of {image}"), settings.registry() as client:
        stdout.write(inspect.config(client, reference, platform))

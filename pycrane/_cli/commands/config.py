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
    """Print the configuration of IMAGE, byte for byte as it is stored.

    IMAGE is a name in a registry, or a place such as oci:DIR:NAME.

    Of an index it is that of the image for --platform, or for linux/amd64.
    """
    from pycrane._client import inspect
    from pycrane._errors import doing
    from pycrane._reference import Reference
    from pycrane._transports.table import parse_source

    platform = one_platform(settings)
    place = parse_source(image)
    with doing(f"reading the configuration of {image}"):
        if isinstance(place, Reference):
            with settings.registry() as registry:
                stdout.write(inspect.config(registry, place, platform))
        else:
            with settings.client() as client:
                stdout.write(client.image(place, platform).raw_config_file)

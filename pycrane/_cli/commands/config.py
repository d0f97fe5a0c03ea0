"""`pycrane config`."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from pycrane._cli.command import Command
from pycrane._cli.names import SOURCE
from pycrane._cli.parameters import one_platform
from pycrane._cli.settings import PLATFORMS, REGISTRIES, Settings, pass_settings
from pycrane._cli.terminal.output import stdout
from pycrane._errors import doing
from pycrane._reference import Reference

if TYPE_CHECKING:
    from pycrane._transports.location import Location

EXAMPLES = """
pycrane config alpine | jq .config.Env
pycrane config --platform linux/arm64 alpine
"""
DIFFERENCES = """
An entry of an index without a platform, such as an attestation, is used for linux/amd64 only if no other
entry is for linux/amd64.
"""


@click.command(cls=Command, uses=REGISTRIES | PLATFORMS, examples=EXAMPLES, differences=DIFFERENCES)
@click.argument("image", type=SOURCE)
@pass_settings
def config(settings: Settings, image: Reference | Location) -> None:
    """Print the configuration of IMAGE, byte for byte as it is stored.

    IMAGE is a name in a registry, or a place such as oci:DIR:NAME.

    If IMAGE is an index, it is the configuration of the image for --platform, or for linux/amd64.
    """
    from pycrane._client import inspect

    platform = one_platform(settings)
    with doing(f"reading the configuration of {image.text}"):
        if isinstance(image, Reference):
            with settings.registry() as registry:
                stdout.write(inspect.config(registry, image, platform))
        else:
            with settings.client() as client:
                stdout.write(client.image(image, platform).raw_config_file)

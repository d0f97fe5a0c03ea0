"""`pycrane manifest`."""

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
pycrane manifest ubuntu
pycrane manifest --platform linux/arm64 ubuntu | jq .layers
"""
DIFFERENCES = """
If the reference has a digest, sha256 or sha512, the bytes are verified. linux/arm64 and linux/arm64/v8 are
the same platform. If an index does not have a platform, the message lists those that it has.
"""


@click.command(cls=Command, uses=REGISTRIES | PLATFORMS, examples=EXAMPLES, differences=DIFFERENCES)
@click.argument("image", type=SOURCE)
@pass_settings
def manifest(settings: Settings, image: Reference | Location) -> None:
    """Print the manifest or index of IMAGE, byte for byte as it is stored.

    IMAGE is a name in a registry, or a place such as oci:DIR:NAME.

    With --platform, the manifest of the image for that platform in an index.
    """
    from pycrane._client import inspect

    platform = one_platform(settings)
    with doing(f"reading the manifest of {image.text}"):
        if isinstance(image, Reference):
            with settings.registry() as registry:
                stdout.write(inspect.manifest(registry, image, platform))
        else:
            with settings.client() as client:
                view = client.open(image) if platform is None else client.image(image, platform)
                stdout.write(view.raw_manifest)

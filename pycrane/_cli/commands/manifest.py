"""`pycrane manifest`."""

from __future__ import annotations

import click

from pycrane._cli.command import Command
from pycrane._cli.parameters import one_platform
from pycrane._cli.settings import Settings, pass_settings
from pycrane._cli.terminal.output import stdout

EXAMPLES = """
pycrane manifest ubuntu
pycrane manifest --platform linux/arm64 ubuntu | jq .layers
"""
DIFFERENCES = """
The bytes are verified where the reference names a digest, sha512 ones too. linux/arm64 and linux/arm64/v8
are the same platform, and when an index does not have a platform the message lists those that it has.
"""


@click.command(cls=Command, examples=EXAMPLES, differences=DIFFERENCES)
@click.argument("image")
@pass_settings
def manifest(settings: Settings, image: str) -> None:
    """Print the manifest or index of IMAGE, byte for byte as it is stored.

    IMAGE is a name in a registry, or a place such as oci:DIR:NAME.

    With --platform, the manifest of the image that an index has for that platform.
    """
    from pycrane._client import inspect
    from pycrane._errors import doing
    from pycrane._reference import Reference
    from pycrane._transports.table import parse_source

    platform = one_platform(settings)
    place = parse_source(image)
    with doing(f"reading the manifest of {image}"):
        if isinstance(place, Reference):
            with settings.registry() as registry:
                stdout.write(inspect.manifest(registry, place, platform))
        else:
            with settings.client() as client:
                view = client.open(place) if platform is None else client.image(place, platform)
                stdout.write(view.raw_manifest)

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
    """Print the manifest or index of IMAGE, byte for byte as the registry has it.

    With --platform, the manifest of the image that an index has for that platform.
    """
    from pycrane._client import inspect
    from pycrane._errors import doing
    from pycrane._reference import parse_reference

    platform = one_platform(settings)
    reference = parse_reference(image)
    with doing(f"reading the manifest of {image}"), settings.registry() as client:
        stdout.write(inspect.manifest(client, reference, platform))

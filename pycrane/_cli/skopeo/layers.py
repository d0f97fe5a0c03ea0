"""`pycrane skopeo layers`, which skopeo has kept for old scripts."""

from __future__ import annotations

import secrets
from pathlib import Path

import click

from pycrane._cli.skopeo.command import SkopeoCommand
from pycrane._cli.skopeo.flags import RETRIES, side
from pycrane._cli.skopeo.settings import SkopeoSettings, pass_settings
from pycrane._cli.terminal.report import say

EXAMPLES = """
pycrane skopeo layers docker://registry.example.com/app:v1
"""
_DIGITS = 10


@click.command(cls=SkopeoCommand, examples=EXAMPLES, params=[*side(""), *RETRIES])
@click.argument("image", metavar="IMAGE-NAME")
@click.argument("digests", metavar="[LAYER]...", nargs=-1)
@pass_settings
def layers(settings: SkopeoSettings, /, image: str, digests: tuple[str, ...]) -> None:
    """Copy the image, or its manifest with some layers, to a new directory layers-NUMBER.

    It is an image directory. Use copy with a dir: destination instead.
    """
    say("DEPRECATED: skopeo layers is deprecated in favor of skopeo copy")
    from pycrane._cli.skopeo.session import SkopeoSession
    from pycrane._client.partial import copy_partly
    from pycrane._oci.digest import Digest
    from pycrane._transports.directory import DirectoryLocation
    from pycrane._transports.location import ViewLocation

    wanted = [Digest.parse(text if ":" in text else f"sha256:{text}") for text in digests]
    with SkopeoSession(settings) as session:
        source = session.location(image)
        view = session.image(session.open(source))
        number = "".join(secrets.choice("0123456789") for _ in range(_DIGITS))
        target = DirectoryLocation(Path(f"layers-{number}"))
        if wanted:
            copy_partly(session.client, source, view, target, wanted)
        else:
            session.client.copy(ViewLocation(view, source), target)

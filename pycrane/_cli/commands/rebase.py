"""`pycrane rebase`."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from pycrane._cli.command import Command
from pycrane._cli.names import OPTIONAL_LOCATION
from pycrane._cli.parameters import jobs
from pycrane._cli.settings import Settings, pass_settings
from pycrane._cli.terminal.output import stdout
from pycrane._cli.terminal.report import say

if TYPE_CHECKING:
    from pycrane._transports.location import Location

EXAMPLES = """
pycrane rebase registry.example.com/app:v1 --old_base debian:12.1 --new_base debian:12.2
pycrane rebase registry.example.com/app:v1 -t registry.example.com/app:v2
"""
DIFFERENCES = """
In an index, all images are rebased, or those of --platform, each onto the image of the bases for its own
platform. A base for one platform is refused for images for others.

The result keeps the image's own settings: OCI or Docker media types, other annotations, creation time,
author, unknown fields. Platform and variant are those of the new base, and its layers get media types like
those of the image.

A layer without an entry in the history is kept.

Layers are compared by diff ID, so their compression may differ. If the image is not based on the old base,
the message says which layer differs.

--original and --rebased are accepted instead of IMAGE and --tag.
"""


@click.command(cls=Command, examples=EXAMPLES, differences=DIFFERENCES)
@click.argument("image", type=OPTIONAL_LOCATION, required=False)
@click.option(
    "--old_base",
    metavar="IMAGE",
    type=OPTIONAL_LOCATION,
    help="Base to replace. [default: from annotations]",
)
@click.option(
    "--new_base",
    metavar="IMAGE",
    type=OPTIONAL_LOCATION,
    help="New base. [default: from annotations]",
)
@click.option(
    "-t", "--tag", metavar="IMAGE", type=OPTIONAL_LOCATION, help="Name of the result. [default: IMAGE]"
)
@click.option("--original", metavar="IMAGE", type=OPTIONAL_LOCATION, help="Deprecated, use IMAGE.")
@click.option("--rebased", metavar="IMAGE", type=OPTIONAL_LOCATION, help="Deprecated, use --tag.")
@jobs
@pass_settings
def rebase(
    settings: Settings,
    image: Location | None,
    old_base: Location | None,
    new_base: Location | None,
    tag: Location | None,
    original: Location | None,
    rebased: Location | None,
    jobs: int | None,
) -> None:
    """Replace the base of IMAGE with another one, without downloading layers.

    Prints the reference of the result, by digest. Without --tag the result replaces the tag IMAGE; if IMAGE
    is a digest, it stays. The bases default to the annotations org.opencontainers.image.base.name and
    base.digest, which are set in the result.
    """
    source = image or original
    if source is None or (image and original):
        raise click.UsageError("exactly one IMAGE is required")
    if tag is not None and rebased is not None:
        raise click.UsageError("--tag and --rebased do not go together")
    target = tag or rebased or source
    with settings.client(jobs) as client:
        result = client.rebase(
            source, target, old_base=old_base, new_base=new_base, platforms=settings.platforms
        )
    say(f"pushed rebased image as {target.text}")
    stdout.line(result.name)

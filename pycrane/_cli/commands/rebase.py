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
An index is rebased in all its images, or those of --platform, each onto the image of the bases for its own
platform. A base for one platform is refused for images for others.

The result keeps all that is the image's own: OCI stays OCI, other annotations, creation time, author, unknown
fields. Platform and variant are those of the new base, whose layers take the media types of the image's
family.

A layer that the history does not tell of is not lost.

A layer is the same as the base's also if it is compressed in another way. When the image is not based on
the old base, the message says which layer differs.

--original and --rebased work: they stand for IMAGE and --tag.
"""


@click.command(cls=Command, examples=EXAMPLES, differences=DIFFERENCES)
@click.argument("image", type=OPTIONAL_LOCATION, required=False)
@click.option(
    "--old_base",
    metavar="IMAGE",
    type=OPTIONAL_LOCATION,
    help="The base to take away. [default: as annotated]",
)
@click.option(
    "--new_base",
    metavar="IMAGE",
    type=OPTIONAL_LOCATION,
    help="The base to put below. [default: as annotated]",
)
@click.option(
    "-t", "--tag", metavar="IMAGE", type=OPTIONAL_LOCATION, help="Name of the result. [default: IMAGE]"
)
@click.option("--original", metavar="IMAGE", type=OPTIONAL_LOCATION, help="Deprecated: the same as IMAGE.")
@click.option("--rebased", metavar="IMAGE", type=OPTIONAL_LOCATION, help="Deprecated: the same as --tag.")
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
    """Put the layers of IMAGE that are its own onto another base, with no layer read.

    Prints the reference of the result, by digest. Without --tag the result takes the place of IMAGE; named by
    digest, IMAGE stays. Bases that are not named come from the annotations org.opencontainers.image.base.name
    and base.digest, which the result gets too.
    """
    source = image or original
    if source is None or (image and original):
        raise click.UsageError("name one IMAGE")
    if tag is not None and rebased is not None:
        raise click.UsageError("--tag and --rebased are the same: name one")
    target = tag or rebased or source
    with settings.client(jobs) as client:
        result = client.rebase(
            source, target, old_base=old_base, new_base=new_base, platforms=settings.platforms
        )
    say(f"pushed rebased image as {target.text}")
    stdout.line(result.name)

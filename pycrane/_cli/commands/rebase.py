"""`pycrane rebase`."""

from __future__ import annotations

import click

from pycrane._cli.command import Command
from pycrane._cli.parameters import jobs
from pycrane._cli.settings import Settings, pass_settings
from pycrane._cli.terminal.output import stdout

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
@click.argument("image", required=False)
@click.option("--old_base", metavar="IMAGE", help="The base to take away. [default: as annotated]")
@click.option("--new_base", metavar="IMAGE", help="The base to put below. [default: as annotated]")
@click.option("-t", "--tag", metavar="IMAGE", help="Name of the result. [default: IMAGE]")
@click.option("--original", metavar="IMAGE", help="Deprecated: the same as IMAGE.")
@click.option("--rebased", metavar="IMAGE", help="Deprecated: the same as --tag.")
@jobs
@pass_settings
def rebase(
    settings: Settings,
    image: str | None,
    old_base: str | None,
    new_base: str | None,
    tag: str | None,
    original: str | None,
    rebased: str | None,
    jobs: int | None,
) -> None:
    """Put the layers of IMAGE that are its own onto another base, with no layer read.

    Prints the reference of the result, by digest. Without --tag the result takes the place of IMAGE; named by
    digest, IMAGE stays. Bases that are not named come from the annotations org.opencontainers.image.base.name
    and base.digest, which the result gets too.
    """
    if (image is None) is (original is None):
        raise click.UsageError("name one IMAGE")
    if tag is not None and rebased is not None:
        raise click.UsageError("--tag and --rebased are the same: name one")
    from pycrane._cli.terminal.report import say
    from pycrane._transports.table import parse_location

    source = parse_location(image or original or "")
    name = tag or rebased
    target = parse_location(name) if name else source
    old, new = (parse_location(text) if text else None for text in (old_base, new_base))
    with settings.client(jobs) as client:
        result = client.rebase(source, target, old_base=old, new_base=new, platforms=settings.platforms)
    say(f"pushed rebased image as {target.text}")
    stdout.line(result.name)

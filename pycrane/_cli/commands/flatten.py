"""`pycrane flatten`."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from pycrane._cli.command import Command
from pycrane._cli.names import LOCATION
from pycrane._cli.parameters import jobs
from pycrane._cli.settings import Settings, pass_settings
from pycrane._cli.terminal.output import stdout

if TYPE_CHECKING:
    from pycrane._transports.location import Location

EXAMPLES = """
pycrane flatten registry.example.com/app:v1 -t registry.example.com/app:v1-flat
pycrane flatten registry.example.com/app:v1 --compression zstd --level 19
SOURCE_DATE_EPOCH=0 pycrane flatten registry.example.com/app:v1
"""
DIFFERENCES = """
In an index, all images are flattened, or those of --platform. Artifacts stay unchanged. Attestations are
dropped with a warning, because they describe layers that no longer exist; crane drops them too.

Media types stay OCI's or Docker's, as in the image; crane uses Docker's for configuration and layer. Unknown
fields of the configuration and the manifest are kept, and so is subject.

--compression and --level set the compression of the layer. Its files are those of export.

Two runs give the same bytes if SOURCE_DATE_EPOCH is set.

With --tag the result has that tag, even if IMAGE is a digest.
"""


@click.command(cls=Command, examples=EXAMPLES, differences=DIFFERENCES)
@click.argument("image", type=LOCATION)
@click.option("-t", "--tag", metavar="IMAGE", type=LOCATION, help="Name of the result. [default: IMAGE]")
@click.option(
    "--compression",
    type=click.Choice(["gzip", "zstd", "none"]),
    default="gzip",
    help="Compression of the layer. [default: gzip]",
)
@click.option(
    "--level",
    metavar="N",
    type=int,
    help="1 to 9 for gzip [default: 6], 1 to 22 for zstd [default: 3].",
)
@jobs
@pass_settings
def flatten(
    settings: Settings,
    image: Location,
    tag: Location | None,
    compression: str,
    level: int | None,
    jobs: int | None,
) -> None:
    """Merge all layers of IMAGE into one, with the files that a container sees.

    Prints the reference of the result, by digest. Without --tag the result replaces the tag IMAGE; if IMAGE
    is a digest, it stays. The history becomes one entry, with the old history as its comment.
    """
    with settings.client(jobs) as client:
        result = client.flatten(
            image, tag or image, compression=compression, level=level, platforms=settings.platforms
        )
    stdout.line(result.name)

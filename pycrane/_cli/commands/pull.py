"""`pycrane pull`."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from pycrane._cli.command import Command
from pycrane._cli.global_options import warn_unused
from pycrane._cli.names import LOCATION
from pycrane._cli.parameters import jobs, output_location
from pycrane._cli.settings import PUSHES, Settings, pass_settings
from pycrane._cli.terminal.report import warn

if TYPE_CHECKING:
    from pycrane._transports.location import Location

EXAMPLES = """
pycrane pull alpine alpine.tar
pycrane pull alpine:3.22 - | docker load
pycrane pull --format oci --annotate-ref alpine debian ./layout
pycrane pull --platform linux/amd64,linux/arm64 --format oci golang ./layout
pycrane pull --cache_path ~/.cache/layers ghcr.io/org/app app.tar
"""
DIFFERENCES = """
PATH may be - for standard output.

PATH appears when it is complete and verified. A pull that fails leaves an existing PATH as it was.

Layers are downloaded in parallel, also into a tarball. An interrupted download continues after the bytes that
are already verified.

A layer that the layout or the cache already has is verified instead of downloaded. The cache also keeps
configurations, and does not change what is written. An image that the layout already has is not added again.

--platform may be repeated or be a comma-separated list. A layout then has an index of these entries, a
tarball one image for each platform.

Images are in a tarball in the order of the command line, so that the same images give the same bytes. In a
legacy tarball too, an image without a tag has the tag latest.
"""


@click.command(cls=Command, examples=EXAMPLES, differences=DIFFERENCES)
@click.argument("images", metavar="IMAGE...", type=LOCATION, nargs=-1, required=True)
@click.argument("path", type=click.Path())
@click.option(
    "--format",
    type=click.Choice(["tarball", "legacy", "oci"]),
    help="Format to write: a tarball for docker load, one for Docker before 1.10, or an OCI layout. "
    "[default: tarball]",
)
@click.option(
    "-c",
    "--cache_path",
    metavar="DIR",
    type=click.Path(file_okay=False),
    help="Cache layers in this directory.",
)
@click.option(
    "--annotate-ref",
    is_flag=True,
    help="Record the full name of each image in the layout's index (oci only).",
)
@jobs
@pass_settings
def pull(
    settings: Settings,
    images: tuple[Location, ...],
    path: str,
    format: str | None,  # noqa: A002
    cache_path: str | None,
    annotate_ref: bool,
    jobs: int | None,
) -> None:
    """Save each IMAGE of a registry to PATH: a tarball, or with --format oci a directory.

    A tarball holds single images: of an index, the one for --platform, or for linux/amd64. A layout holds
    whole indexes, or their images for --platform. Images are added to a layout that exists.
    """
    if path == "-" and format == "oci":
        raise click.UsageError("--format oci writes a directory, not standard output")

    target = output_location(path)
    if not isinstance(target, Path) and (format or annotate_ref):
        raise click.UsageError(f"{path} has a transport: omit --format and --annotate-ref")
    if annotate_ref and format != "oci":
        warn("--annotate-ref has no effect without --format oci")
    if isinstance(target, Path):
        warn_unused(settings, PUSHES, "a file")
    with settings.client(jobs) as client:
        client.pull(
            images,
            target,
            format=format or "tarball",
            platforms=settings.platforms,
            cache=cache_path,
            annotate_ref=annotate_ref,
        )

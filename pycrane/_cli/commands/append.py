"""`pycrane append`."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from pycrane._cli.command import Command
from pycrane._cli.global_options import warn_unused
from pycrane._cli.names import LOCATION
from pycrane._cli.parameters import (
    check_level,
    comma_separated,
    compression,
    jobs,
    level,
    output_path,
)
from pycrane._cli.settings import PUSHES, Settings, pass_settings
from pycrane._cli.terminal.output import stdout
from pycrane._cli.terminal.report import warn

if TYPE_CHECKING:
    from pycrane._transports.location import Location

EXAMPLES = """
pycrane append -b alpine -f layer.tar.gz -t registry.example.com/app:v1
tar -c -C build . | pycrane append -b alpine -f - -t registry.example.com/app:v1
pycrane append -f layer.tar -t app:v1 -o app.tar
"""
DIFFERENCES = """
If the base is an index, the layers are added to the images of all its platforms, or of those of --platform,
and the result is an index. crane makes an image of one platform of it.

-f - may be combined with -o, and -o - is standard output. A layer that is already compressed on standard
input is not compressed again.

A layer that pycrane compresses has the same contents and diff ID as crane's, but other compressed bytes and
therefore another digest. Layers that are already compressed keep their bytes, and the image then has the
digest that crane gives it.

Unknown fields of the configuration and the manifest are kept. A file that is not a tarball is refused.

--compression and --level set the compression of the new layers: gzip, zstd or none.
"""


@click.command(cls=Command, examples=EXAMPLES, differences=DIFFERENCES)
@click.option(
    "-b",
    "--base",
    metavar="IMAGE",
    type=LOCATION,
    help="Image to put the layers on. [default: an empty one]",
)
@click.option("-t", "--new_tag", metavar="IMAGE", required=True, help="Name of the result.")
@click.option(
    "-f",
    "--new_layer",
    "new_layers",
    metavar="FILE",
    multiple=True,
    required=True,
    help="Tarball to put on top, - for standard input. May be repeated, or a comma-separated list.",
)
@click.option(
    "-o",
    "--output",
    metavar="FILE",
    type=click.Path(),
    help="Write the result to this tarball, - for standard output, and push nothing.",
)
@click.option(
    "--set-base-image-annotations",
    is_flag=True,
    help="Record name and digest of the base as annotations of the result.",
)
@click.option(
    "--oci-empty-base", is_flag=True, help="Without --base, use OCI media types instead of Docker's."
)
@compression
@level
@jobs
@pass_settings
def append(
    settings: Settings,
    base: Location | None,
    new_tag: str,
    new_layers: tuple[str, ...],
    output: str | None,
    set_base_image_annotations: bool,
    oci_empty_base: bool,
    compression: str | None,
    level: int | None,
    jobs: int | None,
) -> None:
    """Append tarballs to a base image, each as a layer, and push the result.

    Prints the reference of the result, by digest. With --output nothing is pushed or printed.

    Layers for a Windows base are rewritten in the form that Windows needs.
    """
    if base is not None and oci_empty_base:
        raise click.UsageError("--base and --oci-empty-base do not go together")
    files = comma_separated(new_layers)
    if not all(files) or not files:
        raise click.UsageError("--new_layer names no file")
    if base is None and set_base_image_annotations:
        raise click.UsageError("--set-base-image-annotations needs --base")
    check_level(compression, level)
    if output is not None:
        warn_unused(settings, PUSHES, "a file")
    from pycrane._transports.table import named_archive, parse_location

    if base is None:
        warn("base unspecified, using empty image")
    target = named_archive(output_path(output), new_tag) if output else parse_location(new_tag)
    with settings.client(jobs) as client:
        result = client.append(
            base,
            [None if name == "-" else name for name in files],
            target,
            platforms=settings.platforms,
            annotate_base=set_base_image_annotations,
            oci_empty_base=oci_empty_base,
            compression=compression,
            level=level,
        )
    if not output:
        stdout.line(result.name)

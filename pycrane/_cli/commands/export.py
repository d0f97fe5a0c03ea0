"""`pycrane export`."""

from __future__ import annotations

from contextlib import closing
from typing import TYPE_CHECKING

import click

from pycrane._cli.command import Command
from pycrane._cli.names import PLACE
from pycrane._cli.parameters import one_platform
from pycrane._cli.settings import PLATFORMS, REGISTRIES, Settings, pass_settings
from pycrane._cli.terminal.output import stdout
from pycrane._errors import doing

if TYPE_CHECKING:
    from pycrane._io.stream import OpenStream
    from pycrane._transports.location import Location

EXAMPLES = """
pycrane export alpine alpine.tar
pycrane export --platform linux/arm64 alpine | tar -tv
docker save app | pycrane export - app.tar
pycrane export ./layout app.tar
"""
DIFFERENCES = """
IMAGE may be a tarball or an OCI layout with one image, or - for any tarball that push takes. What begins
with . or /, and what is a layout or a file, is a path; other names are in a registry.

A file TARBALL appears when it is whole. A tar is not written to a terminal.

The files are those that a container sees. Where crane's tar differs, it is in what hard links to replaced or
deleted files hold, in links that lead out of the root, which crane leaves out, and in that a hard link comes
after its file. A whiteout hides what is below its layer and not a file beside it. A file that a layer has
twice is there twice, and the last one counts.

The one blob of an artifact is written as it is stored: one that is compressed stays so. Of an artifact with
several blobs nothing is written.
"""


@click.command(cls=Command, uses=REGISTRIES | PLATFORMS, examples=EXAMPLES, differences=DIFFERENCES)
@click.argument("image", type=PLACE)
@click.argument("tarball", type=click.Path(), default="-")
@pass_settings
def export(settings: Settings, image: Location, tarball: str) -> None:
    """Write the file system of IMAGE to TARBALL, as one tar with all layers applied.

    TARBALL is a file, or - for standard output, as without it. IMAGE is a name in a registry, or - for a
    tarball of docker save on standard input. Of an index, the image for --platform or for linux/amd64 is
    taken. If IMAGE is an artifact of one blob, that is written.
    """
    platform = one_platform(settings)
    if tarball == "-" and stdout.terminal:
        raise click.UsageError("standard output is a terminal: send it on, as in export IMAGE > files.tar")
    with doing(f"exporting {image.text}"), settings.client() as client:
        view = client.only(image)
        if tarball == "-":
            _print(client.exported(view, platform))
        else:
            client.export(view, tarball, platform)


def _print(stream: OpenStream) -> None:
    from pycrane._io.stream import CHUNK

    with closing(stream):
        while data := stream.read(CHUNK):
            stdout.write(data)

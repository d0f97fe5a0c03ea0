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
IMAGE may be a tarball or an OCI layout with one image, or - for any tarball that push accepts. A name that
begins with . or /, or that is an existing file or layout, is a path; other names are in a registry.

The file TARBALL appears when it is complete. A tar is not written to a terminal.

The files are those that a container sees. crane's tar differs in the contents of hard links to replaced or
deleted files, and in links that lead out of the root, which crane omits; here a hard link follows its file. A
whiteout hides files of the layers below, and no file of its own layer. A file that a layer has twice is
written twice, and the last one counts.

The only blob of an artifact is written as it is stored, compressed or not. An artifact with several blobs is
an error.
"""


@click.command(cls=Command, uses=REGISTRIES | PLATFORMS, examples=EXAMPLES, differences=DIFFERENCES)
@click.argument("image", type=PLACE)
@click.argument("tarball", type=click.Path(), default="-")
@pass_settings
def export(settings: Settings, image: Location, tarball: str) -> None:
    """Write the file system of IMAGE to TARBALL, as one tar with all layers applied.

    TARBALL is a file, or - for standard output, which is the default. IMAGE is a name in a registry, or - for
    a tarball of docker save on standard input. Of an index, the image for --platform, or for linux/amd64, is
    exported. Of an artifact with one blob, the blob is written.
    """
    platform = one_platform(settings)
    if tarball == "-" and stdout.terminal:
        raise click.UsageError("standard output is a terminal: redirect it, as in export IMAGE > files.tar")
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

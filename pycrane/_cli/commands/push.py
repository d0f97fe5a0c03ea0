"""`pycrane push`."""

from __future__ import annotations

from pathlib import Path

import click

from pycrane._cli.command import Command
from pycrane._cli.parameters import jobs
from pycrane._cli.settings import Settings, pass_settings
from pycrane._cli.terminal.output import stdout

EXAMPLES = """
pycrane push app.tar registry.example.com/app:v1
docker save app | pycrane push - registry.example.com/app:v1
pycrane push --index ./layout registry.example.com/app:v1
pycrane push --all images.tar registry.example.com/mirror
"""
DIFFERENCES = """
PATH may be - for standard input. Tarballs of docker save of any version and OCI archives are accepted, also
compressed with gzip, zstd, xz or bzip2. A directory may be an OCI layout, or one that skopeo or podman wrote
as dir:. For another kind of directory the message says what it seems to be and what to do.

An image that is listed under several names is one image. Layers keep their bytes; their media types follow
from their first bytes.

One of several images is selected with PATH:NAME, oci:DIR:NAME, oci-archive:FILE:NAME or
docker-archive:FILE:NAME, where NAME is a name in PATH or a position, as in @0. --platform also applies with
--all.

With --all each image is pushed under its own tag to the repository IMAGE. Images from several repositories
are pushed below it, with the last part of their names: app:v1 and db:v1 to IMAGE/app:v1 and IMAGE/db:v1.
--index also works with an OCI archive.

Nothing outside PATH is read: an entry that points elsewhere is an error.
"""


@click.command(cls=Command, examples=EXAMPLES, differences=DIFFERENCES)
@click.argument("path", type=click.Path(allow_dash=True))
@click.argument("image")
@click.option("--index", is_flag=True, help="Push all images of a layout as one index.")
@click.option(
    "--all",
    "all_images",
    is_flag=True,
    help="Push every image, each under its own tag; IMAGE is a repository.",
)
@click.option(
    "--image-refs", metavar="FILE", type=click.Path(), help="Also write the printed references to this file."
)
@jobs
@pass_settings
def push(
    settings: Settings,
    path: str,
    image: str,
    index: bool,
    all_images: bool,
    image_refs: str | None,
    jobs: int | None,
) -> None:
    """Push the image in PATH, a tarball or a layout, to a registry as IMAGE.

    PATH is a tarball of docker save or pycrane pull, an OCI archive, a directory with an OCI layout, or - for
    standard input. Prints the reference of the pushed image, by digest.
    """
    if index and all_images:
        raise click.UsageError("--index and --all do not go together")
    from pycrane._transports.table import parse_location, parse_path

    with settings.client(jobs) as client:
        if all_images:
            pushed = client.push_all(parse_path(path), image, platforms=settings.platforms)
        else:
            target = parse_location(image)
            pushed = [client.push(parse_path(path), target, index=index, platforms=settings.platforms)]
    names = [each.name for each in pushed]
    for name in names:
        stdout.line(name)
    if image_refs is not None:
        from pycrane._io.whole_file import open_output

        with open_output(Path(image_refs), mode=0o600) as file:
            file.write("\n".join(names).encode())

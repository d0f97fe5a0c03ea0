"""`pycrane edit`: the configuration, the manifest or a file of an image."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import PurePosixPath
from typing import TYPE_CHECKING

import click

from pycrane._cli.command import Group
from pycrane._cli.names import REFERENCE
from pycrane._cli.parameters import jobs, one_platform
from pycrane._cli.settings import Settings, pass_settings
from pycrane._cli.terminal.output import stdout

if TYPE_CHECKING:
    from pycrane._cli.terminal.editor import Writing
    from pycrane._client.client import Client
    from pycrane._reference import Reference

_tag = click.option(
    "-t", "--tag", metavar="IMAGE", type=REFERENCE, help="Name of the result. [default: IMAGE]"
)
_SHARED = """
EDITOR may have arguments, as in code --wait; if it is not set, VISUAL is used, and then vi. Content that the
editor leaves unchanged keeps its bytes.

Edited text that is not valid JSON, or cannot be pushed for another reason, is kept in a file, and the path of
the file is printed. Nothing is pushed.

If --tag is in another repository, everything that the result refers to is copied there.
"""


@click.group(cls=Group)
def edit() -> None:
    """Edit the configuration, the manifest or a file of an image.

    On a terminal the editor in EDITOR is opened. Otherwise the new content is read from standard input.
    """


@edit.command(
    examples="""
pycrane edit config registry.example.com/app:v1
pycrane config app:v1 | jq .author=\\"me\\" | pycrane edit config app:v1 -t app:v2
""",
    differences=_SHARED
    + """
If IMAGE is an index, --platform must select one image; the result is that image alone.

A configuration that does not match the layers of the image is pushed with a warning.
""",
)
@click.argument("image", type=REFERENCE)
@_tag
@jobs
@pass_settings
def config(settings: Settings, image: Reference, tag: Reference | None, jobs: int | None) -> None:
    """Edit the configuration of IMAGE, and push the result.

    Prints the reference of the result. The keys of its manifest are sorted, as by crane.
    """
    from pycrane._client.edit import edit_config

    wanted = one_platform(settings)
    with _editing(settings, jobs, ".json", "config_size") as (client, change):
        result = edit_config(client, image, tag or image, change, platforms=wanted or ())
    _print(tag or image, result)


@edit.command(
    examples="""
pycrane edit manifest registry.example.com/app:v1
pycrane manifest app:v1 | jq .annotations.a=\\"b\\" | pycrane edit manifest app:v1
""",
    differences=_SHARED
    + """
With --platform, the manifest of the image for that platform in an index is edited.

A --media-type other than the mediaType field of the manifest is refused.
""",
)
@click.argument("image", type=REFERENCE)
@_tag
@click.option("-m", "--media-type", metavar="TYPE", default="", help="Media type to push the manifest with.")
@jobs
@pass_settings
def manifest(
    settings: Settings, image: Reference, tag: Reference | None, media_type: str, jobs: int | None
) -> None:
    """Edit the manifest or index of IMAGE, and push it.

    It is pushed byte for byte as edited. Prints the reference of the result. Its media type is its mediaType
    field, or else that of the original.
    """
    from pycrane._client.edit import edit_manifest

    wanted = one_platform(settings)
    with _editing(settings, jobs, ".json", "manifest_size") as (client, change):
        result = edit_manifest(
            client, image, tag or image, change, media_type=media_type, platforms=wanted or ()
        )
    _print(tag or image, result)


@edit.command(
    examples="""
pycrane edit fs registry.example.com/app:v1 -f /etc/motd
echo ENABLED=0 | pycrane edit fs registry.example.com/app:v1 -f /etc/default/motd-news
""",
    differences=_SHARED
    + """
A file keeps its owner, mode and extended attributes, also with standard input; a new file belongs to root and
has mode 0555. Symbolic links are followed; layers that cannot be read are an error. In the layer the name
does not begin with a slash. The media type of the layer is OCI's or Docker's, as in the image. The history
has the command and the file; times are the current time, or SOURCE_DATE_EPOCH.

In an index, all images are edited, or those of --platform; the result is an index.
""",
)
@click.argument("image", type=REFERENCE)
@click.option("-f", "--filename", metavar="FILE", required=True, help="Path of the file in the image.")
@_tag
@jobs
@pass_settings
def fs(settings: Settings, image: Reference, filename: str, tag: Reference | None, jobs: int | None) -> None:
    """Edit a file of IMAGE, and push the result.

    The result is IMAGE with one more layer. Prints the reference of the result. A file that does not exist is
    created.
    """
    with _editing(settings, jobs, PurePosixPath(filename).suffix, "edited_file") as (client, change):
        result = client.edit_file(image, tag or image, filename, change, platforms=settings.platforms)
    _print(tag or image, result)


@contextmanager
def _editing(
    settings: Settings, jobs: int | None, suffix: str, limit: str
) -> Iterator[tuple[Client, Writing]]:
    """Make a client, and the editing of text of at most its limit of this name."""
    from pycrane._cli.terminal.editor import Writing

    with settings.client(jobs) as client:
        writing = Writing(suffix, getattr(client.registry.session.limits, limit))
        with writing.kept_on_error():
            yield client, writing


def _print(target: Reference, result: Reference) -> None:
    """Print the target as it was typed, or a target by digest with the digest of the result."""
    stdout.line(result.name if target.digest else target.text)

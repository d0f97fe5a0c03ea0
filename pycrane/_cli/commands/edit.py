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
EDITOR may have arguments, as in code --wait; without it VISUAL counts, and then vi. What the editor leaves
unchanged stays as it is, byte for byte.

An edited text that is not valid JSON, or cannot be pushed for another reason, is kept in a file, whose
path is printed. Nothing is pushed then.

With --tag in another repository, all that the result names is brought there too.
"""


@click.group(cls=Group)
def edit() -> None:
    """Edit the configuration, the manifest or a file of an image.

    On a terminal an editor is opened, the one that EDITOR names. Otherwise the new content is what comes from
    standard input.
    """


@edit.command(
    examples="""
pycrane edit config registry.example.com/app:v1
pycrane config app:v1 | jq .author=\\"me\\" | pycrane edit config app:v1 -t app:v2
""",
    differences=_SHARED
    + """
Of an index one image has to be chosen with --platform; the result is that image alone.

A configuration that does not go with the layers of the image is pushed with a warning.
""",
)
@click.argument("image", type=REFERENCE)
@_tag
@jobs
@pass_settings
def config(settings: Settings, image: Reference, tag: Reference | None, jobs: int | None) -> None:
    """Edit the configuration of IMAGE, and push the result.

    Prints the reference of the result. The keys of its manifest are sorted, as crane does it.
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
With --platform the manifest of that image of an index is edited.

A --media-type that is not what the manifest says of itself is refused.
""",
)
@click.argument("image", type=REFERENCE)
@_tag
@click.option("-m", "--media-type", metavar="TYPE", default="", help="Push the manifest as one of this type.")
@jobs
@pass_settings
def manifest(
    settings: Settings, image: Reference, tag: Reference | None, media_type: str, jobs: int | None
) -> None:
    """Edit the manifest or index IMAGE, and push it byte for byte as it was written.

    Prints the reference of the result. Its media type is what it says itself, or else what it was.
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
Owner, mode and extended attributes of a file stay, also with standard input; a new file is root's, of mode
0555. Symbolic links are followed; layers that cannot be read are an error. In the layer the name has no slash
at its beginning. The media type of the layer is of the image's family. The history names the command and the
file alone; times are now, or SOURCE_DATE_EPOCH.

An index is edited in all its images, or those of --platform, and stays an index.
""",
)
@click.argument("image", type=REFERENCE)
@click.option("-f", "--filename", metavar="FILE", required=True, help="Edit this file.")
@_tag
@jobs
@pass_settings
def fs(settings: Settings, image: Reference, filename: str, tag: Reference | None, jobs: int | None) -> None:
    """Edit a file of IMAGE, and push the result: IMAGE with one more layer.

    Prints the reference of the result. A file that is not there is made.
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
    """Print a tag as it was typed; what was pushed by digest has the result's."""
    stdout.line(result.name if target.digest else target.text)

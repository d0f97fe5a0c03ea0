"""`pycrane edit`: the configuration, the manifest or a file of an image."""

from __future__ import annotations

from pathlib import PurePosixPath
from typing import TYPE_CHECKING

import click

from pycrane._cli.command import Group
from pycrane._cli.parameters import jobs, one_platform
from pycrane._cli.settings import Settings, pass_settings
from pycrane._cli.terminal.output import stdout

if TYPE_CHECKING:
    from pycrane._reference import Reference

_tag = click.option("-t", "--tag", metavar="IMAGE", help="Name of the result. [default: IMAGE]")
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
@click.argument("image")
@_tag
@jobs
@pass_settings
def config(settings: Settings, image: str, tag: str | None, jobs: int | None) -> None:
    """Edit the configuration of IMAGE, and push the result.

    Prints the reference of the result. The keys of its manifest are sorted, as crane does it.
    """
    from pycrane._cli.terminal.editor import Writing
    from pycrane._client.edit import edit_config
    from pycrane._limits import DEFAULT_LIMITS

    source, target = _names(image, tag)
    wanted = one_platform(settings)
    writing = Writing(".json", DEFAULT_LIMITS.config_size)
    with writing.kept_on_error(), settings.client(jobs) as client:
        result = edit_config(
            client,
            source,
            target,
            writing,
            platforms=(wanted,) if wanted else (),
        )
    _print(target, result)


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
@click.argument("image")
@_tag
@click.option("-m", "--media-type", metavar="TYPE", default="", help="Push the manifest as one of this type.")
@jobs
@pass_settings
def manifest(settings: Settings, image: str, tag: str | None, media_type: str, jobs: int | None) -> None:
    """Edit the manifest or index IMAGE, and push it byte for byte as it was written.

    Prints the reference of the result. Its media type is what it says itself, or else what it was.
    """
    from pycrane._cli.terminal.editor import Writing
    from pycrane._client.edit import edit_manifest
    from pycrane._limits import DEFAULT_LIMITS

    source, target = _names(image, tag)
    wanted = one_platform(settings)
    writing = Writing(".json", DEFAULT_LIMITS.manifest_size)
    with writing.kept_on_error(), settings.client(jobs) as client:
        result = edit_manifest(
            client,
            source,
            target,
            writing,
            media_type=media_type,
            platforms=(wanted,) if wanted else (),
        )
    _print(target, result)


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
@click.argument("image")
@click.option("-f", "--filename", metavar="FILE", required=True, help="Edit this file.")
@_tag
@jobs
@pass_settings
def fs(settings: Settings, image: str, filename: str, tag: str | None, jobs: int | None) -> None:
    """Edit a file of IMAGE, and push the result: IMAGE with one more layer.

    Prints the reference of the result. A file that is not there is made.
    """
    from pycrane._cli.terminal.editor import Writing

    source, target = _names(image, tag)
    writing = Writing(PurePosixPath(filename).suffix)
    with writing.kept_on_error(), settings.client(jobs) as client:
        result = client.edit_file(
            source,
            target,
            filename,
            writing,
            platforms=settings.platforms,
        )
    _print(target, result)


def _names(image: str, tag: str | None) -> tuple[Reference, Reference]:
    from pycrane._reference import parse_reference

    source = parse_reference(image)
    return source, parse_reference(tag) if tag is not None else source


def _print(target: Reference, result: Reference) -> None:
    """Print a tag as it was typed; what was pushed by digest has the result's."""
    stdout.line(result.name if target.digest else target.text)

"""`pycrane sync`."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from pycrane._cli.command import Command
from pycrane._cli.parameters import jobs
from pycrane._cli.settings import Settings, pass_settings
from pycrane._cli.sync_options import check_transports, sync_options
from pycrane._cli.terminal.output import stdout

if TYPE_CHECKING:
    from pycrane._client.sync import SyncCopy

EXAMPLES = """
pycrane sync --src docker --dest dir registry.example.com/app /media/usb
pycrane sync --src dir --dest docker --all /media/usb registry.example.com/apps
pycrane sync --src yaml --dest docker --all --scoped images.yaml registry.example.com/mirror
"""


@click.command(cls=Command, examples=EXAMPLES)
@sync_options
@click.option("-a", "--all", "everything", is_flag=True, help="Copy indexes with all their images.")
@jobs
@pass_settings
def sync(
    settings: Settings,
    source: str,
    target: str,
    origin: str,
    kind: str,
    scoped: bool,
    append_suffix: str,
    dry_run: bool,
    keep_going: bool,
    everything: bool,
    jobs: int | None,
) -> None:
    """Copy all images of SOURCE to DESTINATION, side by side.

    SOURCE is an image or repository in a registry (docker), a directory with image directories (dir), or a
    list of images (yaml). DESTINATION is a registry with a path (docker) or a directory (dir), in which each
    image has a directory of its own, called NAME:TAG.

    Of an index, the image for this machine is copied, with --platform those named, with --all the index and
    all its images. What DESTINATION has already is not copied again.

    Each copy is printed with its digest. With --keep-going a failure is reported, and is an error at the end.

    A list names for each registry images with tags or digests (none: all tags), and repositories with a
    regular expression for tags or a range of versions; it is read with PyYAML (pip install 'pycrane[yaml]'):

    \b
    registry.example.com:
      images: {app: [v1, v2], base: []}
      images-by-tag-regex: {tool: '^2[.]'}
      images-by-semver: {db: '^1.4'}
      credentials: {username: reader, password: SECRET}
      tls-verify: true
      cert-dir: /etc/certificates
    """
    check_transports(origin, kind)
    if everything and settings.platforms:
        raise click.UsageError("--all and --platform cannot be used together")
    with settings.client(jobs) as client:
        copies = client.sync(
            source if origin == "docker" else Path(source),
            target if kind == "docker" else Path(target),
            scoped=scoped,
            suffix=append_suffix,
            platforms=settings.platforms,
            system=not (everything or settings.platforms),
            keep_going=keep_going,
            dry_run=dry_run,
        )
    for each in copies:
        stdout.line(_shown(each))


def _shown(each: SyncCopy) -> str:
    return f"{each.digest or '-'} {each.source.text} {each.target.text}"

"""`pycrane layout`: work on an OCI layout."""

from __future__ import annotations

from pathlib import Path

import click

from pycrane._cli.command import Group
from pycrane._cli.settings import NOTHING
from pycrane._cli.terminal.report import say
from pycrane._errors import doing


@click.group(cls=Group)
def layout() -> None:
    """Work on an OCI layout."""


@layout.command(
    uses=NOTHING,
    examples="""
pycrane layout gc --dry-run ./layout
pycrane layout gc ./layout
""",
    differences="""
--dry-run only tells what would be deleted.

Entries that are neither images nor indexes, manifests that an index names and the layout does not have, and
files in blobs whose names are no digests, are no errors.
""",
)
@click.argument("folder", metavar="DIR", type=click.Path())
@click.option("--dry-run", is_flag=True, help="Delete nothing, only tell what would be deleted.")
def gc(folder: str, dry_run: bool) -> None:
    """Delete the blobs of the layout in DIR that nothing in its index leads to.

    The digest of each is told on standard error.
    """
    from pycrane._archive.layout_gc import collect_garbage

    with doing(f"collecting garbage in {folder}"):
        garbage = collect_garbage(Path(folder), dry_run=dry_run)
    for digest in garbage:
        say(f"{'garbage' if dry_run else 'garbage collecting'}: {digest}")

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
--dry-run prints the blobs without deleting them.

Entries other than images and indexes, manifests of an index that the layout does not have, and files in blobs
with other names than digests, are ignored.
""",
)
@click.argument("directory", metavar="DIR", type=click.Path())
@click.option("--dry-run", is_flag=True, help="Print what would be deleted, and delete nothing.")
def gc(directory: str, dry_run: bool) -> None:
    """Delete unreferenced blobs from the layout in DIR.

    Blobs that cannot be reached from the index are deleted. Their digests are printed on standard error.
    """
    from pycrane._archive.layout_gc import collect_garbage

    with doing(f"collecting garbage in {directory}"):
        garbage = collect_garbage(Path(directory), dry_run=dry_run)
    for digest in garbage:
        say(f"{'garbage' if dry_run else 'garbage collecting'}: {digest}")

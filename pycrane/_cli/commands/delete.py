"""`pycrane delete`."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from functools import partial
from typing import TYPE_CHECKING

import click

from pycrane._cli.command import Command
from pycrane._cli.names import REFERENCE
from pycrane._cli.settings import REGISTRIES, Settings, pass_settings
from pycrane._cli.terminal.report import common_status, printable, report, say
from pycrane._errors import NotFoundError, PycraneError, doing

if TYPE_CHECKING:
    from pycrane._reference import Reference

EXAMPLES = """
pycrane delete registry.example.com/app:build-17
pycrane delete --ignore-missing registry.example.com/app:a registry.example.com/app:b
pycrane delete --untag registry.example.com/app:build-17
pycrane delete --by-digest registry.example.com/app:build-17
"""
DIFFERENCES = """
Several references may be given, and --ignore-missing skips those that do not exist.

If a registry cannot delete a tag, the message says so and names the alternatives, --untag and --by-digest.
"""


@click.command(cls=Command, uses=REGISTRIES, examples=EXAMPLES, differences=DIFFERENCES)
@click.argument("images", metavar="IMAGE...", type=REFERENCE, nargs=-1, required=True)
@click.option("--ignore-missing", is_flag=True, help="Do not fail for images that do not exist.")
@click.option(
    "--untag",
    is_flag=True,
    help="Delete a tag alone, by pushing an empty manifest under it and deleting that.",
)
@click.option("--by-digest", is_flag=True, help="Delete the manifest of the tag, with all its tags.")
@click.option("-y", "--yes", is_flag=True, help="With --by-digest, delete other tags too without asking.")
@pass_settings
@click.pass_context
def delete(
    context: click.Context,
    settings: Settings,
    images: tuple[Reference, ...],
    ignore_missing: bool,
    untag: bool,
    by_digest: bool,
    yes: bool,
) -> None:
    """Delete each IMAGE, a tag or a digest, from its registry.

    A tag is deleted alone: its manifest and other tags stay. A digest is deleted with all its tags. Many
    registries cannot delete a tag; there are two alternatives:

    --untag pushes a small empty manifest under the tag, and deletes that by its digest. The tag names it for
    a moment.

    --by-digest deletes the manifest of the tag. Its other tags are listed first, and are deleted with it
    after a confirmation, or with --yes.
    """
    if untag and by_digest:
        raise click.UsageError("--untag and --by-digest do not go together")
    if yes and not by_digest:
        raise click.UsageError("--yes needs --by-digest")
    codes = []
    with settings.client() as client:
        for reference in images:
            try:
                with doing(f"deleting {reference.text}"):
                    agree = None if yes else partial(_make_sure, reference)
                    client.delete(reference, by_digest=by_digest, untag=untag, agree=agree)
            except NotFoundError as error:
                codes += [] if ignore_missing else [report(error)]
            except PycraneError as error:
                codes.append(report(error))
    context.exit(common_status(codes))


def _make_sure(reference: Reference, others: Sequence[str]) -> None:
    """Ask whether other tags may be deleted too. Raises PycraneError if not, or without a terminal."""
    listed = ", ".join(others)
    if not sys.stdin.isatty():
        raise PycraneError(f"these tags would be deleted too: {listed}", hint="add --yes to delete them")
    say(f"These tags of {reference.repository} will be deleted too: {printable(listed)}")
    if not click.confirm("Delete them?", err=True):
        raise PycraneError("cancelled")

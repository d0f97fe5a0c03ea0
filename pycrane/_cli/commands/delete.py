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
from pycrane._cli.terminal.report import printable, report, say
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
Several references may be named, and --ignore-missing passes over those that are not there.

A registry that cannot delete a tag is named as such, with the two ways out: --untag and --by-digest.
"""


@click.command(cls=Command, uses=REGISTRIES, examples=EXAMPLES, differences=DIFFERENCES)
@click.argument("images", metavar="IMAGE...", type=REFERENCE, nargs=-1, required=True)
@click.option("--ignore-missing", is_flag=True, help="Do not fail for images that are not there.")
@click.option(
    "--untag",
    is_flag=True,
    help="Free a tag alone, by putting a throw-away manifest under it and deleting that.",
)
@click.option(
    "--by-digest", is_flag=True, help="Delete the manifest that a tag names, and all its tags with it."
)
@click.option("-y", "--yes", is_flag=True, help="Do not ask before other tags are deleted too.")
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

    A tag is deleted alone, its manifest and other tags stay; a digest is deleted with all tags that name it.
    Many registries cannot delete a tag. Nothing else is done instead unless one of these options says so:

    --untag frees the tag alone: a small empty manifest is pushed under it and deleted by its
    digest. Whoever reads the tag in between gets that manifest.

    --by-digest deletes the manifest that the tag names. Other tags that name it are listed first, and go with
    it only after a yes, or with --yes.
    """
    if untag and by_digest:
        raise click.UsageError("--untag and --by-digest do not go together")
    if yes and not by_digest:
        raise click.UsageError("--yes needs --by-digest")
    code = 0
    with settings.client() as client:
        for reference in images:
            try:
                with doing(f"deleting {reference.text}"):
                    agree = None if yes else partial(_make_sure, reference)
                    client.delete(reference, by_digest=by_digest, untag=untag, agree=agree)
            except NotFoundError as error:
                code = code if ignore_missing else report(error)
            except PycraneError as error:
                code = report(error)
    context.exit(code)


def _make_sure(reference: Reference, others: Sequence[str]) -> None:
    """Ask whether other tags may go too. Raises PycraneError if not, or if no terminal is there to ask on."""
    listed = ", ".join(others)
    if not sys.stdin.isatty():
        raise PycraneError(f"these tags would be deleted too: {listed}", hint="if they may go, add --yes")
    say(f"These tags of {reference.repository} will be deleted too: {printable(listed)}")
    if not click.confirm("Delete them?", err=True):
        raise PycraneError("cancelled")

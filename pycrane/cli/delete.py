"""`pycrane delete`."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

import click

from pycrane.cli.command import Command
from pycrane.cli.settings import Settings, pass_settings

if TYPE_CHECKING:
    from pycrane.reference import Reference
    from pycrane.registry.client import RegistryClient

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


@click.command(cls=Command, examples=EXAMPLES, differences=DIFFERENCES)
@click.argument("images", metavar="IMAGE...", nargs=-1, required=True)
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
    images: tuple[str, ...],
    ignore_missing: bool,
    untag: bool,
    by_digest: bool,
    yes: bool,
) -> None:
    """Delete each IMAGE, a tag or a digest, from its registry.

    A tag is deleted alone, its manifest and other tags stay; a digest is deleted with all tags that name it.
    Many registries cannot delete a tag. Nothing else is done instead unless one of these options says so:

    --untag frees the tag alone: a small manifest that nobody needs is pushed under it and deleted by its
    digest. Whoever reads the tag in between gets that manifest.

    --by-digest deletes the manifest that the tag names. Other tags that name it are listed first, and go with
    it only after a yes, or with --yes.
    """
    if untag and by_digest:
        raise click.UsageError("--untag and --by-digest do not go together")
    from pycrane.cli.report import report
    from pycrane.errors import NotFoundError, PycraneError, doing
    from pycrane.reference import parse_reference

    references = [parse_reference(image) for image in images]
    code = 0
    with settings.client() as client:
        for reference in references:
            try:
                with doing(f"deleting {reference.text}"):
                    if by_digest:
                        _delete_by_digest(client, reference, sure=yes)
                    elif untag:
                        _untag(client, reference)
                    else:
                        _delete(client, reference)
            except NotFoundError as error:
                code = code if ignore_missing else report(error)
            except PycraneError as error:
                code = report(error)
    context.exit(code)


def _delete(client: RegistryClient, reference: Reference) -> None:
    """Delete a tag alone, or a digest with all its tags."""
    from pycrane.errors import UnsupportedError

    try:
        client.delete_manifest(reference)
    except UnsupportedError:
        client.head_manifest(reference)  # of what is not there, it is said that it is not there
        raise


def _untag(client: RegistryClient, reference: Reference) -> None:
    """Free a tag alone, the plain way where the registry can."""
    from pycrane.errors import UnsupportedError

    if reference.digest is not None:
        raise UnsupportedError("a digest has no tag to free", hint="name a tag, or leave out --untag")
    try:
        client.delete_manifest(reference)
    except UnsupportedError:
        client.delete_tag_by_placeholder(reference)


def _delete_by_digest(client: RegistryClient, reference: Reference, *, sure: bool) -> None:
    """Delete what a reference names with all its tags, once it is sure that they may go."""
    digest = client.head_manifest(reference).digest
    if not sure:
        tags = client.tags_of_digest(reference.repository, digest)
        _make_sure(reference, [tag for tag in tags if tag != reference.tag or reference.digest])
    client.delete_manifest(reference.with_digest(digest))


def _make_sure(reference: Reference, others: list[str]) -> None:
    """Ask whether other tags may go too. Raises PycraneError if not, or if nobody is there to ask."""
    from pycrane.cli.report import printable, say
    from pycrane.errors import PycraneError

    if not others:
        return
    listed = ", ".join(others)
    if not sys.stdin.isatty():
        raise PycraneError(f"these tags would be deleted too: {listed}", hint="if they may go, add --yes")
    say(f"These tags of {reference.repository} will be deleted too: {printable(listed)}")
    if not click.confirm("Delete them?", err=True):
        raise PycraneError("not done")

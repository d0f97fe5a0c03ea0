"""`pycrane gc`."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from pycrane._cli.command import Command
from pycrane._cli.names import REPOSITORY
from pycrane._cli.parameters import jobs
from pycrane._cli.settings import REGISTRIES, Settings, pass_settings
from pycrane._cli.terminal.output import stdout
from pycrane._cli.terminal.report import common_status, report
from pycrane._errors import PycraneError

if TYPE_CHECKING:
    from datetime import datetime

    from pycrane._reference import Repository

EXAMPLES = """
pycrane gc gcr.io/project/app
pycrane gc -r --older-than 30 gcr.io/project
pycrane gc --delete europe-docker.pkg.dev/project/images/app
"""
DIFFERENCES = """
The command is gcrane's gc, which only lists; --delete deletes.

Manifests in an index with a tag are not listed, and neither are manifests that refer to one that stays, such
as signatures. --older-than protects images that are being pushed. The order is always the same.

A registry that does not list its manifests is an error.
"""


@click.command(cls=Command, uses=REGISTRIES, examples=EXAMPLES, differences=DIFFERENCES)
@click.argument("repository", metavar="REPO", type=REPOSITORY)
@click.option("-r", "--recursive", is_flag=True, help="Also in all repositories below.")
@click.option("--delete", is_flag=True, help="Delete these manifests.")
@click.option(
    "--older-than", metavar="DAYS", type=click.FloatRange(min=0), help="Only manifests uploaded longer ago."
)
@jobs
@pass_settings
@click.pass_context
def gc(
    context: click.Context,
    settings: Settings,
    repository: Repository,
    recursive: bool,
    delete: bool,
    older_than: float | None,
    jobs: int | None,
) -> None:
    """List the manifests of REPO that cannot be reached from a tag, one a line, or delete them with --delete.

    Only Google's registries list manifests without a tag.
    """
    from pycrane._client.garbage import garbage_of

    codes = []
    with settings.client(jobs) as client:
        registry = client.registry
        for contents in client.walk(repository) if recursive else (registry.contents(repository),):
            for reference in garbage_of(registry, client.workers, contents, before=_days_ago(older_than)):
                try:
                    if delete:
                        registry.delete_manifest(reference, ignore_missing=True)
                    stdout.line(reference.name)
                except PycraneError as error:
                    codes.append(report(error))
    context.exit(common_status(codes))


def _days_ago(days: float | None) -> datetime | None:
    from datetime import UTC, datetime, timedelta

    try:
        return datetime.now(UTC) - timedelta(days=days) if days is not None else None
    except OverflowError as error:
        raise click.UsageError(f"--older-than {days:g} is too long ago") from error

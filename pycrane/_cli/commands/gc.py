"""`pycrane gc`."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from pycrane._cli.command import Command
from pycrane._cli.parameters import jobs
from pycrane._cli.settings import Settings, pass_settings
from pycrane._cli.terminal.output import stdout

if TYPE_CHECKING:
    from datetime import datetime

EXAMPLES = """
pycrane gc gcr.io/project/app
pycrane gc -r --older-than 30 gcr.io/project
pycrane gc --delete europe-docker.pkg.dev/project/images/app
"""
DIFFERENCES = """
The command is gcrane's gc, which only lists; --delete deletes.

What an index with a tag names is not listed, and neither is what is about a manifest that stays, such as a
signature. --older-than spares what is just being pushed. The order is always the same.

Where the registry does not tell of its manifests, that is an error and not an empty list.
"""


@click.command(cls=Command, examples=EXAMPLES, differences=DIFFERENCES)
@click.argument("repository", metavar="REPO")
@click.option("-r", "--recursive", is_flag=True, help="Do it in all repositories below as well.")
@click.option("--delete", is_flag=True, help="Delete them.")
@click.option(
    "--older-than", metavar="DAYS", type=click.FloatRange(min=0), help="Only what was uploaded before."
)
@jobs
@pass_settings
@click.pass_context
def gc(
    context: click.Context,
    settings: Settings,
    repository: str,
    recursive: bool,
    delete: bool,
    older_than: float | None,
    jobs: int | None,
) -> None:
    """List the manifests of REPO that no tag leads to, one a line; nothing is deleted without --delete.

    Google's registries tell of such manifests, others do not.
    """
    from pycrane._cli.terminal.report import report
    from pycrane._client.garbage import garbage_of
    from pycrane._errors import PycraneError
    from pycrane._reference import parse_repository

    root = parse_repository(repository)
    code = 0
    with settings.client(jobs) as client:
        registry = client.registry
        for contents in client.walk(root) if recursive else (registry.contents(root),):
            for reference in garbage_of(registry, client.workers, contents, before=_days_ago(older_than)):
                try:
                    if delete:
                        registry.delete_manifest(reference, ignore_missing=True)
                    stdout.line(reference.name)
                except PycraneError as error:
                    code = report(error)
    context.exit(code)


def _days_ago(days: float | None) -> datetime | None:
    from datetime import UTC, datetime, timedelta

    try:
        return datetime.now(UTC) - timedelta(days=days) if days is not None else None
    except OverflowError as error:
        raise click.UsageError(f"--older-than {days:g} is before all calendars") from error

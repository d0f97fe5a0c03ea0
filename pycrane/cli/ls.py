"""`pycrane ls`."""

from __future__ import annotations

import click

from pycrane.cli.command import Command
from pycrane.cli.output import stdout
from pycrane.cli.parameters import full_ref
from pycrane.cli.settings import Settings, pass_settings

EXAMPLES = """
pycrane ls ghcr.io/org/app
pycrane ls --full-ref --omit-digest-tags ghcr.io/org/app
"""
DIFFERENCES = """
Lists of several pages work over TLS with --insecure too. Characters that no tag has and that could steer a
terminal are printed as escapes.
"""


@click.command(cls=Command, examples=EXAMPLES, differences=DIFFERENCES)
@click.argument("repository", metavar="REPO")
@full_ref
@click.option(
    "-O",
    "--omit-digest-tags",
    is_flag=True,
    help="Leave out tags that stand for a digest, such as those of signatures (sha256-...).",
)
@pass_settings
def ls(settings: Settings, repository: str, full_ref: bool, omit_digest_tags: bool) -> None:
    """List the tags of the repository REPO, one a line, in the registry's order."""
    from pycrane.errors import doing
    from pycrane.reference import parse_repository

    repo = parse_repository(repository)
    with doing(f"listing the tags of {repository}"), settings.client() as client:
        for tag in client.tags(repo):
            if not (omit_digest_tags and tag.startswith("sha256-")):
                stdout.line(f"{repo}:{tag}" if full_ref else tag)

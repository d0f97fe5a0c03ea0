"""`pycrane ref`."""

from __future__ import annotations

import click

from pycrane._cli.command import Command
from pycrane._cli.settings import NOTHING
from pycrane._cli.terminal.output import stdout

EXAMPLES = """
pycrane ref alpine
pycrane ref --format '{{.Registry}} {{.Tag}}' localhost:5000/app:v1
"""
DIFFERENCES = """
crane does not have this command. The fields of --format, and of --json in lower case, are Name (whole),
Registry, Repository (the path), Tag and Digest; both are empty where there is none.
"""


@click.command(cls=Command, uses=NOTHING, examples=EXAMPLES, differences=DIFFERENCES)
@click.argument("reference", metavar="REF")
@click.option("-f", "--format", "template", metavar="TEMPLATE", help="Print what a Go template makes of it.")
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
def ref(reference: str, template: str | None, as_json: bool) -> None:
    """Take a reference apart: registry, repository, tag, digest, with what pycrane adds to a short name.

    Nothing is asked of a registry.
    """
    if template is not None and as_json:
        raise click.UsageError("--format and --json do not go together")
    from pycrane._cli.looking import parts_of

    stdout.write(parts_of(reference, template, as_json=as_json))

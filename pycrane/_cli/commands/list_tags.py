"""`pycrane list-tags`."""

from __future__ import annotations

import click

from pycrane._cli.command import Command
from pycrane._cli.settings import REGISTRIES, Settings, pass_settings
from pycrane._cli.terminal.output import stdout

EXAMPLES = """
pycrane list-tags registry.example.com/app | jq -r .Tags[]
pycrane list-tags docker-archive:images.tar
"""
DIFFERENCES = """
crane does not have this command. It prints what skopeo list-tags prints, also of layouts and OCI archives;
pycrane ls prints the same names a line each. An image without a name is @ and its position.
"""


@click.command("list-tags", cls=Command, uses=REGISTRIES, examples=EXAMPLES, differences=DIFFERENCES)
@click.argument("place")
@pass_settings
def list_tags(settings: Settings, place: str) -> None:
    """List the tags of a repository, or the names in an archive or layout, as JSON.

    PLACE is a repository, a path that begins with . or /, or TRANSPORT:... as in docker-archive:FILE.
    """
    from pycrane._cli.local_listing import tags_of

    with settings.client() as client:
        stdout.write(tags_of(client, place))

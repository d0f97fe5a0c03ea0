"""`pycrane tree`."""

from __future__ import annotations

import click

from pycrane._cli.command import Command
from pycrane._cli.settings import REGISTRIES, Settings, pass_settings
from pycrane._cli.terminal.output import stdout

EXAMPLES = """
pycrane tree alpine
pycrane tree --no-referrers --json oci:layout:v1
"""
DIFFERENCES = """
crane does not have this command. --json prints one object: kind (index, image, artifact, config, layer,
other), digest, mediaType, size in bytes, totalSize with all that is named below, platform, artifactType,
refers (true for a referrer), and children.
"""


@click.command(cls=Command, uses=REGISTRIES, examples=EXAMPLES, differences=DIFFERENCES)
@click.argument("place")
@click.option("--no-referrers", is_flag=True, help="Leave out manifests that refer to these.")
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
@pass_settings
def tree(settings: Settings, place: str, no_referrers: bool, as_json: bool) -> None:
    """Show an index or image as a tree: platforms, configurations, layers, and what refers to them.

    Sizes are of all that is below, each blob once, referrers not counted. Each manifest is one request, and
    the list of its referrers another.
    """
    from pycrane._cli.looking import tree_output

    with settings.client() as client:
        stdout.write(tree_output(client, place, referrers=not no_referrers, as_json=as_json))

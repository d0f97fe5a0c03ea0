"""`pycrane du`."""

from __future__ import annotations

import click

from pycrane._cli.command import Command
from pycrane._cli.settings import REGISTRIES, Settings, pass_settings
from pycrane._cli.terminal.output import stdout

EXAMPLES = """
pycrane du alpine:3.19 alpine:3.20
pycrane du --all-tags registry.example.com/app
pycrane du ./layout
"""
DIFFERENCES = """
crane does not have this command. --json prints one object: total, and images with name, digest, size and
unique, all in bytes.
"""


@click.command(cls=Command, uses=REGISTRIES, examples=EXAMPLES, differences=DIFFERENCES)
@click.argument("places", metavar="PLACE...", nargs=-1, required=True)
@click.option("-a", "--all-tags", is_flag=True, help="Count all tags of each repository.")
@click.option("--bytes", "in_bytes", is_flag=True, help="Print sizes in bytes.")
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
@pass_settings
def du(settings: Settings, places: tuple[str, ...], all_tags: bool, in_bytes: bool, as_json: bool) -> None:
    """Show how many bytes images take: in all, their own, and a bar of the part that is their own.

    A blob counts once, in the last line too. Its own are blobs that no other image of the list has. Of an
    archive or layout all images are listed. Layers are not read.
    """
    from pycrane._cli.looking import usage_output

    with settings.client() as client:
        stdout.write(usage_output(client, places, all_tags=all_tags, in_bytes=in_bytes, as_json=as_json))

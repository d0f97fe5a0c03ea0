"""`pycrane diff`."""

from __future__ import annotations

import click

from pycrane._cli.command import Command
from pycrane._cli.parameters import one_platform
from pycrane._cli.settings import PLATFORMS, REGISTRIES, Settings, pass_settings
from pycrane._cli.terminal.output import stdout

EXAMPLES = """
pycrane diff alpine:3.19 alpine:3.20
pycrane diff --files --exit-code app:v1 docker-archive:app.tar
"""
DIFFERENCES = """
crane does not have this command. --json prints one object: before and after (digests of the manifests), same,
config (fields that differ, each with before and after), layers with common, removed and added (digest and
size), and with --files also files with removed, added and changed, in the fields of pycrane files --json.
"""


@click.command(cls=Command, uses=REGISTRIES | PLATFORMS, examples=EXAMPLES, differences=DIFFERENCES)
@click.argument("before", metavar="A")
@click.argument("after", metavar="B")
@click.option("--files", is_flag=True, help="Compare files too: content, mode, owner, links.")
@click.option("--exit-code", is_flag=True, help="Exit with 1 if there is a difference.")
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
@pass_settings
def diff(settings: Settings, before: str, after: str, files: bool, exit_code: bool, as_json: bool) -> int:
    """Compare two images: configuration, layers and, with --files, files.

    A line begins with - for what only A has, + for what only B has, = for layers of both. Of indexes the
    images for --platform are compared, or those for linux/amd64. Times of files are not compared.
    """
    from pycrane._cli.looking import difference_output

    platform = one_platform(settings)
    with settings.client() as client:
        same, output = difference_output(client, before, after, platform, files=files, as_json=as_json)
    stdout.write(output)
    return 1 if exit_code and not same else 0

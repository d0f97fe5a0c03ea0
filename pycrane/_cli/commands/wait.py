"""`pycrane wait`."""

from __future__ import annotations

import click

from pycrane._cli.command import Command
from pycrane._cli.settings import REGISTRIES, Settings, pass_settings
from pycrane._cli.terminal.output import stdout

EXAMPLES = """
pycrane wait registry.example.com/app:v1.2.3
pycrane wait --timeout 60 --digest DIGEST registry.example.com/app:v1
"""
DIFFERENCES = """
crane does not have this command. --json prints reference and digest.
"""


@click.command(cls=Command, uses=REGISTRIES, examples=EXAMPLES, differences=DIFFERENCES)
@click.argument("reference", metavar="REF")
@click.option("--digest", metavar="DIGEST", help="Wait until REF has this digest.")
@click.option(
    "--timeout", metavar="SECONDS", type=float, default=600.0, help="Give up after so long. [default: 600]"
)
@click.option(
    "--interval", metavar="SECONDS", type=float, default=5.0, help="Look every so often. [default: 5]"
)
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
@pass_settings
def wait(
    settings: Settings, reference: str, digest: str | None, timeout: float, interval: float, as_json: bool
) -> None:
    """Wait until REF is in its registry, and print it by digest."""
    from pycrane._cli.looking import awaited

    with settings.client() as client:
        stdout.write(awaited(client, reference, digest, timeout, interval, as_json=as_json))

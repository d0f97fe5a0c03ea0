"""`pycrane catalog`."""

from __future__ import annotations

import click

from pycrane._cli.command import Command
from pycrane._cli.parameters import full_ref
from pycrane._cli.settings import REGISTRIES, Settings, pass_settings
from pycrane._cli.terminal.output import stdout
from pycrane._errors import doing

EXAMPLES = """
pycrane catalog localhost:5000
pycrane catalog --full-ref registry.example.com
"""


@click.command(cls=Command, uses=REGISTRIES, examples=EXAMPLES)
@click.argument("registry")
@full_ref
@pass_settings
def catalog(settings: Settings, registry: str, full_ref: bool) -> None:
    """List the repositories of REGISTRY, one a line, in the registry's order.

    Many public registries, among them Docker Hub and ghcr.io, do not support this.
    """
    from pycrane._reference import parse_registry

    host = parse_registry(registry)
    with doing(f"listing the repositories of {registry}"), settings.registry() as client:
        for repository in client.repositories(host):
            stdout.line(f"{registry}/{repository}" if full_ref else repository)

"""`pycrane skopeo logout` (skopeo-logout(1))."""

from __future__ import annotations

import click

from pycrane._cli.skopeo.command import SkopeoCommand
from pycrane._cli.skopeo.flags import LOGOUT_FILES
from pycrane._cli.skopeo.settings import SkopeoSettings, pass_settings

EXAMPLES = """
pycrane skopeo logout registry.example.com
pycrane skopeo logout --all
"""


@click.command(cls=SkopeoCommand, examples=EXAMPLES, params=LOGOUT_FILES)
@click.argument("registry", required=False)
@click.option("-a", "--all", "everywhere", is_flag=True, help="Remove the credentials for all registries.")
@pass_settings
def logout(settings: SkopeoSettings, /, registry: str | None, everywhere: bool) -> None:
    """Remove the credentials for REGISTRY."""
    if everywhere and registry is not None:
        raise click.UsageError("--all takes no registry")
    if not everywhere and registry is None:
        raise click.UsageError("name a registry, or give --all")
    from pycrane._cli.skopeo.logins import remove_all_logins, remove_login

    if registry is None:
        remove_all_logins(settings)
    else:
        remove_login(settings, registry)

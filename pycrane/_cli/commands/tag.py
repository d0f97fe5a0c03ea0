"""`pycrane tag`."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from pycrane._cli.command import Command
from pycrane._cli.names import REFERENCE
from pycrane._cli.settings import REGISTRIES, Settings, pass_settings

if TYPE_CHECKING:
    from pycrane._reference import Reference

EXAMPLES = """
pycrane tag ghcr.io/org/app:build-17 v1.2
pycrane tag ghcr.io/org/app:v1.2 latest
"""
DIFFERENCES = """
TAG is checked before anything is sent. The command takes two requests.
"""


@click.command(cls=Command, uses=REGISTRIES, examples=EXAMPLES, differences=DIFFERENCES)
@click.argument("image", type=REFERENCE)
@click.argument("tag")
@pass_settings
def tag(settings: Settings, image: Reference, tag: str) -> None:
    """Add TAG to IMAGE, in the same repository of its registry.

    The digest stays the same, and no layer is transferred. An index is tagged as a whole. A TAG that exists
    is moved. To tag in another repository, use pycrane copy.
    """
    from pycrane._client.tag import put_tag

    with settings.registry() as client:
        put_tag(client, image, tag)

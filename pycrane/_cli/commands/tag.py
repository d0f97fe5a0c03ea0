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
TAG is checked before anything is sent: what is not a tag is an error and never becomes part of an address.
It takes two requests.
"""


@click.command(cls=Command, uses=REGISTRIES, examples=EXAMPLES, differences=DIFFERENCES)
@click.argument("image", type=REFERENCE)
@click.argument("tag")
@pass_settings
def tag(settings: Settings, image: Reference, tag: str) -> None:
    """Give IMAGE, in a registry, one more tag in its repository.

    No layer moves, and the digest stays the same. An index is tagged whole. If TAG names another image it
    will name this one. To tag in another repository, use pycrane copy.
    """
    from pycrane._client.tag import put_tag

    with settings.registry() as client:
        put_tag(client, image, tag)

"""`pycrane tag`."""

from __future__ import annotations

import click

from pycrane._cli.command import Command
from pycrane._cli.settings import Settings, pass_settings

EXAMPLES = """
pycrane tag ghcr.io/org/app:build-17 v1.2
pycrane tag ghcr.io/org/app:v1.2 latest
"""
DIFFERENCES = """
TAG is checked before anything is sent: what is not a tag is an error and never becomes part of an address.
It takes two requests.
"""


@click.command(cls=Command, examples=EXAMPLES, differences=DIFFERENCES)
@click.argument("image")
@click.argument("tag")
@pass_settings
def tag(settings: Settings, image: str, tag: str) -> None:
    """Give IMAGE, in a registry, one more tag in its repository.

    No layer moves, and the digest stays the same. An index is tagged whole. If TAG names another image it
    will name this one. To tag in another repository, use pycrane copy.
    """
    from pycrane._client.tag import put_tag
    from pycrane._reference import parse_reference

    reference = parse_reference(image)
    with settings.registry() as client:
        put_tag(client, reference, tag)

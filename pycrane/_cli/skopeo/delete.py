"""`pycrane skopeo delete` (skopeo-delete(1))."""

from __future__ import annotations

import click

from pycrane._cli.skopeo.command import SkopeoCommand
from pycrane._cli.skopeo.flags import RETRIES, side
from pycrane._cli.skopeo.settings import SkopeoSettings, pass_settings
from pycrane._errors import NotFoundError, PycraneError, UnsupportedError

EXAMPLES = """
pycrane skopeo delete docker://registry.example.com/app:old
"""


@click.command(cls=SkopeoCommand, examples=EXAMPLES, params=[*side(""), *RETRIES])
@click.argument("image", metavar="IMAGE-NAME")
@pass_settings
def delete(settings: SkopeoSettings, image: str) -> None:
    """Delete an image.

    In a registry it is deleted by its digest, with all the tags that it has.
    """
    from pycrane._cli.skopeo.session import SkopeoSession
    from pycrane._client.delete import delete_by_digest

    with SkopeoSession(settings) as session:
        location = session.location(image)
        if location.reference is None:
            raise UnsupportedError(f"{image} cannot be deleted")
        try:
            delete_by_digest(session.registry(), location.reference)
        except NotFoundError as error:
            raise PycraneError(error.message, hint=error.hint) from error

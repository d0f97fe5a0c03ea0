"""`pycrane skopeo delete` (skopeo-delete(1))."""

from __future__ import annotations

import click

from pycrane._cli.skopeo.command import SkopeoCommand
from pycrane._cli.skopeo.flags import RETRIES, side
from pycrane._cli.skopeo.settings import SkopeoSettings, pass_settings
from pycrane._errors import NotFoundError, PycraneError, UnsupportedError

EXAMPLES = """
pycrane skopeo delete docker://registry.example.com/app:old
pycrane skopeo delete oci:layout:old
"""
DIFFERENCES = """
A layout that names manifests of Docker's is changed as any other; skopeo refuses.
"""


@click.command(cls=SkopeoCommand, examples=EXAMPLES, differences=DIFFERENCES, params=[*side(""), *RETRIES])
@click.argument("image", metavar="IMAGE-NAME")
@pass_settings
def delete(settings: SkopeoSettings, image: str) -> None:
    """Delete an image.

    In a registry it is deleted by its digest, with all the tags that it has. In an OCI layout its name goes,
    and with it the manifest, configuration and layers that no other name leads to.
    """
    from pycrane._archive.layout_delete import delete_image
    from pycrane._cli.skopeo.session import SkopeoSession
    from pycrane._client.delete import delete_by_digest
    from pycrane._transports.oci_layout import LayoutLocation

    with SkopeoSession(settings) as session:
        location = session.location(image)
        if isinstance(location, LayoutLocation):
            with session.missing(location):
                delete_image(location.path, location.name, shared=location.shared)
            return
        if location.reference is None:
            raise UnsupportedError(
                f"{image} cannot be deleted", hint="images are deleted from registries and OCI layouts"
            )
        try:
            delete_by_digest(session.registry(), location.reference)
        except NotFoundError as error:
            raise PycraneError(error.message, hint=error.hint) from error

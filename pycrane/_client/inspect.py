"""manifest, digest, config: what a registry says about an image, in as few requests as there can be.

These are the quick ones: what only some calls need is imported by them.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from pycrane._oci.digest import Digest
from pycrane._oci.platform import Platform
from pycrane._reference import Reference

if TYPE_CHECKING:
    from pycrane._registry.client import RegistryClient


def manifest(client: RegistryClient, reference: Reference, platform: Platform | None = None) -> bytes:
    """The raw manifest or index; with `platform`, that of the image an index has for it.

    Raises:
        RegistryError: the registry refuses, or has no such manifest.
        PlatformNotFoundError: the index has no such platform.
    """
    if platform is None:
        return client.get_manifest(reference)[0]
    from pycrane._client.platforms import narrowed

    return narrowed(client.open(reference), (platform,), client.session.listener).raw_manifest


def digest(client: RegistryClient, reference: Reference, platform: Platform | None = None) -> Digest:
    """The digest of the manifest or index; with `platform`, of the image an index has for it.

    Raises:
        RegistryError: the registry refuses, or has no such manifest.
        PlatformNotFoundError: the index has no such platform.
    """
    if platform is None:
        return client.head_manifest(reference).digest
    from pycrane._client.platforms import digest_of

    return digest_of(client.open(reference), platform, client.session.listener)


def config(client: RegistryClient, reference: Reference, platform: Platform | None = None) -> bytes:
    """The raw configuration of an image, of an index's image for `platform` (None: linux/amd64).

    Raises:
        RegistryError: the registry refuses, or has no such image.
        PlatformNotFoundError: the index has no such platform.
    """
    from pycrane._errors import doing
    from pycrane._image.select import select_image

    view = client.open(reference)
    if platform is not None:
        from pycrane._client.platforms import narrowed

        view = narrowed(view, (platform,), client.session.listener)
    image = select_image(view)
    with doing(f"config of {reference.text or reference}", reference=reference):
        return image.raw_config_file

"""manifest, digest, config: what an image or index says of itself, for programs."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pycrane._client import inputs, inspect
from pycrane._client.inputs import AnyImage
from pycrane._client.platforms import digest_of
from pycrane._image.view import Image
from pycrane._oci.config import ConfigFile
from pycrane._oci.digest import Digest
from pycrane._oci.manifest import IndexManifest, Manifest
from pycrane._oci.platform import Platform
from pycrane._oci.schema1 import Schema1Manifest
from pycrane._reference import Reference, as_reference

if TYPE_CHECKING:
    from pycrane._client.base import Base


def manifest(
    client: Base, source: AnyImage, platform: str | Platform | None = None
) -> Manifest | IndexManifest | Schema1Manifest:
    """Read the manifest or index; with `platform` that of the image an index has for it.

    Its raw bytes are `open(source).raw_manifest`. One request, two with a platform.

    Raises:
        NotFoundError: the registry has no such manifest.
        PlatformNotFoundError: the index has no image for the platform.
    """
    if platform is not None:
        return client.image(source, platform).manifest
    if isinstance(source, str | Reference):
        return client.registry.manifest(source)
    view = client.open(source)
    return view.manifest if isinstance(view, Image) else view.index_manifest


def digest(client: Base, source: AnyImage, platform: str | Platform | None = None) -> Digest:
    """Return the digest of the manifest or index; with `platform` of the image an index has for it.

    Raises:
        NotFoundError: the registry has no such manifest.
        PlatformNotFoundError: the index has no image for the platform.
    """
    wanted = inputs.platform_of(platform)
    with inputs.naming(source):
        if isinstance(source, str | Reference):
            return inspect.digest(client.registry, as_reference(source), wanted)
        return digest_of(client.open(source), wanted)


def config(client: Base, source: AnyImage, platform: str | Platform | None = None) -> ConfigFile:
    """Read the configuration of an image, of an index's image for `platform` (None: linux/amd64).

    Its raw bytes are `image(source).raw_config_file`.

    Raises:
        MalformedError: it has none, as an artifact may.
    """
    with inputs.naming(source):
        return client.image(source, platform).config_file

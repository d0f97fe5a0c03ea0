"""The image and the index that have nothing in them: what others are begun from."""

from __future__ import annotations

from pycrane._image.build import build_index, build_manifest
from pycrane._image.content import MemoryContent
from pycrane._image.view import Image, Index
from pycrane._oci import go_json, media_types
from pycrane._oci.descriptor import Descriptor


def empty_image(*, oci: bool = False) -> Image:
    """An image without layers, platform and time, of Docker's types or, with `oci`, OCI's; crane's bytes."""
    config = go_json.dumps(go_json.ordered({"rootfs": {"type": "layers"}}, go_json.CONFIG_FILE))
    config_type = media_types.OCI_CONFIG if oci else media_types.DOCKER_CONFIG
    described = Descriptor.of(config_type, config)
    return Image(MemoryContent({described.digest: config}), *build_manifest(described, []))


def empty_index(*, docker: bool = False) -> Index:
    """An index without manifests, of OCI's type or, with `docker`, Docker's; the bytes are crane's."""
    kind = media_types.DOCKER_INDEX if docker else media_types.OCI_INDEX
    return Index(MemoryContent({}), *build_index(kind, []))

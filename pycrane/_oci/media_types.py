"""Media types of manifests, configs and layers, OCI's and Docker's (OCI image spec, media-types.md)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from pycrane._errors import MalformedError, UnsupportedError
from pycrane._oci import json_fields

OCI_INDEX = "application/vnd.oci.image.index.v1+json"
OCI_MANIFEST = "application/vnd.oci.image.manifest.v1+json"
OCI_CONFIG = "application/vnd.oci.image.config.v1+json"
OCI_LAYER = "application/vnd.oci.image.layer.v1.tar"
OCI_LAYER_GZIP = "application/vnd.oci.image.layer.v1.tar+gzip"
OCI_LAYER_ZSTD = "application/vnd.oci.image.layer.v1.tar+zstd"
OCI_FOREIGN_LAYER = "application/vnd.oci.image.layer.nondistributable.v1.tar"
OCI_FOREIGN_LAYER_GZIP = "application/vnd.oci.image.layer.nondistributable.v1.tar+gzip"
OCI_FOREIGN_LAYER_ZSTD = "application/vnd.oci.image.layer.nondistributable.v1.tar+zstd"
OCI_EMPTY = "application/vnd.oci.empty.v1+json"

DOCKER_INDEX = "application/vnd.docker.distribution.manifest.list.v2+json"
DOCKER_MANIFEST = "application/vnd.docker.distribution.manifest.v2+json"
DOCKER_CONFIG = "application/vnd.docker.container.image.v1+json"
DOCKER_LAYER = "application/vnd.docker.image.rootfs.diff.tar"
DOCKER_LAYER_GZIP = "application/vnd.docker.image.rootfs.diff.tar.gzip"
DOCKER_LAYER_ZSTD = "application/vnd.docker.image.rootfs.diff.tar.zstd"
DOCKER_FOREIGN_LAYER = "application/vnd.docker.image.rootfs.foreign.diff.tar.gzip"
DOCKER_SCHEMA1 = "application/vnd.docker.distribution.manifest.v1+json"
DOCKER_SCHEMA1_SIGNED = "application/vnd.docker.distribution.manifest.v1+prettyjws"

INDEXES = frozenset({OCI_INDEX, DOCKER_INDEX})
IMAGES = frozenset({OCI_MANIFEST, DOCKER_MANIFEST})
SCHEMA1 = frozenset({DOCKER_SCHEMA1, DOCKER_SCHEMA1_SIGNED})
CONFIGS = frozenset({OCI_CONFIG, DOCKER_CONFIG})
FOREIGN_LAYERS = frozenset(
    {OCI_FOREIGN_LAYER, OCI_FOREIGN_LAYER_GZIP, OCI_FOREIGN_LAYER_ZSTD, DOCKER_FOREIGN_LAYER}
)
LAYERS = FOREIGN_LAYERS | {
    OCI_LAYER,
    OCI_LAYER_GZIP,
    OCI_LAYER_ZSTD,
    DOCKER_LAYER,
    DOCKER_LAYER_GZIP,
    DOCKER_LAYER_ZSTD,
}

MANIFEST_ACCEPT = (
    OCI_MANIFEST,
    OCI_INDEX,
    DOCKER_MANIFEST,
    DOCKER_INDEX,
    DOCKER_SCHEMA1_SIGNED,
    DOCKER_SCHEMA1,
)
"""Types that a client accepts: all of them, so that no registry converts for it."""


_ENCRYPTED = "+encrypted"


def is_encrypted(media_type: str) -> bool:
    """Whether a layer of this type is encrypted (ocicrypt, spec.md)."""
    return media_type.endswith(_ENCRYPTED)


def normalize(content_type: str) -> str:
    """A media type without parameters, in lower case."""
    return content_type.partition(";")[0].strip().lower()


def is_oci(media_type: str) -> bool:
    """Whether a manifest or index of this type belongs to the OCI family and not to Docker's."""
    return media_type in (OCI_MANIFEST, OCI_INDEX)


_OCI_OF = {
    DOCKER_INDEX: OCI_INDEX,
    DOCKER_MANIFEST: OCI_MANIFEST,
    DOCKER_CONFIG: OCI_CONFIG,
    DOCKER_LAYER: OCI_LAYER,
    DOCKER_LAYER_GZIP: OCI_LAYER_GZIP,
    DOCKER_LAYER_ZSTD: OCI_LAYER_ZSTD,
    DOCKER_FOREIGN_LAYER: OCI_FOREIGN_LAYER_GZIP,
}
_DOCKER_OF = {oci: docker for docker, oci in _OCI_OF.items() if oci != OCI_LAYER_ZSTD}


def as_oci(media_type: str) -> str:
    """The OCI media type for the same content; a type that has none stays as it is."""
    return _OCI_OF.get(media_type, media_type)


def as_docker(media_type: str) -> str:
    """Docker's media type for the same content; a type that has none stays as it is.

    zstd stays OCI's: readers of Docker's format know no other.
    """
    return _DOCKER_OF.get(media_type, media_type)


def of_manifest(value: Mapping[str, Any], said: str, what: str) -> str:
    """The media type of a parsed manifest, which the outside calls `said` (or nothing useful, or nothing).

    Raises:
        MalformedError: the two contradict each other, or the content fits both an image and an index.
    """
    is_index, is_image = "manifests" in value, "layers" in value or "config" in value
    if is_index and is_image:
        raise MalformedError(f"{what} is ambiguous: it has both manifests and layers or config")
    known = INDEXES | IMAGES
    inner = json_fields.text(value, "mediaType", what)
    if inner and said in known and inner != said:
        raise MalformedError(f"{what} calls itself {inner} and was announced as {said}")
    kind = inner or (said if said in known else "")
    if not kind:
        kind = OCI_INDEX if is_index else OCI_MANIFEST
    if kind not in known:
        raise UnsupportedError(f"{what} is of media type {kind}, which is neither an image nor an index")
    if is_index is not (kind in INDEXES) and (is_index or is_image):
        raise MalformedError(f"{what} is announced as {kind} and holds something else")
    return kind

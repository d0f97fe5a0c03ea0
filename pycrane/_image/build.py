"""Manifests and indexes built of descriptors, in the bytes that crane writes."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from pycrane._oci import go_json, media_types
from pycrane._oci.descriptor import Descriptor


def build_manifest(config: Descriptor, layers: Iterable[Descriptor]) -> tuple[bytes, Descriptor]:
    """Return the bytes and descriptor of the manifest of an image, of the family that its config is of."""
    kind = (
        media_types.OCI_MANIFEST
        if config.media_type == media_types.OCI_CONFIG
        else media_types.DOCKER_MANIFEST
    )
    fields = {
        "schemaVersion": 2,
        "mediaType": kind,
        "config": config.to_json(),
        "layers": [layer.to_json() for layer in layers],
    }
    return _written(kind, fields, go_json.MANIFEST)


def build_index(media_type: str, manifests: Sequence[Descriptor]) -> tuple[bytes, Descriptor]:
    """Return the bytes and descriptor of an index."""
    entries = [entry.to_json() for entry in manifests]
    fields = {"schemaVersion": 2, "mediaType": media_type, "manifests": entries}
    return _written(media_type, fields, go_json.INDEX)


def _written(media_type: str, fields: Mapping[str, Any], order: go_json.Struct) -> tuple[bytes, Descriptor]:
    raw = go_json.dumps(go_json.ordered(fields, order))
    return raw, Descriptor.of(media_type, raw)

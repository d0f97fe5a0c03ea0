"""The entry that an index or a layout's `index.json` has for a view (OCI image spec, image-index.md)."""

from __future__ import annotations

from typing import Any

from pycrane._image.view import Image, View
from pycrane._oci import go_json
from pycrane._oci.annotations import REF_NAME
from pycrane._oci.go_json import DESCRIPTOR


def layout_entry(view: View, name: str | None) -> dict[str, Any]:
    """The descriptor of a view for `index.json`, with its reference name if it gets one.

    What an index said about it stays. A manifest that came alone lends the entry its annotations. The
    artifact type is the manifest's, else the media type of its config (distribution spec, Listing Referrers).
    """
    entry = view.descriptor.to_json()
    manifest = view.manifest if isinstance(view, Image) else view.index_manifest
    if view.descriptor.raw is None and manifest.annotations:
        entry["annotations"] = dict(manifest.annotations)
    if isinstance(view, Image):
        entry["artifactType"] = view.manifest.artifact_type or view.manifest.config.media_type
    elif manifest.artifact_type:
        entry["artifactType"] = manifest.artifact_type
    if name is not None:
        entry["annotations"] = {**entry.get("annotations", {}), REF_NAME: name}
    return go_json.ordered(entry, DESCRIPTOR)

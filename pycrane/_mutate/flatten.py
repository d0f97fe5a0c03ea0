"""Images brought down to one layer (OCI image spec, manifest.md and config.md)."""

from __future__ import annotations

from typing import Any

from pycrane._image.view import Image, Layer
from pycrane._mutate.append import described
from pycrane._mutate.rewrite import rewritten_image
from pycrane._oci import go_json, media_types

CREATED_BY = "pycrane flatten"


def flatten(image: Image, layer: Layer, *, created: str) -> Image:
    """The image with this one layer, made of `pycrane._mutate.flattened.flattened`, in place of its own.

    The layer gets the media type of the image's family, OCI's or Docker's. The history is one entry, whose
    comment is the old history as JSON. `created` (RFC 3339) is when that was. Everything else is kept.

    Raises:
        MalformedError: the image's configuration cannot be read.
    """
    config = image.config_file.raw
    manifest = {
        **image.manifest.raw,
        "layers": [described(layer, oci=media_types.is_oci(image.media_type))],
    }
    changed: dict[str, Any] = {
        **config,
        "created": created,
        "history": [_entry(image, created)],
        "rootfs": {**(config.get("rootfs") or {}), "type": "layers", "diff_ids": [str(layer.diff_id)]},
    }
    return rewritten_image(image, manifest=manifest, config=changed, blobs={layer.digest: layer.content})


def _entry(image: Image, created: str) -> dict[str, str]:
    old = go_json.dumps(image.config_file.history).decode()
    return {"created": created, "created_by": f"{CREATED_BY} {image.digest}", "comment": old}

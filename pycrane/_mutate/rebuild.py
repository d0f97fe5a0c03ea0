"""Images with another config or manifest, written as Go writes them, so that digests are crane's.

What Go's structs do not know follows behind, in the order it came: nothing is lost.
"""

from __future__ import annotations

import base64
from collections.abc import Mapping
from typing import Any

from pycrane._image.content import Content
from pycrane._image.view import Image, Index
from pycrane._mutate.overlay import Overlay
from pycrane._oci import go_json, media_types
from pycrane._oci.descriptor import Descriptor
from pycrane._oci.digest import Digest


def is_runnable(image: Image) -> bool:
    """Whether the image has a configuration of an image, so that it is not an artifact."""
    return image.manifest.config.media_type in media_types.CONFIGS


def rewritten_image(
    base: Image,
    *,
    manifest: Mapping[str, Any] | None = None,
    config: Mapping[str, Any] | None = None,
    blobs: Mapping[Digest, Content] | None = None,
) -> Image:
    """The image with this manifest and configuration (None: as they are), as JSON objects.

    The manifest's `config` descriptor is brought up to date. `blobs` says where those blobs are that the base
    does not have.
    """
    fields = dict(base.manifest.raw if manifest is None else manifest)
    held: dict[Digest, bytes] = {}
    if config is not None:
        raw_config = go_json.dumps(go_json.ordered(config, go_json.CONFIG_FILE))
        held[Digest.of(raw_config)] = raw_config
        fields["config"] = redescribed(fields["config"], raw_config)
    raw = go_json.dumps(go_json.ordered(fields, go_json.MANIFEST))
    kind = fields.get("mediaType") or base.media_type
    descriptor = Descriptor.of(kind, raw, base.descriptor.platform)
    return Image(Overlay(held, blobs or {}, base.content), raw, descriptor)


def rewritten_index(
    base: Index,
    fields: Mapping[str, Any],
    *,
    manifests: Mapping[Digest, bytes] | None = None,
    parts: Mapping[Digest, Content] | None = None,
) -> Index:
    """The index with this JSON object as its manifest.

    `manifests` are raw new children by digest; `parts` says where the content of new children is.
    """
    raw = go_json.dumps(go_json.ordered(fields, go_json.INDEX))
    kind = fields.get("mediaType") or base.media_type
    content = Overlay(manifests or {}, parts or {}, base.content)
    return Index(content, raw, Descriptor.of(kind, raw))


def redescribed(descriptor: Mapping[str, Any], raw: bytes) -> dict[str, Any]:
    """A descriptor's JSON object, now of these bytes; embedded data is replaced where there was some."""
    changed = {**descriptor, "size": len(raw), "digest": str(Digest.of(raw))}
    if descriptor.get("data") is not None:
        changed["data"] = base64.b64encode(raw).decode()
    return changed

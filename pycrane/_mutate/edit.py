"""A configuration put in the place of an image's own, as the user wrote it (OCI image spec, manifest.md)."""

from __future__ import annotations

from typing import Any

from pycrane._image.view import Image
from pycrane._mutate.overlay import Overlay
from pycrane._mutate.rebuild import is_runnable, redescribed
from pycrane._oci import go_json
from pycrane._oci.config import parse_config
from pycrane._oci.descriptor import Descriptor
from pycrane._oci.digest import Digest

_WHAT = "the edited configuration"


def with_config(image: Image, raw: bytes) -> Image:
    """The image with these bytes as its configuration, not one of them changed.

    The keys of the manifest are sorted, which makes the digest crane's. The configuration of an artifact may
    be anything, but if its media type says JSON it has to be that.

    Raises:
        MalformedError: an image's configuration that cannot be read as one, or JSON that is none.
        LimitExceededError: it is nested too deeply.
    """
    config = image.manifest.raw["config"]
    if is_runnable(image):
        parse_config(raw, _WHAT)
    elif str(config.get("mediaType", "")).endswith("json"):
        go_json.loads(raw, _WHAT)
    described = go_json.ordered(redescribed(config, raw), go_json.DESCRIPTOR)
    manifest = go_json.dumps({**_sorted(image.manifest.raw), "config": described})
    content = Overlay({Digest.of(raw): raw}, {}, image.content)
    descriptor = Descriptor(
        image.media_type, Digest.of(manifest), len(manifest), platform=image.descriptor.platform
    )
    return Image(content, manifest, descriptor)


def layer_mismatch(image: Image) -> str:
    """Return the problem if configuration and manifest count different layers; else an empty text."""
    if not is_runnable(image):
        return ""
    named, there = len(image.config_file.diff_ids), len(image.manifest.layers)
    return "" if named == there else f"the configuration names {named} layers, and the image has {there}"


def _sorted(value: Any) -> Any:
    """JSON with the keys of all objects in order, as Go writes maps."""
    if isinstance(value, dict):
        return {key: _sorted(value[key]) for key in sorted(value)}
    if isinstance(value, list):
        return [_sorted(item) for item in value]
    return value

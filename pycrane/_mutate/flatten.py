"""Images brought down to one layer (OCI image spec, manifest.md and config.md)."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import closing
from typing import Any

from pycrane._errors import UnsupportedError, doing, expect
from pycrane._image.filesystem import flattened
from pycrane._image.view import Image, Layer, View
from pycrane._io.stream import ByteStream
from pycrane._layers.compression.compress import check_level
from pycrane._layers.compression.kinds import Compression, compression_of
from pycrane._mutate.append import described, layer_of
from pycrane._mutate.each_image import ImageOrIndex, Keep, edit_each, is_attestation
from pycrane._mutate.lazy import TemporaryLayers, deferred
from pycrane._mutate.rebuild import is_runnable, rewritten_image
from pycrane._oci import go_json, media_types
from pycrane._oci.clock import now, parse_time
from pycrane._oci.descriptor import Descriptor

CREATED_BY = "pycrane flatten"
_GZIP_LEVEL = 6


def flatten_image(
    view: ImageOrIndex,
    *,
    compression: Compression | str = Compression.GZIP,
    level: int | None = None,
    created: str | None = None,
) -> ImageOrIndex:
    """The image, or the index with each of its images, with all layers made one.

    The layer has the files that a container sees, and the media type of the image's family, OCI's or
    Docker's. The history is one entry, whose comment is the old history as JSON. `created` is when that is
    (RFC 3339, `@` and seconds since 1970; None: now, or what SOURCE_DATE_EPOCH says). Attestations in an
    index are left out: they describe layers that are gone. Everything else stays.

    `level` is the compression's, None a good one. Nothing is read before the result is; then all layers are
    read once, into a temporary file that is there as long as the result.

    Raises:
        UnsupportedError: the compression has no such level; or, when the result is read, it is an artifact,
            without files.
        MalformedError: `created` is not a time.
        PycraneError: when the result is read: a layer cannot be read, or the temporary file not be written.
    """
    compression = compression_of(compression)
    level = flatten_level(compression, level)
    expect(created, str | None, "a time")
    time = now() if created is None else parse_time(created)

    def made(temporary: TemporaryLayers) -> View:
        files = temporary.files(compression, level)
        return flatten_each(view, lambda stream: layer_of(files.read(stream)), created=time)

    return deferred(view, made)


def flatten_level(compression: Compression, level: int | None) -> int | None:
    """The level itself, or for None one that suits: what is flattened is written once and pulled often.

    Raises:
        UnsupportedError: the compression has no such level.
    """
    if level is None:
        return _GZIP_LEVEL if compression is Compression.GZIP else None
    return check_level(compression, level)


def is_no_attestation(entry: Descriptor) -> bool:
    """Whether an entry of an index may stay when its images are flattened."""
    return not is_attestation(entry)


def flatten_each(
    view: ImageOrIndex, store: Callable[[ByteStream], Layer], *, created: str, keep: Keep = is_no_attestation
) -> ImageOrIndex:
    """The image, or the index with each of its images, flattened at once; `store` makes the layer of a tar.

    Raises:
        UnsupportedError: it is an artifact.
        PycraneError: it cannot be read, or what `store` raises.
    """

    def flat(image: Image) -> Image:
        if not is_runnable(image):
            raise UnsupportedError(f"{image.digest} is an artifact: it has no file system to flatten")
        with doing(f"image {image.digest}"), closing(flattened(image)) as stream:
            return _with_one_layer(image, store(stream), created)

    return edit_each(view, flat, keep)


def _with_one_layer(image: Image, layer: Layer, created: str) -> Image:
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

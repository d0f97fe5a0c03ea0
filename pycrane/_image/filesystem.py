"""The file system of an image: its layers merged into one tar (OCI image spec, layer.md, Changesets)."""

from __future__ import annotations

from functools import partial

from pycrane._errors import UnsupportedError
from pycrane._image.view import Image, Layer
from pycrane._io.read_ahead import AheadStream
from pycrane._io.stream import ByteStream, OpenStream
from pycrane._io.verified import DigestedStream
from pycrane._layers.compression.decompress import open_decompressed
from pycrane._layers.merge.merge import merge
from pycrane._limits import DEFAULT_LIMITS, Limits
from pycrane._oci import media_types
from pycrane._oci.digest import Digest


def flattened(image: Image, limits: Limits = DEFAULT_LIMITS) -> OpenStream:
    """The file system of an image as an uncompressed tar, read and verified on the way. The caller closes it.

    Raises:
        UnsupportedError: a layer has a media type that is not a layer's.
        DigestMismatchError: a layer's tar has another digest than the configuration says; while reading.
        PycraneError: what `pycrane._layers.merge.merge.merge` raises, while reading.
    """
    for layer in image.layers:
        if layer.media_type not in media_types.LAYERS:
            raise UnsupportedError(
                f"{image.digest} has no file system: its blob {layer.digest} is of type {layer.media_type}"
            )
    named = image.manifest.config.media_type in media_types.CONFIGS
    openers = [partial(_opened, layer, layer.diff_id if named else None, limits) for layer in image.layers]
    return merge(openers, limits)


def _opened(layer: Layer, diff_id: Digest | None, limits: Limits) -> ByteStream:
    what = f"layer {layer.digest}"
    compressed = AheadStream(layer.compressed())
    plain = open_decompressed(compressed, limits, what)
    if diff_id is None or not diff_id.verifiable:
        return AheadStream(plain)
    return AheadStream(DigestedStream(plain, diff_id, f"the tar of {what}"))

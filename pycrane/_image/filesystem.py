"""What an image's layers leave together, as one tar (OCI image spec, layer.md, Changesets)."""

from __future__ import annotations

from functools import partial

from pycrane._errors import UnsupportedError
from pycrane._image.view import Image, Layer
from pycrane._io.read_ahead import AheadStream
from pycrane._io.stream import ByteStream, OpenStream
from pycrane._layers.compression.decompress import open_decompressed
from pycrane._layers.merge.merge import merge
from pycrane._limits import DEFAULT_LIMITS, Limits
from pycrane._oci import media_types


def flattened(image: Image, limits: Limits = DEFAULT_LIMITS) -> OpenStream:
    """The file system of an image as an uncompressed tar, read and verified on the way. The caller closes it.

    Raises:
        UnsupportedError: a layer is of a type that is none of a layer's.
        PycraneError: what `pycrane._layers.merge.merge.merge` raises, while reading.
    """
    for layer in image.layers:
        if layer.media_type not in media_types.LAYERS:
            raise UnsupportedError(
                f"{image.digest} has no file system: its blob {layer.digest} is of type {layer.media_type}"
            )
    return merge([partial(_opened, layer, limits) for layer in image.layers], limits)


def _opened(layer: Layer, limits: Limits) -> ByteStream:
    compressed = AheadStream(layer.compressed())
    return AheadStream(open_decompressed(compressed, limits, f"layer {layer.digest}"))

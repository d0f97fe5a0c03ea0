"""The file system of an image as one tar: its layers merged (OCI image spec, layer.md, Changesets)."""

from __future__ import annotations

from functools import partial

from pycrane._errors import UnsupportedError
from pycrane._image.content import limits_of
from pycrane._image.view import Image, Layer
from pycrane._io.read_ahead import AheadStream
from pycrane._io.stream import ByteStream, OpenStream
from pycrane._io.verified import DigestStream
from pycrane._layers.compression.decompress import open_decompressed
from pycrane._layers.merge.merge import merge
from pycrane._limits import Limits
from pycrane._oci import media_types


def flattened(image: Image) -> OpenStream:
    """The file system of an image as an uncompressed tar, read and verified on the way. The caller closes it.

    Raises:
        UnsupportedError: a layer is encrypted, or of a type that is not a layer's.
        DigestMismatchError: a layer does not have its diff id, while reading.
        PycraneError: what `pycrane._layers.merge.merge.merge` raises, while reading.
    """
    layers, limits = _layers(image), limits_of(image.content)
    for layer in layers:
        check_readable(layer)
        if layer.media_type not in media_types.LAYERS:
            raise UnsupportedError(
                f"{image.digest} has no file system: its blob {layer.digest} is of type {layer.media_type}"
            )
    return merge([partial(_opened, layer, limits) for layer in layers], limits)


def check_readable(layer: Layer) -> None:
    """Raise UnsupportedError if a layer is encrypted, so that its files cannot be read."""
    if media_types.is_encrypted(layer.media_type):
        raise UnsupportedError(
            f"layer {layer.digest} is encrypted ({layer.media_type}) and cannot be read without its key",
            hint="decrypt the image first; copying it as it is works",
        )


def _layers(image: Image) -> tuple[Layer, ...]:
    """The layers, also of an image whose configuration names no diff ids."""
    named = image.config_file.diff_ids if image.manifest.config.media_type in media_types.CONFIGS else ()
    if named or not image.manifest.layers:
        return image.layers
    return tuple(Layer(image.content, descriptor) for descriptor in image.manifest.layers)


def _opened(layer: Layer, limits: Limits) -> ByteStream:
    compressed = AheadStream(layer.compressed())
    plain = open_decompressed(compressed, limits, f"layer {layer.digest}")
    expected = layer.known_diff_id
    if expected is None or not expected.verifiable or expected == layer.digest:
        return AheadStream(plain)
    return AheadStream(DigestStream(plain, expected, f"layer {layer.digest} without its compression"))

"""The file system of an image as one tar: its layers merged (OCI image spec, layer.md, Changesets)."""

from __future__ import annotations

from collections.abc import Callable
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


class EnoughReadError(Exception):
    """The layers read so far were enough, and no further one is opened."""


class LayerWatch:
    """Layers of one reading. With `enough` set it ends where those that were opened are read and verified."""

    def __init__(self) -> None:
        self.enough = False
        self._unread = 0

    def opened(self, layer: Layer, limits: Limits) -> ByteStream:
        """Open a layer. Raises EnoughReadError if the layers before it were enough."""
        if self.enough and not self._unread:
            raise EnoughReadError
        self._unread += 1
        return _WatchedStream(_opened(layer, limits), self._read_out)

    def _read_out(self) -> None:
        self._unread -= 1


class _WatchedStream:
    """A stream that reports its end, once."""

    def __init__(self, stream: ByteStream, at_end: Callable[[], None]) -> None:
        self._stream = stream
        self._at_end: Callable[[], None] | None = at_end

    def read(self, size: int = -1, /) -> bytes:
        data = self._stream.read(size)
        if not data and size and self._at_end is not None:
            self._at_end()
            self._at_end = None
        return data

    def close(self) -> None:
        self._stream.close()


def flattened(image: Image, watch: LayerWatch | None = None) -> OpenStream:
    """The file system of an image as an uncompressed tar, read and verified on the way. The caller closes it.

    The topmost layer is read first; `watch` may end the reading before the lower ones are opened.

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
    opener = _opened if watch is None else watch.opened
    return merge([partial(opener, layer, limits) for layer in layers], limits)


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

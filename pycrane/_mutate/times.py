"""One time for an image and for every file in it (OCI image spec, config.md and layer.md)."""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import closing
from datetime import UTC, datetime
from typing import Any

from pycrane._errors import MalformedError, UnsupportedError, doing, expect
from pycrane._image.view import Image, Layer, View
from pycrane._layers.compression.kinds import Compression
from pycrane._layers.local import LayerFiles
from pycrane._layers.tar.times import open_at_time
from pycrane._mutate.append import layer_of
from pycrane._mutate.each_image import ImageOrIndex, edit_each
from pycrane._mutate.lazy import TemporaryLayers, deferred
from pycrane._mutate.rebuild import is_runnable
from pycrane._mutate.recompress import with_layers
from pycrane._oci import media_types
from pycrane._oci.clock import from_epoch, parse_time
from pycrane._oci.digest import Digest


def set_time(view: ImageOrIndex, when: datetime | str) -> ImageOrIndex:
    """The image, or the index with each of its images, with one time for everything.

    It becomes the configuration's `created`, that of each entry of its history, and every time of every file
    in its layers. All else stays: compression (at its default level), media types, who made it. Layers that
    may not be distributed stay as they are, and in an index so do attestations and artifacts.

    `when` is a datetime with a time zone, RFC 3339, `@` and seconds since 1970, or `now`, which
    SOURCE_DATE_EPOCH may set; it counts in whole seconds.

    Nothing is read before the result is; then all layers are read once, into temporary files that are there
    as long as the result, and in constant memory.

    Raises:
        MalformedError: that is not a time since 1970.
        UnsupportedError: when the result is read: it is an artifact, without files.
        PycraneError: when the result is read: a layer cannot be read, or a temporary file not be written.
    """
    created = from_epoch(str(_seconds(when)), f"time {when}")

    def made(temporary: TemporaryLayers) -> View:
        return edit_each(view, _Clock(temporary, created).image)

    return deferred(view, made)


def _seconds(when: datetime | str) -> int:
    expect(when, datetime | str, "a time")
    time = datetime.fromisoformat(parse_time(when)) if isinstance(when, str) else when
    if time.tzinfo is None:
        raise MalformedError(f"{time} is a time without a time zone")
    return int(time.timestamp() // 1)


class _Clock:
    """Sets times, of each layer once for all images that have it."""

    def __init__(self, temporary: TemporaryLayers, created: str) -> None:
        self._temporary = temporary
        self._created = created
        self._time = int(datetime.fromisoformat(created).astimezone(UTC).timestamp())
        self._files: dict[Compression, LayerFiles] = {}
        self._done: dict[Digest, Layer] = {}

    def image(self, image: Image) -> Image:
        if not is_runnable(image):
            raise UnsupportedError(f"{image.digest} is an artifact: it has no files with times")
        changed = {layer.digest: self._layer(layer) for layer in image.layers if _has_files(layer)}
        diff_ids = [str(changed.get(layer.digest, layer).diff_id) for layer in image.layers]
        return with_layers(image, changed, config=self._config(image.config_file.raw, diff_ids))

    def _config(self, config: Mapping[str, Any], diff_ids: list[str]) -> dict[str, Any]:
        history = [{**entry, "created": self._created} for entry in config.get("history") or ()]
        rootfs = {**(config.get("rootfs") or {}), "diff_ids": diff_ids}
        return {**config, "created": self._created, "history": history, "rootfs": rootfs}

    def _layer(self, layer: Layer) -> Layer:
        if layer.digest not in self._done:
            with doing(f"setting the times of layer {layer.digest}"):
                self._done[layer.digest] = self._rewritten(layer)
        return self._done[layer.digest]

    def _rewritten(self, layer: Layer) -> Layer:
        plain = layer.uncompressed()
        with closing(open_at_time(plain, self._time, f"layer {layer.digest}")) as stream:
            return layer_of(self._files_of(plain.compression).read(stream))

    def _files_of(self, compression: Compression) -> LayerFiles:
        if compression not in self._files:
            self._files[compression] = self._temporary.files(compression)
        return self._files[compression]


def _has_files(layer: Layer) -> bool:
    return layer.media_type in media_types.LAYERS - media_types.FOREIGN_LAYERS

"""Images with their layers compressed in another way; their files, and the configuration, stay the same."""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import closing
from typing import Any

from pycrane._errors import DigestMismatchError, doing
from pycrane._image.filesystem import check_readable
from pycrane._image.run import Run, one_by_one
from pycrane._image.view import Image, Layer, View
from pycrane._io.once import Once
from pycrane._layers.compression.compress import check_level
from pycrane._layers.compression.kinds import Compression, compression_of
from pycrane._layers.local import LayerFile, LayerFiles
from pycrane._mutate.append import described, layer_of
from pycrane._mutate.each_image import ImageOrIndex, edit_each
from pycrane._mutate.lazy import TemporaryLayers, deferred
from pycrane._mutate.rebuild import is_runnable, rewritten_image
from pycrane._oci import media_types
from pycrane._oci.descriptor import Descriptor
from pycrane._oci.digest import Digest

# What an annotation of these says of a layer's bytes is not so once they are compressed anew.
_INDEXED = ("containerd.io/snapshot/", "io.containers.estargz.", "io.github.containers.zstd-chunked.")


def recompress_layers(
    view: ImageOrIndex, compression: Compression | str, level: int | None = None
) -> ImageOrIndex:
    """The image, or the index with each of its images, with layers compressed in this way.

    Files, diff ids and configurations stay. Without a `level`, layers that are compressed so already stay as
    they are; with one (1 to 9 for gzip, 1 to 22 for zstd), all are compressed anew. Artifacts, attestations
    and layers that may not be distributed stay as they are.

    Nothing is read before the result is; then each layer is read once, into a temporary file that is there
    as long as the result.

    Raises:
        UnsupportedError: there is no such compression, or no such level of it.
        PycraneError: when the result is read: a layer cannot be read, or a temporary file not be written.
    """
    wanted = compression_of(compression)
    if level is not None:
        check_level(wanted, level)

    def made(temporary: TemporaryLayers) -> View:
        return Recompressor(temporary.files(wanted, level), wanted, level).recompressed(view)

    return deferred(view, made)


class Recompressor:
    """Compresses layers, each once for all images that have it. Thread-safe.

    Without a `level`, layers that are compressed in the wanted way already stay as they are; with one, all
    are compressed anew. The results can be read while `files`, which was made for this compression and level,
    is open.
    """

    def __init__(
        self, files: LayerFiles, compression: Compression, level: int | None = None, run: Run = one_by_one
    ) -> None:
        self._files = files
        self._compression = compression
        self._level = level
        self._run = run
        self._done: Once[Digest, LayerFile] = Once()

    def recompressed(self, view: ImageOrIndex) -> ImageOrIndex:
        """The image, or the index with all its images, so compressed.

        Artifacts, attestations and layers that may not be distributed stay as they are. Annotations of a
        layer that describe the bytes it had are left out.

        Raises:
            DigestMismatchError: a layer is not what its configuration says.
            PycraneError: a layer cannot be read, or the temporary file not be written.
        """
        return edit_each(view, self._image)

    def _image(self, image: Image) -> Image:
        if not is_runnable(image):
            return image
        found = self._run(self._layer, image.layers)
        changed = {old.digest: new for old, new in zip(image.layers, found, strict=True) if new is not None}
        return with_layers(image, changed) if changed else image

    def _layer(self, layer: Layer) -> Layer | None:
        """The layer compressed anew, None if it stays as it is; an encrypted one is an UnsupportedError."""
        check_readable(layer)
        foreign = layer.media_type in media_types.FOREIGN_LAYERS
        if foreign or layer.media_type not in media_types.LAYERS:
            return None
        if self._level is None and layer.media_type in {
            self._compression.media_type(oci=True),
            self._compression.media_type(oci=False),
        }:
            return None
        file = self._file(layer)
        if file.diff_id.algorithm == layer.diff_id.algorithm and file.diff_id != layer.diff_id:
            raise DigestMismatchError(
                f"layer {layer.digest} has the diff id {file.diff_id}, its config says {layer.diff_id}"
            )
        return None if file.descriptor.digest == layer.digest else layer_of(file)

    def _file(self, layer: Layer) -> LayerFile:
        def read() -> LayerFile:
            with doing(f"compressing layer {layer.digest}"), closing(layer.compressed()) as stream:
                return self._files.read(stream)

        return self._done.get(layer.digest, read)[0]


def with_layers(
    image: Image, changed: Mapping[Digest, Layer], *, config: Mapping[str, Any] | None = None
) -> Image:
    """The image with other layers in the places of those with these digests, and with this configuration.

    Annotations of a layer that describe the bytes it had are left out.
    """
    oci = media_types.is_oci(image.media_type)
    entries = [
        _entry(descriptor, changed[descriptor.digest], oci) if descriptor.digest in changed else raw
        for descriptor, raw in zip(image.manifest.layers, image.manifest.raw["layers"], strict=True)
    ]
    manifest = {**image.manifest.raw, "layers": entries}
    blobs = {layer.digest: layer.content for layer in changed.values()}
    return rewritten_image(image, manifest=manifest, config=config, blobs=blobs)


def _entry(old: Descriptor, new: Layer, oci: bool) -> dict[str, Any]:
    entry = {**old.to_json(), **described(new, oci=oci)}
    entry.pop("data", None)
    kept = {key: text for key, text in (old.annotations or {}).items() if not key.startswith(_INDEXED)}
    entry["annotations"] = kept
    return entry

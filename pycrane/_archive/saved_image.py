"""Images of docker-save archives as views. Such an archive has no manifests: one is made as crane makes it.

Docker image spec 1.2 for what is read, image manifest v2 schema 2 for what is made.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from functools import partial

from pycrane._archive.docker_manifest import SavedImage
from pycrane._archive.input_file import ArchiveFiles
from pycrane._archive.stored_layers import StoredLayer, StoredLayers
from pycrane._archive.tar_index import TarIndex
from pycrane._errors import ArchiveError, NotFoundError
from pycrane._image.build import build_manifest
from pycrane._image.view import Image
from pycrane._io.stream import ByteStream
from pycrane._layers.compression.kinds import Compression
from pycrane._limits import DEFAULT_LIMITS, Limits
from pycrane._oci import media_types
from pycrane._oci.config import parse_config
from pycrane._oci.descriptor import Descriptor
from pycrane._oci.digest import Digest
from pycrane._reference import Repository

_THREADS = 4
_PLAIN = frozenset({media_types.OCI_LAYER, media_types.DOCKER_LAYER})


class SavedContent:
    """The config and layers of one image of an archive, each opened by a function."""

    def __init__(
        self, blobs: Mapping[Digest, Callable[[], ByteStream]], files: ArchiveFiles, limits: Limits
    ) -> None:
        self._blobs = blobs
        self.limits = limits
        self._files = files  # stay open as long as this is referred to

    def origin(self, descriptor: Descriptor) -> Repository | None:
        """None: nothing can be mounted from a file."""
        return None

    def read_manifest(self, descriptor: Descriptor) -> bytes:
        """Raises NotFoundError: an image has nothing below its manifest but blobs."""
        raise NotFoundError(f"{descriptor.digest} is not in this image", status=404)

    def open_blob(self, descriptor: Descriptor) -> ByteStream:
        """The config or layer with this digest. Raises NotFoundError or ArchiveError."""
        if descriptor.digest not in self._blobs:
            raise NotFoundError(f"{descriptor.digest} is not in this image", status=404)
        return self._blobs[descriptor.digest]()


def saved_view(
    saved: SavedImage, tar: TarIndex, layers: StoredLayers, limits: Limits = DEFAULT_LIMITS
) -> Image:
    """The view of an image of an archive. All its layers are read, and compressed if they are plain.

    Raises:
        ArchiveError: an entry is missing, or the config names another number of layers.
        PycraneError: the config cannot be read, or a plain layer is not what it says.
    """
    config = tar.read(saved.config, limits.config_size)
    diff_ids = parse_config(config, f"config {saved.config}").diff_ids
    if len(diff_ids) != len(saved.layers):
        raise ArchiveError(f"{saved.config} names {len(diff_ids)} layers, the archive {len(saved.layers)}")
    stored = _stored(saved, diff_ids, layers)
    descriptor = Descriptor.of(media_types.DOCKER_CONFIG, config)
    raw, whole = build_manifest(descriptor, [layer.descriptor for layer in stored])
    blobs: dict[Digest, Callable[[], ByteStream]] = {layer.descriptor.digest: layer.open for layer in stored}
    blobs[descriptor.digest] = partial(tar.open, saved.config)
    return Image(SavedContent(blobs, layers.files, limits), raw, whole)


def _stored(saved: SavedImage, diff_ids: tuple[Digest, ...], layers: StoredLayers) -> list[StoredLayer]:
    """The layers in parallel. If the first is compressed, plain ones below it stay plain, as crane has them.

    `LayerSources` describe what was stored where sizes agree: programs that pack layers anew leave them as
    they were. Of a layer that is not to be distributed they count always, and it need not be there.
    """
    if not saved.layers:
        return []
    compressed = saved.layers[0] in layers and layers.compression(saved.layers[0]) is not Compression.NONE

    def store(name: str, diff_id: Digest) -> StoredLayer:
        source = saved.sources.get(str(diff_id))
        if source is not None and _describes(source, name, layers, compressed):
            return StoredLayer(source, partial(layers.open, name))
        if compressed or layers.compression(name) is not Compression.NONE:
            return layers.as_stored(name, diff_id)
        return layers.gzipped(name, diff_id)

    pool = ThreadPoolExecutor(_THREADS)
    try:
        return list(pool.map(store, saved.layers, diff_ids))
    finally:
        pool.shutdown(cancel_futures=True)


def _describes(source: Descriptor, name: str, layers: StoredLayers, compressed: bool) -> bool:
    if source.media_type in media_types.FOREIGN_LAYERS:
        return True
    return (compressed or source.media_type not in _PLAIN) and layers.size(name) == source.size

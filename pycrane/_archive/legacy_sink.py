"""Sink: one file in Docker's first format, a directory for each uncompressed layer (Docker image spec 1.1).

Layers arrive in parallel and are decompressed into temporary files, each once; then the file is written.
"""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import ExitStack, closing
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import Self

from pycrane._archive.docker_manifest import MANIFEST_JSON, SavedImage, foreign_sources, write_manifest
from pycrane._archive.image_names import tagged_images
from pycrane._archive.legacy_layers import LegacyLayer, legacy_layers
from pycrane._archive.tar_plan import TarPlan
from pycrane._events import Outcome
from pycrane._image.medium import Blob, Item
from pycrane._image.view import Image
from pycrane._io.files import copy, read_bounded
from pycrane._io.spool import Spool
from pycrane._io.stream import CHUNK, ByteStream, drain
from pycrane._io.whole_file import WholeFile, open_output
from pycrane._layers.compression.decompress import open_decompressed
from pycrane._limits import DEFAULT_LIMITS, Limits
from pycrane._oci import go_json
from pycrane._oci.descriptor import Descriptor
from pycrane._oci.digest import Digest

_VERSION = b"1.0"


class LegacyArchiveSink:
    """Writes images to a file, or standard output (`path` None), when the context is left without an error.

    The items' names are references as they were typed. Images named by digest get no tag.
    """

    def __init__(self, path: Path | None, limits: Limits = DEFAULT_LIMITS) -> None:
        self._file = open_output(path)
        self._limits = limits
        self._images: list[tuple[Image, str | None]] = []
        self._stack = ExitStack()
        self._configs: dict[Digest, bytes] = {}
        self._layers: dict[Digest, _PlainLayer] = {}
        self._wanted_layers: set[Digest] = set()

    def begin(self, items: Sequence[Item], blobs: Sequence[Descriptor]) -> None:
        """Take note of the images. Raises UnsupportedError if one is an index, or two get the same tag."""
        images = tagged_images(items, digest_tag=None)
        self._images = sorted(images, key=lambda tagged: (tagged[0].config_name.encoded, tagged[1] or ""))
        self._wanted_layers = {layer.digest for image, _ in images for layer in image.manifest.layers}
        self._configs = {image.config_name: b"" for image, _ in images}

    def has(self, descriptor: Descriptor, name: str | None) -> bool:
        """False: the file is written anew."""
        return False

    def put_blob(self, blob: Blob) -> Outcome:
        """Keep a config, or a layer decompressed, until the file is written."""
        digest = blob.descriptor.digest
        if digest in self._configs:
            self._configs[digest] = read_bounded(blob.open(), self._limits.config_size, f"config {digest}")
        if digest in self._wanted_layers:
            with closing(blob.open()) as stream:
                self._layers[digest] = self._decompressed(stream, f"layer {digest}")
        return Outcome.MOVED

    def _decompressed(self, stream: ByteStream, what: str) -> _PlainLayer:
        spool = Spool(what, self._file.folder)
        self._stack.callback(spool.close)
        plain, size = open_decompressed(stream, self._limits, what), 0
        while data := plain.read(CHUNK):
            spool.write(data)
            size += len(data)
        # The compressed stream verifies itself at its end, which decompressing need not reach.
        drain(stream)
        return _PlainLayer(spool, size)

    def put_manifest(self, descriptor: Descriptor, raw: bytes, name: str | None) -> None:
        """Nothing: this format has no place for manifests."""

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        with self._stack:
            if kind is None and self._images:
                with self._file as file:
                    self._plan().write(file)

    def _plan(self) -> _LegacyPlan:
        plan = _LegacyPlan()
        for image, tag in self._images:
            config = self._configs[image.config_name]
            layers = list(legacy_layers(image, config))
            plan.add_bytes(f"{image.config_name.encoded}.json", config)
            for layer in layers:
                plan.add_layer(f"{layer.id}/layer.tar", self._layers[layer.descriptor.digest])
                plan.add_bytes(f"{layer.id}/json", layer.json)
                plan.add_bytes(f"{layer.id}/VERSION", _VERSION)
            plan.images.append(_saved(image, tag, layers))
        plan.add_bytes(MANIFEST_JSON, write_manifest(plan.images))
        plan.add_bytes("repositories", _repositories(plan.images))
        return plan


@dataclass(frozen=True, slots=True)
class _PlainLayer:
    """A decompressed layer and its size in bytes."""

    file: Spool
    size: int


class _LegacyPlan:
    """The entries of the file, each name once, and their contents."""

    def __init__(self) -> None:
        self.images: list[SavedImage] = []
        self._tar = TarPlan()
        self._names: set[str] = set()
        self._bytes: list[tuple[int, bytes]] = []
        self._layers: list[tuple[int, Spool]] = []

    def add_bytes(self, name: str, data: bytes) -> None:
        if name not in self._names:
            self._names.add(name)
            self._bytes.append((self._tar.add(name, len(data)), data))

    def add_layer(self, name: str, layer: _PlainLayer) -> None:
        if name not in self._names:
            self._names.add(name)
            self._layers.append((self._tar.add(name, layer.size), layer.file))

    def write(self, file: WholeFile) -> None:
        file.reserve(self._tar.size)
        for offset, data in (*self._tar.headers, *self._bytes):
            file.write(data, offset)
        for offset, layer in self._layers:
            with closing(layer.open()) as stream, file.writer(offset) as out:
                copy(stream, out, file.name)


def _saved(image: Image, tag: str | None, layers: Sequence[LegacyLayer]) -> SavedImage:
    return SavedImage(
        config=f"{image.config_name.encoded}.json",
        layers=tuple(f"{layer.id}/layer.tar" for layer in layers),
        tags=(tag,) if tag else None,
        sources=foreign_sources(image),
    )


def _repositories(images: Sequence[SavedImage]) -> bytes:
    """Repository, tag and the id of the top layer, for tools that know no `manifest.json`."""
    found: dict[str, dict[str, str]] = {}
    for image in images:
        for name in image.tags or ():
            repository, _, tag = name.rpartition(":")
            if image.layers:
                found.setdefault(repository, {})[tag] = image.layers[-1].partition("/")[0]
    return go_json.dumps(
        {repository: dict(sorted(tags.items())) for repository, tags in sorted(found.items())}
    )

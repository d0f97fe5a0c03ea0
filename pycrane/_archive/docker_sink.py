"""Sink: one file as `docker load` takes it, layers compressed as they came (Docker image spec 1.2).

Entries are every image's config as `ALGORITHM:HEX` and its layers as `HEX.tar.gz`, then `manifest.json`. All
sizes are known beforehand, so layers are written in parallel, each where it belongs.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from contextlib import closing
from pathlib import Path
from types import TracebackType
from typing import Self

from pycrane._archive.docker_manifest import MANIFEST_JSON, SavedImage, foreign_sources, write_manifest
from pycrane._archive.image_names import tagged_images
from pycrane._archive.kept_images import KeptImages
from pycrane._archive.tar_plan import TarPlan
from pycrane._errors import SizeMismatchError
from pycrane._events import Outcome
from pycrane._image.medium import Blob, Item
from pycrane._image.view import Image
from pycrane._io.files import copy
from pycrane._io.whole_file import open_output
from pycrane._oci import media_types
from pycrane._oci.descriptor import Descriptor
from pycrane._oci.digest import Digest

_EXTENSIONS = {
    media_types.OCI_LAYER_ZSTD: ".tar.zst",
    media_types.OCI_LAYER: ".tar",
    media_types.OCI_FOREIGN_LAYER: ".tar",
    media_types.DOCKER_LAYER: ".tar",
}


class DockerArchiveSink:
    """Writes images to a file, or to standard output (`path` None) once all are there.

    The items' names are references as they were typed; several platforms of one name get tags of their own.
    The file appears when the context is left without an error, and replaces what was there; with `kept`,
    which the sink closes, the images there stay, as far as their names do not go to new ones.
    """

    def __init__(self, path: Path | None, kept: KeptImages | None = None) -> None:
        self._file = open_output(path)
        self._kept = kept
        self._offsets: dict[Digest, list[int]] = defaultdict(list)
        self._names: dict[str, int] = {}

    def begin(self, items: Sequence[Item], blobs: Sequence[Descriptor]) -> None:
        """Lay out the file and write all of it that is not a blob.

        Raises:
            UnsupportedError: an item is an index, or two images would get the same tag.
            PycraneError: the file cannot be written.
        """
        images = tagged_images(items)
        plan = TarPlan()
        old = self._kept.without({tag for _, tag in images if tag}) if self._kept else []
        places = {}
        for name, size in self._kept.entries(old) if self._kept else ():
            self._names[name], places[name] = size, plan.add(name, size)
        tags: dict[int, tuple[Image, list[str]]] = {}  # one view is one image, whatever its names
        for image, tag in images:
            self._place(plan, image, places)
            tags.setdefault(id(image), (image, []))[1].extend([tag] if tag else [])
        saved = sorted((_saved(*each) for each in tags.values()), key=lambda each: each.tags or ())
        manifest = write_manifest([*old, *saved])
        manifest_offset = plan.add(MANIFEST_JSON, len(manifest))
        self._file.reserve(plan.size)
        for offset, header in (*plan.headers, (manifest_offset, manifest)):
            self._file.write(header, offset)
        if self._kept:
            for name, offset in places.items():
                with closing(self._kept.open(name)) as stream, self._file.writer(offset) as out:
                    copy(stream, out, self._file.name)

    def _place(self, plan: TarPlan, image: Image, kept: Mapping[str, int]) -> None:
        named = [(str(image.manifest.config.digest), image.manifest.config)]
        named += [(_layer_name(layer), layer) for layer in image.manifest.layers]
        for name, descriptor in named:
            if self._kept and name in kept:
                self._kept.expect(name, descriptor)
            elif name not in self._names:
                self._names[name] = descriptor.size
                self._offsets[descriptor.digest].append(plan.add(name, descriptor.size))
            elif self._names[name] != descriptor.size:
                raise SizeMismatchError(
                    f"{descriptor.digest} has {descriptor.size} bytes in one manifest "
                    f"and {self._names[name]} in another"
                )

    def has(self, descriptor: Descriptor, name: str | None) -> bool:
        """False: the file is written anew."""
        return False

    def put_blob(self, blob: Blob) -> Outcome:
        """Write a blob wherever in the file it belongs."""
        # Rarely several places: an artifact's empty blob may be config and layer at once.
        for offset in self._offsets[blob.descriptor.digest]:
            with closing(blob.open()) as stream, self._file.writer(offset) as out:
                copy(stream, out, self._file.name)
        return Outcome.MOVED if self._offsets[blob.descriptor.digest] else Outcome.EXISTING

    def put_manifest(self, descriptor: Descriptor, raw: bytes, name: str | None) -> None:
        """Nothing: this format has no place for manifests."""

    def __enter__(self) -> Self:
        self._file.__enter__()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        try:
            if kind is None and self._names:
                self._file.finish()
            else:
                self._file.discard()
        finally:
            if self._kept:
                self._kept.close()


def _saved(image: Image, tags: Sequence[str]) -> SavedImage:
    return SavedImage(
        config=str(image.manifest.config.digest),
        layers=tuple(_layer_name(layer) for layer in image.manifest.layers),
        tags=tuple(tags) or None,
        sources=foreign_sources(image),
    )


def _layer_name(layer: Descriptor) -> str:
    # Without the algorithm: tar takes a name with a colon for a remote host. Gunzip needs the ending.
    return layer.digest.encoded + _EXTENSIONS.get(layer.media_type, ".tar.gz")

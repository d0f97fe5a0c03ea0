"""Source: one file with images in it: of `docker save`, of crane, an OCI archive, or two of these at once.

Docker image spec 1.2; image-layout.md in a tar. The file may be compressed, or a pipe: then it is kept
decompressed in a temporary file.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import ExitStack, suppress
from functools import cached_property, partial
from pathlib import Path

from pycrane._archive.docker_manifest import MANIFEST_JSON, SavedImage, read_manifest
from pycrane._archive.entries import Entry, distinct, select_entry
from pycrane._archive.input_file import ArchiveFiles, InputFile, open_input
from pycrane._archive.layout import (
    INDEX_JSON,
    OCI_LAYOUT,
    BlobFiles,
    blob_path,
    check_version,
    index_entries,
    layout_index,
)
from pycrane._archive.saved_image import saved_view
from pycrane._archive.stored_layers import StoredLayers
from pycrane._archive.tar_index import TarIndex
from pycrane._errors import ArchiveError, PycraneError
from pycrane._image.view import Image, Index, View, is_manifest
from pycrane._io.files import FileStream
from pycrane._io.stream import Closing
from pycrane._limits import DEFAULT_LIMITS, Limits
from pycrane._oci.descriptor import Descriptor
from pycrane._oci.digest import Digest


class TarLayoutContent(BlobFiles):
    """The blobs of a layout inside a tar."""

    def __init__(self, tar: TarIndex, files: ArchiveFiles, limits: Limits = DEFAULT_LIMITS) -> None:
        super().__init__(limits)
        self._tar = tar
        self._files = files  # stay open as long as this is referred to

    def open_blob(self, descriptor: Descriptor) -> FileStream:
        """A blob's bytes, not verified yet. Raises ArchiveError if it is not there."""
        path = blob_path(descriptor.digest)
        if path not in self._tar:
            raise ArchiveError(
                f"the archive has no {path}", hint="archives may hold fewer platforms than their index names"
            )
        return self._tar.open(path)


class Archive(Closing):
    """An archive that is read, as a context manager. Its views and their streams end with it.

    `manifest.json` says what the images are where there is one, as for `docker load`; `index` is the view of
    a layout in the same file, with manifests and digests as they were built, or None. An archive that is not
    closed is released when nothing refers to it, its views or their streams any more.
    """

    def __init__(self, file: InputFile, tar: TarIndex, limits: Limits = DEFAULT_LIMITS) -> None:
        self.files = ArchiveFiles(file)
        self._images = _ArchiveImages(tar, self.files, limits)
        self._what = file.what

    @property
    def index(self) -> Index | None:
        """The index of a layout in the archive. Raises PycraneError if there is one and it is broken."""
        return self._images.index

    @cached_property
    def entries(self) -> tuple[Entry, ...]:
        """The images, each once with all its tags, in the order of the archive.

        Raises:
            ArchiveError: the file is not an archive of images, or breaks its format.
        """
        saved = self._images.saved
        if saved is not None:
            return distinct(
                ((image.config, image.layers), Entry(image.tags or (), partial(self._images.view, image)))
                for image in saved
            )
        if self.index is None:
            raise ArchiveError(
                f"{self._what} holds no images: it has neither {MANIFEST_JSON} nor {INDEX_JSON}",
                hint="expected a file written by docker save or crane pull, or an OCI archive",
            )
        return index_entries(self.index)

    def select(self, name: str | None = None) -> View:
        """The image called `name`, at the position `@N` of its list, or the only one.

        Raises:
            ArchiveError: there is none, or several; the message lists the names there are.
        """
        return select_entry(self.entries, name, self._what).open()

    def close(self) -> None:
        """Close the file and let temporary copies go."""
        self.files.close()


class _ArchiveImages:
    """The images of an archive. Entries refer to it and not to the archive, which they would keep open."""

    def __init__(self, tar: TarIndex, files: ArchiveFiles, limits: Limits) -> None:
        self._tar = tar
        self._files = files
        self._limits = limits
        self._layers = StoredLayers(tar, files, limits)

    @cached_property
    def saved(self) -> list[SavedImage] | None:
        if MANIFEST_JSON not in self._tar:
            return None
        return read_manifest(self._tar.read(MANIFEST_JSON, self._limits.archive_json), self._limits)

    @cached_property
    def index(self) -> Index | None:
        if INDEX_JSON not in self._tar:
            return None
        if OCI_LAYOUT in self._tar:
            check_version(self._tar.read(OCI_LAYOUT, self._limits.archive_json))
        raw = self._tar.read(INDEX_JSON, self._limits.archive_json)
        return layout_index(TarLayoutContent(self._tar, self._files, self._limits), raw)

    @cached_property
    def _configs(self) -> set[Digest]:
        return _configs(self.index, self._limits.index_depth) if self.index else set()

    def view(self, saved: SavedImage) -> Image:
        image = saved_view(saved, self._tar, self._layers, self._limits)
        if self._configs and image.config_name not in self._configs:
            raise ArchiveError(
                f"{self._files.what} contradicts itself: {MANIFEST_JSON} and {INDEX_JSON} "
                "name different images"
            )
        return image


def open_archive(path: Path | None, limits: Limits = DEFAULT_LIMITS) -> Archive:
    """Open a file, or standard input (None), and index it. The caller closes the archive.

    Raises:
        ArchiveError: the file cannot be read, or is not a tar, compressed or not.
        LimitExceededError: it has too many entries, or decompresses to too much.
    """
    return indexed(open_input(path, limits), limits)


def indexed(file: InputFile, limits: Limits = DEFAULT_LIMITS) -> Archive:
    """The archive in an open file, which is closed with it, and at once if this raises as `open_archive`."""
    with ExitStack() as undo:
        undo.callback(file.close)
        archive = Archive(file, TarIndex(file, limits), limits)
        undo.pop_all()
        return archive


def _configs(index: Index, depth: int) -> set[Digest]:
    """The configs of the images below an index that are in the archive; those that are not were not saved."""
    level, seen, configs = [index], {index.digest}, set()
    for _ in range(depth):
        below = []
        for child in (child for each in level for child in _saved_children(each, seen)):
            if isinstance(child, Index):
                below.append(child)
            else:
                configs.add(child.config_name)
        level = below
    return configs


def _saved_children(index: Index, seen: set[Digest]) -> Iterator[View]:
    for entry in index.index_manifest.manifests:
        if is_manifest(entry) and entry.digest not in seen:
            seen.add(entry.digest)
            with suppress(PycraneError):
                yield index.child(entry)

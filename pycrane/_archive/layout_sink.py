"""Sink: an OCI image layout (image-layout.md), new or added to. What it has is verified and not fetched."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from types import TracebackType
from typing import Any, Self

from pycrane._archive.layout import (
    INDEX_JSON,
    OCI_LAYOUT,
    LayoutContent,
    layout_index,
    read_index,
)
from pycrane._archive.layout_gc import delete_unlisted
from pycrane._archive.layout_index import LAYOUT_VERSION, add_entries
from pycrane._archive.new_files import KnownBlobs, NewFiles
from pycrane._errors import PycraneError
from pycrane._events import Outcome
from pycrane._image.index_entry import layout_entry
from pycrane._image.medium import Blob, Item
from pycrane._image.view import is_manifest, named_by, open_view
from pycrane._io.files import writing
from pycrane._io.lock import locked
from pycrane._io.verified import check
from pycrane._io.whole_file import write_whole
from pycrane._limits import DEFAULT_LIMITS, Limits
from pycrane._oci import media_types
from pycrane._oci.annotations import REF_NAME
from pycrane._oci.descriptor import Descriptor
from pycrane._oci.digest import Digest
from pycrane._reference import parse_reference

_LAYER_MODE = 0o600
_FILE_MODE = 0o666
_INDEX_MODE = 0o777


class LayoutSink:
    """Writes images and indexes into a directory, which is made if it is not there.

    The items' names are references as they were typed; with `annotate_ref` their whole form becomes the
    reference name of the entry, with `exact_names` the name as it is, and an image that had it and has no
    other goes, with the blobs that were its own. `shared` is a directory for the blobs, of which none is
    deleted. `index.json` changes when the context is left without an error; after an error the directory is
    as it was.
    """

    def __init__(
        self,
        path: Path,
        *,
        annotate_ref: bool = False,
        exact_names: bool = False,
        shared: Path | None = None,
        limits: Limits = DEFAULT_LIMITS,
    ) -> None:
        self._path = path
        self._exact_names = exact_names
        self._annotate_ref = annotate_ref
        self._limits = limits
        self._shared = shared
        self._content = LayoutContent(path, limits, shared)
        self._entries: list[dict[str, Any]] = []
        self._wanted: set[Digest] = set()
        self._known = KnownBlobs(self._content)
        self._whole: set[Digest] = set()
        self._files = NewFiles()

    def has(self, descriptor: Descriptor, name: str | None) -> bool:
        """Whether the layout lists this manifest under this name and holds all below it, verified."""
        return (
            name is not None
            and self._is_listed(descriptor, name)
            and self._is_whole(descriptor, self._limits.index_depth)
        )

    def _is_listed(self, descriptor: Descriptor, name: str) -> bool:
        raw = read_index(self._path, self._limits)
        if raw is None:
            return False
        wanted = (descriptor.digest, self._reference_name(name))
        listed = layout_index(self._content, raw).index_manifest.manifests
        return wanted in {(entry.digest, (entry.annotations or {}).get(REF_NAME)) for entry in listed}

    def _reference_name(self, name: str | None) -> str | None:
        if self._exact_names:
            return name
        return parse_reference(name).name if name is not None and self._annotate_ref else None

    def _is_whole(self, descriptor: Descriptor, depth: int) -> bool:
        if not is_manifest(descriptor):
            return self._known.has(descriptor)
        if descriptor.digest not in self._whole:
            try:
                raw = check(self._content.read_manifest(descriptor), descriptor)
                below = named_by(open_view(self._content, raw, descriptor))
            except PycraneError:
                return False
            if depth == 0 or not all(self._is_whole(each, depth - 1) for each in below):
                return False
            self._whole.add(descriptor.digest)
        return True

    def begin(self, items: Sequence[Item], blobs: Sequence[Descriptor]) -> None:
        """Make the directories, if an index that is there can be added to.

        Raises:
            PycraneError: what is there cannot be read as a layout, or the directories cannot be made.
        """
        raw = read_index(self._path, self._limits)
        if raw is not None:
            layout_index(self._content, raw)
        self._entries = [layout_entry(item.view, self._reference_name(item.name)) for item in items]
        self._files.make_directory(self._path / "blobs" if self._shared is None else self._path)

    def put_blob(self, blob: Blob) -> Outcome:
        """Write a blob, unless it is there and is what it should be."""
        self._wanted.add(blob.descriptor.digest)
        if self._known.has(blob.descriptor):
            return Outcome.EXISTING
        path = self._blob_path(blob.descriptor.digest)
        mode = _FILE_MODE if blob.descriptor.media_type in media_types.CONFIGS else _LAYER_MODE
        self._files.write_blob(path, blob, mode)
        self._known.add(blob.descriptor.digest)
        return Outcome.MOVED

    def put_manifest(self, descriptor: Descriptor, raw: bytes, name: str | None) -> None:
        """Write a manifest as a blob. Its name is written at the end."""
        self._wanted.add(descriptor.digest)
        if self._known.has(descriptor):
            return
        mode = _INDEX_MODE if descriptor.media_type in media_types.INDEXES else _FILE_MODE
        self._files.write(self._blob_path(descriptor.digest), raw, mode)

    def _blob_path(self, digest: Digest) -> Path:
        path = self._content.blob_file(digest)
        self._files.make_directory(path.parent)
        return path

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        done = False
        try:
            if kind is None and self._entries:
                self._commit()
            done = kind is None
        finally:
            if not done:
                self._files.undo()

    def _commit(self) -> None:
        with writing(str(self._path)), locked(self._path):
            self._check_all_there()
            raw = read_index(self._path, self._limits)
            if not (self._path / OCI_LAYOUT).exists():
                self._files.write(self._path / OCI_LAYOUT, LAYOUT_VERSION, _INDEX_MODE)
            # Without its index a layout has lost everything, so a power cut must not take it.
            data = add_entries(raw, self._entries, replace=self._exact_names)
            write_whole(self._path / INDEX_JSON, data, _INDEX_MODE, durable=True)
            if raw is not None and self._exact_names and self._shared is None:
                before, after = layout_index(self._content, raw), layout_index(self._content, data)
                delete_unlisted(self._path, before, after, self._limits)

    def _check_all_there(self) -> None:
        """Another writer that failed may have taken a blob away that this one found."""
        for digest in self._wanted:
            if not self._content.blob_file(digest).is_file():
                raise PycraneError(f"blob {digest} disappeared from layout {self._path} while it was written")

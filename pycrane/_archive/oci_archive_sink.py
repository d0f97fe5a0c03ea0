"""Sink: an OCI archive, which is an image layout in one tar (image-layout.md). No temporary tree is needed.

Blobs have their places first, so that they are written in parallel; manifests and the index follow them.
"""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import closing
from pathlib import Path
from types import TracebackType
from typing import Any, Self

from pycrane._archive.layout import INDEX_JSON, OCI_LAYOUT, blob_path
from pycrane._archive.layout_index import LAYOUT_VERSION, add_entries
from pycrane._archive.tar_plan import TarPlan
from pycrane._events import Outcome
from pycrane._image.index_entry import layout_entry
from pycrane._image.medium import Blob, Item
from pycrane._io.files import copy
from pycrane._io.whole_file import open_output
from pycrane._oci.descriptor import Descriptor
from pycrane._oci.digest import Digest


class OciArchiveSink:
    """Writes images and indexes to a file, or to standard output (`path` None) once all are there.

    With `exact_names` the names of the items become reference names as they are. The file appears when the
    context is left without an error, and replaces what was there.
    """

    def __init__(self, path: Path | None, *, exact_names: bool = False) -> None:
        self._file = open_output(path)
        self._exact_names = exact_names
        self._plan = TarPlan()
        self._offsets: dict[Digest, int] = {}
        self._manifests: dict[Digest, bytes] = {}
        self._entries: list[dict[str, Any]] = []

    def begin(self, items: Sequence[Item], blobs: Sequence[Descriptor]) -> None:
        """Give every blob its place in the file.

        Raises PycraneError if the file cannot be written.
        """
        self._entries = [layout_entry(item.view, item.name if self._exact_names else None) for item in items]
        for blob in blobs:
            self._offsets[blob.digest] = self._plan.add(blob_path(blob.digest), blob.size)
        self._file.reserve(self._plan.size)

    def has(self, descriptor: Descriptor, name: str | None) -> bool:
        """False: the file is written anew."""
        return False

    def put_blob(self, blob: Blob) -> Outcome:
        """Write a blob at its place."""
        offset = self._offsets[blob.descriptor.digest]
        with closing(blob.open()) as stream, self._file.writer(offset) as out:
            copy(stream, out, self._file.name)
        return Outcome.MOVED

    def put_manifest(self, descriptor: Descriptor, raw: bytes, name: str | None) -> None:
        """Keep a manifest until the blobs are written."""
        self._manifests[descriptor.digest] = raw

    def __enter__(self) -> Self:
        self._file.__enter__()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if kind is None and self._entries:
            self._write_rest()
            self._file.finish()
        else:
            self._file.discard()

    def _write_rest(self) -> None:
        files = {blob_path(digest): self._manifests[digest] for digest in sorted(self._manifests, key=str)}
        files[INDEX_JSON] = add_entries(None, self._entries)
        files[OCI_LAYOUT] = LAYOUT_VERSION
        contents = [(self._plan.add(name, len(data)), data) for name, data in files.items()]
        self._file.reserve(self._plan.size)
        for offset, data in (*self._plan.headers, *contents):
            self._file.write(data, offset)

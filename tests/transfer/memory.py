"""Images in memory, content that misbehaves, a sink in memory, and the engine between them."""

from __future__ import annotations

import threading
from collections.abc import Callable, Sequence

from peers import images

from pycrane._errors import ArchiveError
from pycrane._events import Outcome
from pycrane._image.content import MemoryContent
from pycrane._image.medium import Blob, Item
from pycrane._image.view import View, open_view
from pycrane._oci.descriptor import Descriptor
from pycrane._oci.digest import Digest
from pycrane._transfer.engine import transfer


def held_of(root: images.Image | images.Index) -> dict[Digest, bytes]:
    """All blobs and manifests of an image or index by digest."""
    held = {Digest.parse(digest): blob.data for digest, blob in images.every_blob(root).items()}
    return held | {Digest.parse(one.digest): one.data for one in images.every_manifest(root)}


class Source(MemoryContent):
    """Content of an image or index in memory that counts what is read. `changed` replaces bytes by digest."""

    def __init__(self, root: images.Image | images.Index, changed: dict[str, bytes] | None = None) -> None:
        super().__init__(
            held_of(root) | {Digest.parse(digest): data for digest, data in (changed or {}).items()}
        )
        self.manifests: list[str] = []
        self.blobs: list[str] = []

    def read_manifest(self, descriptor: Descriptor) -> bytes:
        self.manifests.append(str(descriptor.digest))
        return super().read_manifest(descriptor)

    def open_blob(self, descriptor: Descriptor):
        self.blobs.append(str(descriptor.digest))
        return super().open_blob(descriptor)


def view_of(root: images.Image | images.Index, source: Source | None = None) -> View:
    return open_view(source or Source(root), root.data, media_type=root.media_type)


class MemorySink:
    """A sink in memory that records calls. It has what is `there`, and fails on blobs that are `refused`."""

    def __init__(self, there: Sequence[str] = (), refused: Sequence[str] = ()) -> None:
        self.there = set(there)
        self.refused = set(refused)
        self.asked: list[str] = []
        self.begun: list[tuple[list[str | None], list[str]]] = []
        self.calls: list[tuple[str, str]] = []
        self.names: dict[str, str] = {}
        self.held: dict[str, bytes] = {}
        self.during_blob: Callable[[], None] = lambda: None
        self._lock = threading.Lock()

    def __enter__(self) -> MemorySink:
        return self

    def __exit__(self, *error: object) -> None:
        return

    def has(self, descriptor: Descriptor, name: str | None) -> bool:
        with self._lock:
            self.asked.append(str(descriptor.digest))
        return str(descriptor.digest) in self.there

    def begin(self, items: Sequence[Item], blobs: Sequence[Descriptor]) -> None:
        self.begun.append(([item.name for item in items], [str(blob.digest) for blob in blobs]))

    def put_blob(self, blob: Blob) -> Outcome:
        digest = str(blob.descriptor.digest)
        self.during_blob()
        if digest in self.refused:
            raise ArchiveError("no room")
        stream = blob.open()
        try:
            data = b"".join(iter(lambda: stream.read(1000), b""))
        finally:
            stream.close()
        self._write("blob", digest, data)
        return Outcome.MOVED

    def put_manifest(self, descriptor: Descriptor, raw: bytes, name: str | None) -> None:
        self._write("manifest", str(descriptor.digest), raw)
        if name is not None:
            self.names[name] = str(descriptor.digest)

    def _write(self, kind: str, digest: str, data: bytes) -> None:
        with self._lock:
            self.calls.append((kind, digest))
            self.held[digest] = data

    def written(self, kind: str) -> list[str]:
        """The digests of what was written, in order."""
        return [digest for each, digest in self.calls if each == kind]


def move(sink: MemorySink, *items: tuple[View, str | None], **options: object) -> None:
    """Bring views under names to a sink."""
    with sink:
        transfer([Item(view, name) for view, name in items], sink, **options)

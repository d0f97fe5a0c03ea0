"""Content with changes: new blobs and manifests over the content of the view that was changed."""

from __future__ import annotations

import io
from collections.abc import Iterator, Mapping

from pycrane._image.content import Content
from pycrane._layers.stream import ByteStream
from pycrane._oci.descriptor import Descriptor
from pycrane._oci.digest import Digest
from pycrane._reference import Repository


class Overlay:
    """Content: `held` in memory, `parts` from elsewhere by digest, all else from `below`."""

    def __init__(self, held: Mapping[Digest, bytes], parts: Mapping[Digest, Content], below: Content) -> None:
        self._held = dict(held)
        self._parts = dict(parts)
        self._below = below

    def __iter__(self) -> Iterator[Digest]:
        """The digests of what does not come from below."""
        yield from self._held
        yield from self._parts

    def origin(self, descriptor: Descriptor) -> Repository | None:
        """Where the blob can be mounted from; None for what is held in memory."""
        if descriptor.digest in self._held:
            return None
        return self._source(descriptor).origin(descriptor)

    def read_manifest(self, descriptor: Descriptor) -> bytes:
        """The raw bytes of a manifest. Raises what the content that should have it raises."""
        if descriptor.digest in self._held:
            return self._held[descriptor.digest]
        return self._source(descriptor).read_manifest(descriptor)

    def open_blob(self, descriptor: Descriptor) -> ByteStream:
        """The bytes of a blob. Raises what the content that should have it raises."""
        if descriptor.digest in self._held:
            return io.BytesIO(self._held[descriptor.digest])
        return self._source(descriptor).open_blob(descriptor)

    def _source(self, descriptor: Descriptor) -> Content:
        return self._parts.get(descriptor.digest, self._below)

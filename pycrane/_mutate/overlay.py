"""Content with changes: new blobs and manifests over the content of the view that was changed."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from pycrane._image.content import Content, MemoryContent
from pycrane._oci.descriptor import Descriptor
from pycrane._oci.digest import Digest


class Overlay(MemoryContent):
    """Content: `held` in memory, `parts` from elsewhere by digest, all else from `below`."""

    def __init__(
        self, held: Mapping[Digest, bytes], parts: Mapping[Digest, Content], below: Content | None
    ) -> None:
        if isinstance(below, Overlay):  # a long row of changes is not to become a deep one of contents
            held, parts, below = {**below._held, **held}, {**below._parts, **parts}, below._below
        super().__init__(held, below)
        self._parts: dict[Digest, Content] = dict(parts)

    def __iter__(self) -> Iterator[Digest]:
        """The digests of what does not come from below."""
        yield from self._held
        yield from self._parts

    def _source(self, descriptor: Descriptor) -> Content | None:
        return self._parts.get(descriptor.digest, self._below)

"""Content of views from several places, put below one index."""

from __future__ import annotations

from collections.abc import Sequence

from pycrane._image.content import Content, limits_of
from pycrane._image.view import View, named_by, open_view
from pycrane._io.stream import ByteStream
from pycrane._io.verified import check
from pycrane._oci.descriptor import Descriptor
from pycrane._oci.digest import Digest
from pycrane._reference import Repository


class JoinedContent:
    """Content: `views` with all that is below each where that view has it, everything else from `base`.

    Where things are is learned as manifests are read, which comes before what they name. Thread-safe.
    """

    def __init__(self, views: Sequence[View], base: Content) -> None:
        self._held = {view.digest: view.raw_manifest for view in views}
        self._base = base
        self.limits = limits_of(base)
        self._sources: dict[Digest, Content] = {}
        for view in views:
            self._learn(view)

    def origin(self, descriptor: Descriptor) -> Repository | None:
        """Return the repository to mount the blob from, as its own content says."""
        return self._source(descriptor).origin(descriptor)

    def read_manifest(self, descriptor: Descriptor) -> bytes:
        """The raw bytes of a manifest. Raises what the content that should have it raises."""
        if descriptor.digest in self._held:
            return self._held[descriptor.digest]
        source = self._source(descriptor)
        raw = source.read_manifest(descriptor)
        if source is not self._base:
            self._learn(open_view(source, check(raw, descriptor), descriptor))
        return raw

    def open_blob(self, descriptor: Descriptor) -> ByteStream:
        """The bytes of a blob. Raises what the content that should have it raises."""
        return self._source(descriptor).open_blob(descriptor)

    def _source(self, descriptor: Descriptor) -> Content:
        return self._sources.get(descriptor.digest, self._base)

    def _learn(self, view: View) -> None:
        for descriptor in named_by(view):
            self._sources.setdefault(descriptor.digest, view.content)

"""Content that tells a listener when its blobs are read, for work that looks into them."""

from __future__ import annotations

from pycrane._events import Listener
from pycrane._image.content import Content, limits_of
from pycrane._io.stream import ByteStream
from pycrane._io.watched import WatchedStream
from pycrane._oci.descriptor import Descriptor
from pycrane._reference import Repository


class WatchedContent:
    """Other content, whose blobs are `Reading` events."""

    def __init__(self, below: Content, listener: Listener) -> None:
        self._below = below
        self._listener = listener
        self.limits = limits_of(below)

    def origin(self, descriptor: Descriptor) -> Repository | None:
        """Return the repository to mount the blob from."""
        return self._below.origin(descriptor)

    def read_manifest(self, descriptor: Descriptor) -> bytes:
        """Return the raw bytes of a manifest. Raises what the other content raises."""
        return self._below.read_manifest(descriptor)

    def open_blob(self, descriptor: Descriptor) -> ByteStream:
        """Open a blob. The caller closes it. Raises what the other content raises."""
        stream = self._below.open_blob(descriptor)
        return WatchedStream(stream, str(descriptor.digest), descriptor.size, self._listener)

"""Sources of the bytes of views. A new medium is one small class with these methods."""

from __future__ import annotations

import io
from collections.abc import Mapping
from typing import Protocol

from pycrane._errors import NotFoundError
from pycrane._io.stream import ByteStream
from pycrane._limits import DEFAULT_LIMITS, Limits
from pycrane._oci.descriptor import Descriptor
from pycrane._oci.digest import Digest
from pycrane._reference import Repository


class Content(Protocol):
    """Content by descriptor. What it gives need not be verified: the views verify all they read.

    An attribute `limits` of type `Limits` may say which limits hold for it.
    """

    def origin(self, descriptor: Descriptor) -> Repository | None:
        """The repository that holds this blob, where a registry may mount it from; None if none does."""
        ...

    def read_manifest(self, descriptor: Descriptor) -> bytes:
        """The raw bytes of a manifest or index below another.

        Raises:
            PycraneError: it is not there, or cannot be read.
        """
        ...

    def open_blob(self, descriptor: Descriptor) -> ByteStream:
        """The bytes of a config or layer, from the first. The caller closes the stream.

        Raises:
            PycraneError: it is not there, or cannot be read. The stream raises such errors too.
        """
        ...


def limits_of(content: Content) -> Limits:
    """Return the limits that hold for what is read from a content: its `limits`, or the default ones."""
    limits = getattr(content, "limits", DEFAULT_LIMITS)
    return limits if isinstance(limits, Limits) else DEFAULT_LIMITS


class MemoryContent:
    """Content held in memory, over other content that is asked for what is not."""

    def __init__(self, held: Mapping[Digest, bytes], below: Content | None = None) -> None:
        self._held = dict(held)
        self._below = below
        self.limits = limits_of(below) if below is not None else DEFAULT_LIMITS

    def origin(self, descriptor: Descriptor) -> Repository | None:
        """Return the repository to mount the blob from; None for content held in memory."""
        source = None if descriptor.digest in self._held else self._source(descriptor)
        return source.origin(descriptor) if source else None

    def read_manifest(self, descriptor: Descriptor) -> bytes:
        """The manifest with this digest. Raises NotFoundError, or what the other content raises."""
        if descriptor.digest in self._held:
            return self._held[descriptor.digest]
        return self._next(descriptor).read_manifest(descriptor)

    def open_blob(self, descriptor: Descriptor) -> ByteStream:
        """The blob with this digest. Raises NotFoundError, or what the other content raises."""
        if descriptor.digest in self._held:
            return io.BytesIO(self._held[descriptor.digest])
        return self._next(descriptor).open_blob(descriptor)

    def _source(self, descriptor: Descriptor) -> Content | None:
        """The content that has what is not held in memory."""
        return self._below

    def _next(self, descriptor: Descriptor) -> Content:
        source = self._source(descriptor)
        if source is None:
            raise NotFoundError(f"{descriptor.digest} is not in this image", status=404)
        return source

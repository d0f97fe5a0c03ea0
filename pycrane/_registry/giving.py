"""A blob that a program hands over, as bytes or as streams, for sending."""

from __future__ import annotations

import io
from collections.abc import Callable

from pycrane._image.medium import Blob
from pycrane._io.stream import ByteStream
from pycrane._io.verified import VerifiedStream
from pycrane._oci.descriptor import Descriptor
from pycrane._oci.digest import Digest
from pycrane._reference import Repository
from pycrane._registry.blobs import OCTETS


def given_blob(
    content: bytes | Callable[[], ByteStream], descriptor: Descriptor | None, origin: Repository | None
) -> Blob:
    """The blob, verified while it is read, that `origin` may hold already.

    Raises:
        TypeError: streams without a descriptor.
    """
    if isinstance(content, bytes):
        data = content
        described = descriptor or Descriptor(OCTETS, Digest.of(data), len(data))
        return Blob(described, lambda: VerifiedStream(io.BytesIO(data), described), origin)
    if descriptor is None:
        raise TypeError("a blob that is given as a stream needs a descriptor")
    opened = content
    return Blob(descriptor, lambda: VerifiedStream(opened(), descriptor), origin)

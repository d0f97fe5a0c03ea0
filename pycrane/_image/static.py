"""Layers of bytes that a program has in its hands, stored as they are."""

from __future__ import annotations

import io
from contextlib import closing

from pycrane._errors import expect
from pycrane._image.content import MemoryContent
from pycrane._image.view import Layer
from pycrane._io.measured import MeasuredStream
from pycrane._io.stream import drain
from pycrane._layers.compression.decompress import open_decompressed
from pycrane._layers.compression.kinds import MAGIC_LENGTH, sniff
from pycrane._oci import media_types
from pycrane._oci.descriptor import Descriptor
from pycrane._oci.digest import Digest


def static_layer(data: bytes | bytearray | memoryview, media_type: str | None = None) -> Layer:
    """A layer of these bytes, which are not compressed or changed.

    Without a `media_type` it is OCI's for a tar with the compression that the bytes have. The diff id of a
    layer of files is that of its tar; of anything else, as artifacts have it, it is the digest.

    Raises:
        LayerError: a layer of files whose compression is broken.
        LimitExceededError: it expands to too much.
    """
    expect(data, bytes | bytearray | memoryview, "the bytes of a layer")
    data = bytes(data)
    kind = media_type or sniff(data[:MAGIC_LENGTH]).media_type(oci=True)
    digest = Digest.of(data)
    diff_id = _diff_id(data) if kind in media_types.LAYERS else digest
    return Layer(MemoryContent({digest: data}), Descriptor(kind, digest, len(data)), diff_id)


def _diff_id(data: bytes) -> Digest:
    with closing(MeasuredStream(open_decompressed(io.BytesIO(data)))) as plain:
        drain(plain)
        return plain.digest

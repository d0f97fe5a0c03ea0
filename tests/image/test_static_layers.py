"""Layers of bytes in hand are stored as they are, and know what they are."""

from __future__ import annotations

import pytest
from peers.images import layer

from pycrane._errors import LayerError
from pycrane._image.static import static_layer
from pycrane._oci import media_types
from pycrane._oci.digest import Digest

TAR = layer({"etc/motd": b"hello\n"}).content


@pytest.mark.parametrize(
    ("compression", "kind"),
    [
        ("", media_types.OCI_LAYER),
        ("gzip", media_types.OCI_LAYER_GZIP),
        ("zstd", media_types.OCI_LAYER_ZSTD),
    ],
)
def test_a_tarball_keeps_its_compression_and_is_called_by_it(compression, kind):
    made = layer({"etc/motd": b"hello\n"}, compression=compression)
    found = static_layer(made.data)
    assert (found.media_type, str(found.digest), found.size) == (kind, made.digest, len(made.data))
    assert str(found.diff_id) == made.diff_id
    with found.compressed() as stored, found.uncompressed() as plain:
        assert (stored.read(), plain.read()) == (made.data, TAR)


def test_what_is_no_layer_of_files_is_not_looked_into():
    data = layer({"a": b"b"}, compression="gzip").data
    found = static_layer(data, "application/vnd.example.model")
    assert found.diff_id == found.digest == Digest.of(data)
    with found.compressed() as stored:
        assert stored.read() == data


def test_broken_compression_is_refused():
    with pytest.raises(LayerError):
        static_layer(layer({"a": b"b" * 100}, compression="gzip").data[:-12])

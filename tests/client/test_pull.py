"""Views are pulled through a cache, also those that a program changed."""

from __future__ import annotations

import pycrane
from pycrane._transports.location import ViewLocation


def test_an_image_that_is_made_later_is_pulled_through_a_cache(tmp_path):
    image = pycrane.annotate(pycrane.random_image(1), {"a": "b"})
    with pycrane.Client() as client:
        client.pull(ViewLocation(image), tmp_path / "layout", format="oci", cache=tmp_path / "cache")
        assert client.only(tmp_path / "layout").digest == image.digest
    blobs = {str(blob.digest) for blob in (image.manifest.config, *image.manifest.layers)}
    assert {path.name for path in (tmp_path / "cache").iterdir()} == blobs

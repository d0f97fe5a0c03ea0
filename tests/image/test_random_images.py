"""Random images are whole, and the same for the same seed."""

from __future__ import annotations

import io
import tarfile

import pytest

from pycrane._image.random import random_image, random_index
from pycrane._image.view import Image
from pycrane._layers.compression.kinds import Compression
from pycrane._oci.digest import Digest
from pycrane._oci.platform import Platform


@pytest.mark.parametrize("oci", [False, True])
@pytest.mark.parametrize("compression", list(Compression))
def test_a_random_image_is_whole(oci: bool, compression: Compression) -> None:
    image = random_image(3, layers=2, layer_size=5000, oci=oci, compression=compression)
    assert len(image.layers) == 2
    for layer in image.layers:
        assert layer.media_type == compression.media_type(oci=oci)
        assert Digest.of(layer.compressed().read()) == layer.digest
        tar = layer.uncompressed().read()
        assert Digest.of(tar) == layer.diff_id
        with tarfile.open(fileobj=io.BytesIO(tar)) as archive:
            assert [entry.size for entry in archive] == [5000]
    assert image.config_file.platform == Platform("linux", "amd64")
    assert len(image.config_file.history) == 2


def test_a_seed_makes_the_same_image_each_time_and_another_seed_another() -> None:
    assert random_image(1).raw_manifest == random_image(1).raw_manifest
    assert random_image(1).digest != random_image(2).digest
    assert random_index(1).raw_manifest == random_index(1).raw_manifest
    assert random_index(1).digest != random_index(2).digest


@pytest.mark.parametrize("oci", [False, True])
def test_a_random_index_has_an_image_for_each_platform(oci: bool) -> None:
    platforms = [Platform("linux", "amd64"), Platform("linux", "arm64", "v8"), Platform("windows", "amd64")]
    index = random_index(1, platforms, layers=1, oci=oci)
    assert [entry.platform for entry in index.index_manifest.manifests] == platforms
    for entry in index.index_manifest.manifests:
        image = index.child(entry)
        assert isinstance(image, Image)
        assert image.config_file.platform == entry.platform
        assert image.layers[0].uncompressed().read()

"""A rebase gives each image the base for its platform, and reads no layer."""

from __future__ import annotations

import pytest
from mutate.changes import (
    CONFIG,
    INDEX,
    MANIFEST,
    ON_BASE,
    OTHER,
    counted,
    images_of,
)

import pycrane


def test_each_image_of_an_index_gets_the_base_for_its_platform():
    moved = pycrane.rebase_image(ON_BASE, INDEX, OTHER)
    for image, base in zip(images_of(moved), images_of(OTHER), strict=True):
        assert [layer.diff_id for layer in image.layers][:-1] == [layer.diff_id for layer in base.layers]
        assert image.config_file.platform == base.config_file.platform
        assert image.manifest.annotations == {"org.opencontainers.image.base.digest": str(OTHER.digest)}


def test_a_rebase_reads_no_layer_and_takes_annotations():
    (view, read), (old, of_old), (new, of_new) = map(counted, (ON_BASE, INDEX, OTHER))
    moved = pycrane.rebase_image(images_of(view)[1], old, new, {"a": "b"})
    assert moved.manifest.annotations["a"] == "b"
    assert {*read, *of_old, *of_new} == {CONFIG, MANIFEST}
    with pytest.raises(pycrane.NotBasedError, match="layer 0 is"):
        _ = pycrane.rebase_image(ON_BASE, OTHER, INDEX).digest

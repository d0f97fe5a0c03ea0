"""What GNU tar extracts of a merged tar is what umoci unpacks of the layers, on a real disk."""

from __future__ import annotations

import io
import os
import tempfile
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from layers import hard_images, random_images, unpacked
from layers.filesystem import FileSystem
from peers.programs import Program

from pycrane._layers.merge.merge import merge

pytestmark = pytest.mark.skipif(os.geteuid() != 0, reason="only root can give files away")


def compare(umoci: Program, folder: Path, layers: list[bytes]) -> None:
    state = FileSystem()
    for layer in layers:
        state.apply(layer)
    # A directory without an entry is as the program makes it that unpacks, and its parent has a new time.
    bare = {path for path, seen in state.look().items() if seen.about is None}

    def comparable(path: str, one: unpacked.OnDisk) -> unpacked.OnDisk:
        if path in bare:
            return replace(one, about=())
        return one.without_time() if state.lacked_parents and one.is_directory else one

    merged = merge([lambda layer=layer: io.BytesIO(layer) for layer in layers]).read()
    found, expected = (
        {path: comparable(path, one) for path, one in tree.items()}
        for tree in (unpacked.by_tar(folder, merged), unpacked.by_umoci(umoci, folder, layers))
    )
    assert found == expected


@pytest.mark.parametrize("name", hard_images.ALL)
def test_a_hard_image_is_what_umoci_unpacks(umoci: Program, tmp_path: Path, name: str) -> None:
    compare(umoci, tmp_path, hard_images.ALL[name])


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(layers=random_images.layers(tidy=True))
def test_a_random_image_is_what_umoci_unpacks(
    umoci: Program, tmp_path: Path, layers: list[random_images.RandomLayer]
) -> None:
    compare(umoci, Path(tempfile.mkdtemp(dir=tmp_path)), [layer.tar for layer in layers])

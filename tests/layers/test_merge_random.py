"""A merged tar leaves what its layers leave, for images that nobody would make."""

from __future__ import annotations

import io
from dataclasses import replace

from hypothesis import given, settings
from layers import random_images
from layers.filesystem import FileSystem, Seen

from pycrane._layers.merge.merge import merge


def tree_of(*tars: bytes, careful: bool = False) -> dict[str, Seen]:
    state = FileSystem(careful=careful)
    for tar in tars:
        state.apply(tar)
    return state.look()


@settings(max_examples=300, deadline=None)
@given(random_images.layers())
def test_one_tar_leaves_what_all_layers_leave(layers: list[random_images.RandomLayer]) -> None:
    expected = tree_of(*(layer.tar for layer in layers))
    stream = merge([lambda layer=layer: io.BytesIO(layer.tar) for layer in layers])
    found = tree_of(stream.read(), careful=True)
    for path, seen in expected.items():
        if seen.about is None and path in found:  # a directory without an entry may be given any
            found[path] = replace(found[path], about=None)
    assert found == expected

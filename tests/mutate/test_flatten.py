"""A flattened image has one layer with the same files."""

from __future__ import annotations

import json

import pytest
from mutate.changes import IMAGE, INDEX, STATIC, WHEN, entries_of, images_of
from peers import images

import pycrane


def test_the_one_layer_holds_the_files_that_are_left_by_all_layers(view_of):
    lower = images.layer({"stays": b"1", "goes": b"2", "changes": b"3"})
    upper = images.layer({".wh.goes": b"", "changes": b"4"})
    view = view_of(images.image(lower, upper))
    [layer] = pycrane.flatten_image(view, created=WHEN).layers
    assert {entry.name: entry.size for entry in entries_of(layer)} == {"stays": 1, "changes": 1}
    with layer.uncompressed() as stream:
        content = stream.read()
    assert b"4" in content
    assert b"3" not in content


def test_the_history_is_one_entry_with_the_old_history_in_its_comment():
    config = pycrane.flatten_image(pycrane.append_layers(IMAGE, [STATIC]), created=WHEN).config_file
    [entry] = config.history
    assert entry["created"] == config.created == WHEN
    assert len(json.loads(entry["comment"])) == len(IMAGE.config_file.history) + 1
    assert len(config.diff_ids) == 1


def test_attestations_go_when_images_are_flattened(view_of):
    view = view_of(images.multi_platform(attested=True))
    flat = pycrane.flatten_image(view, created=WHEN)
    assert [str(entry.platform) for entry in view.index_manifest.manifests][-1] == "unknown/unknown"
    assert [str(entry.platform) for entry in flat.index_manifest.manifests] == [
        "linux/amd64",
        "linux/arm64/v8",
    ]


def test_each_image_of_an_index_is_flattened_as_it_would_be_alone():
    flat = pycrane.flatten_image(INDEX, created=WHEN)
    alone = [pycrane.flatten_image(image, created=WHEN).digest for image in images_of(INDEX)]
    assert [image.digest for image in images_of(flat)] == alone


@pytest.mark.parametrize("level", [0, 10])
def test_flattening_to_a_level_that_there_is_not_is_refused_at_once(level):
    with pytest.raises(pycrane.UnsupportedError, match="has no level"):
        pycrane.flatten_image(IMAGE, level=level)

"""Recompressed layers have the same files and diff ids under another media type."""

from __future__ import annotations

import pytest
from mutate.changes import IMAGE, counted, images_of
from peers import images

import pycrane


def test_layers_change_their_compression_and_keep_their_content(view_of):
    layers = [images.layer({"a": b"1"}, compression=kind) for kind in ("", "gzip", "zstd")]
    view = view_of(images.image(*layers))
    changed = pycrane.recompress_layers(view, pycrane.Compression.ZSTD)
    assert [layer.media_type for layer in changed.layers] == [f"{images.OCI_LAYER}+zstd"] * 3
    assert [layer.diff_id for layer in changed.layers] == [layer.diff_id for layer in view.layers]
    assert [layer.uncompressed().read() for layer in changed.layers] == [each.content for each in layers]
    assert changed.raw_config_file == view.raw_config_file


def test_layers_that_are_compressed_so_already_are_neither_read_nor_changed(view_of):
    root = images.image(images.layer({"a": b"1"}), images.layer({"b": b"2"}, compression="zstd"))
    view, read = counted(view_of(root))
    changed = pycrane.recompress_layers(view, "gzip")
    assert changed.layers[0].digest == view.layers[0].digest
    assert changed.layers[1].digest != view.layers[1].digest
    assert f"{images.OCI_LAYER}+gzip" not in read


def test_a_layer_that_two_images_share_is_compressed_once(view_of):
    shared = images.layer({"shared": b"1"})
    one, two = (
        images.image(shared, images.layer({name: b"2"}), platform=name) for name in ("linux/a", "linux/b")
    )
    view, read = counted(view_of(images.index(one, two)))
    changed = pycrane.recompress_layers(view, "zstd")
    first, second = images_of(changed)
    assert first.layers[0].digest == second.layers[0].digest
    assert read.count(shared.media_type) == 3


def test_attestations_and_layers_that_may_not_be_distributed_stay(view_of):
    view = view_of(images.multi_platform(attested=True))
    changed = pycrane.recompress_layers(view, "zstd")
    assert changed.index_manifest.manifests[-1] == view.index_manifest.manifests[-1]
    content = images.layer({"a": b"1"}, family="docker")
    foreign = images.Layer(images.DOCKER_FOREIGN_LAYER, content.data, content=content.content)
    image = view_of(images.image(foreign, family="docker"))
    assert pycrane.recompress_layers(image, "zstd").digest == image.digest


def test_a_layer_that_is_not_what_the_config_says_is_refused(view_of):
    lying = images.image(images.layer({"a": b"1"}))
    document = images.encode(
        {"architecture": "amd64", "os": "linux", "rootfs": {"type": "layers", "diff_ids": [lying.digest]}}
    )
    config = images.Blob(lying.config.media_type, document)
    changed = pycrane.recompress_layers(view_of(images.assemble(config, lying.layers)), "zstd")
    with pytest.raises(pycrane.DigestMismatchError, match="its config says"):
        _ = changed.digest


@pytest.mark.parametrize("level", [0, 10])
def test_recompressing_to_a_level_that_there_is_not_is_refused_at_once(level):
    with pytest.raises(pycrane.UnsupportedError, match="has no level"):
        pycrane.recompress_layers(IMAGE, pycrane.Compression.GZIP, level)

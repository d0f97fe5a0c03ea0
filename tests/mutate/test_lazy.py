"""Changed views are made when they are read, once, and leave the view below as it is."""

from __future__ import annotations

import gc
import tarfile
import tracemalloc
from pathlib import Path

import pytest
from mutate.changes import (
    CHANGES,
    CHANGES_OF_IMAGES,
    CHANGES_OF_INDEXES,
    CONFIG,
    IMAGE,
    INDEX,
    LABEL,
    LAYER,
    MAKE_LAYERS,
    MANIFEST,
    READ_OF_AN_IMAGE,
    SECONDS,
    STATIC,
    WHEN,
    counted,
    entries_of,
    images_of,
)

import pycrane


@pytest.mark.parametrize("change", CHANGES)
@pytest.mark.parametrize("view", [IMAGE, INDEX], ids=["image", "index"])
def test_what_was_an_image_or_index_still_is_and_the_old_one_stays(change, view):
    before = view.raw_manifest
    changed = CHANGES[change](view)
    assert isinstance(changed, pycrane.Image) == isinstance(view, pycrane.Image)
    assert changed.digest != view.digest
    assert changed.digest == pycrane.Digest.of(changed.raw_manifest)
    assert view.raw_manifest == before
    assert CHANGES[change](view).digest == changed.digest
    with pycrane.Client() as client:
        assert client.validate(changed) == []


@pytest.mark.parametrize(
    ("view", "change"),
    [
        *((IMAGE, change) for change in (CHANGES | CHANGES_OF_IMAGES).values()),
        *((INDEX, change) for change in (CHANGES | CHANGES_OF_INDEXES).values()),
    ],
    ids=[*CHANGES, *CHANGES_OF_IMAGES, *CHANGES, *CHANGES_OF_INDEXES],
)
def test_nothing_is_read_before_the_result_is(view, change):
    view, read = counted(view)
    once = change(view)
    twice = change(once)
    assert read == []
    assert len({view.digest, once.digest, twice.digest}) > 1
    read_then = list(read)
    assert once.raw_manifest
    assert twice.raw_manifest
    assert read == read_then


def test_a_change_of_what_cannot_be_read_is_no_error_before_it_is_read():
    broken = pycrane.Index(pycrane.MemoryContent({}), INDEX.raw_manifest, INDEX.descriptor)
    changed = pycrane.annotate(
        pycrane.edit_config(pycrane.append_layers(broken, [STATIC]), LABEL), {"a": "b"}
    )
    for _ in range(2):
        with pytest.raises(pycrane.NotFoundError, match="is not in this image"):
            _ = changed.digest


def test_what_was_given_may_change_before_the_result_is_read():
    layers, labels, annotations, entries = [STATIC], {"a": "b"}, {"c": "d"}, [IMAGE]
    history = {"comment": "e"}
    appended = pycrane.append_layers(IMAGE, layers, history=history)
    labelled = pycrane.edit_config(appended, pycrane.ConfigEdit(labels=labels))
    config = {**IMAGE.config_file.raw, "author": "f"}
    replaced = pycrane.set_config(IMAGE, config)
    noted = pycrane.annotate(IMAGE, annotations)
    index = pycrane.append_entries(pycrane.empty_index(), entries)
    for each in (layers, labels, annotations, entries, history, config):
        each.clear()
    assert len(labelled.layers) == len(IMAGE.layers) + 1
    assert labelled.config_file.history[-1]["comment"] == "e"
    assert labelled.config_file.config["Labels"] == {"a": "b"}
    assert replaced.config_file.author == "f"
    assert noted.manifest.annotations == {"c": "d"}
    assert [entry.digest for entry in index.index_manifest.manifests] == [IMAGE.digest]


def test_a_long_row_of_changes_is_not_too_deep():
    changed = IMAGE
    for number in range(400):
        changed = pycrane.annotate(pycrane.append_layers(changed, [STATIC]), {"number": str(number)})
    assert changed.manifest.annotations == {"number": "399"}
    assert len(changed.layers) == len(IMAGE.layers) + 400
    assert changed.layers[0].uncompressed().read()
    with pycrane.Client() as client:
        assert client.validate(changed) == []


@pytest.mark.parametrize("change", READ_OF_AN_IMAGE)
def test_a_change_of_an_image_reads_no_layer(change):
    view, read = counted(IMAGE)
    changed = CHANGES[change](view)
    assert changed.manifest.layers
    assert read == READ_OF_AN_IMAGE[change]


@pytest.mark.parametrize("change", READ_OF_AN_IMAGE)
def test_a_change_of_an_index_reads_no_layer(change):
    view, read = counted(INDEX)
    assert CHANGES[change](view).index_manifest.manifests
    assert set(read) <= {CONFIG, MANIFEST}


@pytest.mark.parametrize("change", MAKE_LAYERS)
@pytest.mark.parametrize("view", [IMAGE, INDEX], ids=["image", "index"])
def test_what_changes_layers_reads_nothing_before_it_is_read_and_then_each_layer_once(change, view):
    view, read = counted(view)
    changed = CHANGES[change](view)
    assert read == []
    assert changed.digest
    assert read.count(LAYER) == len([layer for image in images_of(view) for layer in image.layers])
    here = len(read)
    for image in images_of(changed):
        for layer in image.layers:
            layer.uncompressed().read()
    assert LAYER not in read[here:]


def test_a_view_of_a_registry_is_changed_without_a_layer_being_read(docker_registry, repo):
    name = f"{docker_registry.host}/{repo}"
    heard = []
    with pycrane.Client(listener=heard.append) as client:
        client.push(INDEX, f"{name}:1")
        heard.clear()
        changed = pycrane.edit_config(pycrane.append_layers(client.open(f"{name}:1"), [STATIC]), LABEL)
        asked = [event.lines[0] for event in heard if isinstance(event, pycrane.Exchange)]
        sizes = {str(layer.digest) for image in images_of(INDEX) for layer in image.layers}
        assert not any(digest in line for line in asked for digest in sizes)
        heard.clear()
        pushed = client.push(changed, f"{name}:2")
        moved = {
            str(event.descriptor.digest)
            for event in heard
            if isinstance(event, pycrane.BlobFinished) and event.outcome is pycrane.Outcome.MOVED
        }
        assert not moved & sizes
        assert client.validate(pushed) == []


def test_changes_compose_in_one_expression():
    made = pycrane.annotate(
        pycrane.set_time(
            pycrane.edit_config(pycrane.append_layers(pycrane.flatten_image(INDEX), [STATIC]), LABEL), WHEN
        ),
        {"made": "by hand"},
    )
    assert made.index_manifest.annotations == {"made": "by hand"}
    for image in images_of(made):
        assert len(image.layers) == 2
        assert image.config_file.config["Labels"] == {"a": "b"}
        assert image.config_file.created == WHEN
        assert {entry.mtime for layer in image.layers for entry in entries_of(layer)} == {SECONDS}
    with pycrane.Client() as client:
        assert client.validate(made) == []


def test_what_is_made_later_can_be_pushed_saved_and_put_into_an_index(docker_registry, repo, tmp_path):
    view = pycrane.set_time(INDEX, WHEN)
    image = pycrane.flatten_image(IMAGE, created=WHEN)
    both = pycrane.append_entries(view, [image])
    with pycrane.Client() as client:
        pushed = client.push(both, f"{docker_registry.host}/{repo}:1")
        assert client.validate(pushed) == []
        client.save(both, tmp_path / "layout", format="oci")
        assert client.validate(tmp_path / "layout") == []
        client.save(image, tmp_path / "image.tar")
        assert client.image(tmp_path / "image.tar").config_name == image.config_name


def open_files():
    gc.collect()
    return len(list(Path("/proc/self/fd").iterdir()))


@pytest.mark.skipif(not Path("/proc/self/fd").is_dir(), reason="no list of open files here")
def test_temporary_files_go_with_the_last_view_or_stream_that_needs_them():
    before = open_files()
    view = pycrane.set_time(IMAGE, WHEN)
    assert open_files() == before
    above = pycrane.append_layers(view, [STATIC])
    stream = view.layers[0].compressed()
    del view
    assert open_files() > before
    assert above.layers[1].uncompressed().read()
    del above
    assert stream.read()
    del stream
    assert open_files() == before


def test_threads_that_read_what_is_made_later_have_it_made_once():
    from concurrent.futures import ThreadPoolExecutor

    view, read = counted(IMAGE)
    changed = pycrane.set_time(view, WHEN)
    with ThreadPoolExecutor(8) as pool:
        assert len(set(pool.map(lambda _: changed.digest, range(8)))) == 1
    assert read.count(LAYER) == len(IMAGE.layers)


def test_what_cannot_be_made_says_so_when_it_is_read():
    broken = pycrane.Image(pycrane.MemoryContent({}), IMAGE.raw_manifest, IMAGE.descriptor)
    changed = pycrane.set_time(broken, WHEN)
    for _ in range(2):
        with pytest.raises(pycrane.NotFoundError):
            _ = changed.digest


@pytest.mark.parametrize("change", MAKE_LAYERS)
def test_a_large_layer_is_changed_in_constant_memory(change):
    size = 64 << 20

    class Zeros:
        """The content of one file of zeros, as a tar that is never there as a whole."""

        def __init__(self):
            entry = tarfile.TarInfo("zeros")
            entry.size = size
            self.parts = iter([entry.tobuf(), *[bytes(1 << 20)] * (size >> 20), bytes(1024)])
            self.rest = b""

        def read(self, count=-1, /):
            self.rest = self.rest or next(self.parts, b"")
            piece, self.rest = self.rest[:count], self.rest[count:]
            return piece

        def close(self):
            pass

    with pycrane.Client() as client:
        image = pycrane.append_layers(pycrane.empty_image(), [client.layer(Zeros())])
        changed = CHANGES[change](image)
        tracemalloc.start()
        try:
            assert changed.digest
            _, peak = tracemalloc.get_traced_memory()
        finally:
            tracemalloc.stop()
    assert peak < size / 2

"""An image of a layout deleted, with what is its own, and with nothing of others."""

from __future__ import annotations

import json

import pytest
from peers.images import image, index, layer
from peers.media import write_layout

import pycrane
from pycrane._archive.layout_delete import delete_image

BASE = layer({"base": b"0"})
ONE = image(BASE, layer({"one": b"1"}))
TWO = image(BASE, layer({"two": b"2"}))
BOTH = index(ONE, image(BASE, platform="linux/arm64"))


@pytest.fixture
def path(tmp_path):
    names = {ONE.digest: "one", TWO.digest: "two", BOTH.digest: "both"}
    return write_layout(tmp_path / "layout", ONE, TWO, BOTH, names=names)


def blobs(path):
    return {f"sha256:{file.name}" for file in (path / "blobs/sha256").iterdir()}


def names(path):
    entries = json.loads((path / "index.json").read_text())["manifests"]
    return [entry["annotations"]["org.opencontainers.image.ref.name"] for entry in entries]


def test_its_name_manifest_and_layers_go_and_shared_ones_stay(path):
    before = blobs(path)
    delete_image(path, "two")
    assert names(path) == ["one", "both"]
    assert before - blobs(path) == {TWO.digest, TWO.config.digest, TWO.layers[1].digest}


def test_an_index_goes_with_what_no_other_name_leads_to(path):
    delete_image(path, "both")
    assert BOTH.digest not in blobs(path)
    assert BOTH.children[1].digest not in blobs(path)
    assert {ONE.digest, ONE.config.digest, BASE.digest} <= blobs(path)


def test_another_name_of_it_stays_with_all_it_needs(path):
    content = json.loads((path / "index.json").read_text())
    again = json.loads(json.dumps(content["manifests"][1]).replace('"two"', '"again"'))
    content["manifests"].append(again)
    (path / "index.json").write_text(json.dumps(content))
    before = blobs(path)
    delete_image(path, "two")
    assert names(path) == ["one", "both", "again"]
    assert blobs(path) == before


def test_a_position_and_the_only_image_are_names_too(path):
    delete_image(path, "@0")
    delete_image(path, "@1")
    delete_image(path, None)
    assert names(path) == []
    assert blobs(path) == set()


def test_blobs_that_nothing_led_to_stay(path):
    stray = path / "blobs/sha256" / ("0" * 64)
    stray.write_bytes(b"of another writer")
    delete_image(path, "two")
    assert stray.exists()


@pytest.mark.parametrize(
    ("name", "message"), [("none", "holds no images called none"), (None, "holds 3 images")]
)
def test_what_is_not_there_or_not_named_changes_nothing(path, name, message):
    before = (path / "index.json").read_bytes()
    with pytest.raises(pycrane.ArchiveError, match=message):
        delete_image(path, name)
    assert (path / "index.json").read_bytes() == before


def test_a_directory_that_is_no_layout_is_refused(tmp_path):
    with pytest.raises(pycrane.ArchiveError):
        delete_image(tmp_path, "one")

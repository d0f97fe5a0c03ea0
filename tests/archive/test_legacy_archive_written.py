"""A legacy tarball has a directory for each uncompressed layer, byte for byte as crane writes it."""

from __future__ import annotations

import hashlib
import json
from dataclasses import replace

import pytest
from archive.views import bring, golden, members, names_in, view_of
from peers.images import image, layer

from pycrane._archive.legacy_sink import LegacyArchiveSink
from pycrane._errors import MalformedError, NotFoundError

NAME = "127.0.0.1:5987/golden:v1"


def test_the_file_is_the_one_that_crane_writes(folder):
    bring(LegacyArchiveSink(folder / "a.tar"), (golden(), NAME))
    expected = "c9cce6a0a3554b181bb3b9e95f876fba677d76bb80485fa4a521f799ff9d2a67"
    assert hashlib.sha256((folder / "a.tar").read_bytes()).hexdigest() == expected


def test_layers_are_uncompressed_whatever_they_were(folder):
    one = image(
        layer({"a": b"1"}), layer({"b": b"2"}, compression="zstd"), layer({"c": b"3"}, compression="")
    )
    bring(LegacyArchiveSink(folder / "a.tar"), (one, NAME))
    contents = [data for name, data in members(folder / "a.tar").items() if name.endswith("/layer.tar")]
    assert contents == [each.content for each in one.layers]


def test_a_layer_twice_in_an_image_is_two_directories(folder):
    twice = layer({"a": b"1"})
    bring(LegacyArchiveSink(folder / "a.tar"), (image(twice, twice), NAME))
    found = members(folder / "a.tar")
    assert sum(name.endswith("/layer.tar") for name in found) == 2


def test_images_with_the_same_layers_share_directories_and_are_sorted_by_config(folder):
    base = layer({"a": b"1"})
    first, second = image(base, layer({"b": b"2"})), image(base, layer({"c": b"3"}))
    bring(LegacyArchiveSink(folder / "a.tar"), (first, "example.com/a:1"), (second, "example.com/b:1"))
    found = members(folder / "a.tar")
    assert sum(name.endswith("/layer.tar") for name in found) == 3
    configs = [entry["Config"] for entry in json.loads(found["manifest.json"])]
    assert configs == sorted(configs)


def test_a_name_without_a_tag_gets_one_that_docker_loads(folder):
    bring(LegacyArchiveSink(folder / "a.tar"), (golden(), "alpine"))
    found = members(folder / "a.tar")
    assert json.loads(found["manifest.json"])[0]["RepoTags"] == ["alpine:latest"]
    assert list(json.loads(found["repositories"])["alpine"]) == ["latest"]


def test_a_name_by_digest_does_not_become_a_tag(folder):
    bring(LegacyArchiveSink(folder / "a.tar"), (golden(), f"alpine@{golden().digest}"))
    found = members(folder / "a.tar")
    assert json.loads(found["manifest.json"])[0]["RepoTags"] is None
    assert json.loads(found["repositories"]) == {}


def test_an_image_without_layers_is_written(folder):
    bare = image(layer({"a": b"1"}), extra={"history": [], "rootfs": {"type": "layers", "diff_ids": []}})
    document = json.loads(bare.data) | {"layers": []}
    bring(
        LegacyArchiveSink(folder / "a.tar"),
        (replace(bare, data=json.dumps(document).encode(), layers=()), NAME),
    )
    assert json.loads(members(folder / "a.tar")["manifest.json"])[0]["Layers"] == []


def test_a_history_of_another_length_is_refused(folder):
    one = image(layer({"a": b"1"}), extra={"history": [{"created_by": "a"}, {"created_by": "b"}]})
    with pytest.raises(MalformedError, match="history of 2 layers, its image has 1"):
        bring(LegacyArchiveSink(folder / "a.tar"), (one, NAME))
    assert names_in(folder) == []


def test_what_fails_leaves_the_old_file_and_nothing_else(folder):
    (folder / "a.tar").write_bytes(b"old")
    one = golden()
    with pytest.raises(NotFoundError):
        bring(LegacyArchiveSink(folder / "a.tar"), (view_of(one, without=one.layers[0].digest), NAME))
    assert names_in(folder) == ["a.tar"]
    assert (folder / "a.tar").read_bytes() == b"old"


@pytest.mark.peer
def test_skopeo_reads_it(folder, skopeo):
    one = image(layer({"a": b"1"}), layer({"b": b"2"}))
    bring(LegacyArchiveSink(folder / "a.tar"), (one, "example.com/app:v1"))
    seen = json.loads(skopeo("inspect", f"docker-archive:{folder / 'a.tar'}").stdout)
    assert seen["Layers"] == [each.diff_id for each in one.layers]

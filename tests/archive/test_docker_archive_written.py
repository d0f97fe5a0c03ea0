"""A tarball is what `docker load` reads, byte for byte the one that crane writes, and whole or not there."""

from __future__ import annotations

import hashlib
import json
import sys
from pathlib import Path

import pytest
from archive.views import bring, golden, members, names_in, view_of
from peers.images import (
    DOCKER_FOREIGN_LAYER,
    OCI_MANIFEST,
    Blob,
    Image,
    Layer,
    assemble,
    encode,
    image,
    index,
    layer,
    multi_platform,
)

from pycrane._archive.docker_sink import DockerArchiveSink
from pycrane._errors import NotFoundError, PycraneError, UnsupportedError
from pycrane._image.select import select_image
from pycrane._oci.platform import Platform

NAME = "127.0.0.1:5987/golden:v1"


def saved(path: Path) -> list[dict[str, object]]:
    entries: list[dict[str, object]] = json.loads(members(path)["manifest.json"])
    return entries


def test_the_file_is_the_one_that_crane_writes(folder):
    bring(DockerArchiveSink(folder / "a.tar"), (golden(), NAME))
    expected = "62e258d5dadbfc808b29c37cda337bd089686652b91a846b7e714ff10ca9fd3d"
    assert hashlib.sha256((folder / "a.tar").read_bytes()).hexdigest() == expected


def test_entries_are_the_config_the_layers_as_they_came_and_the_manifest(folder):
    one = golden()
    bring(DockerArchiveSink(folder / "a.tar"), (one, NAME))
    found = members(folder / "a.tar")
    base, top = one.layers
    assert list(found) == [
        one.config.digest,
        f"{base.digest.removeprefix('sha256:')}.tar.gz",
        f"{top.digest.removeprefix('sha256:')}.tar",
        "manifest.json",
    ]
    assert [*found.values()][:3] == [one.config.data, base.data, top.data]


@pytest.mark.parametrize(
    ("typed", "tag"),
    [
        ("alpine", "alpine:latest"),
        ("example.com:5000/a/b", "example.com:5000/a/b:latest"),
        ("example.com/a:v1", "example.com/a:v1"),
        (f"alpine@sha256:{'0' * 64}", "index.docker.io/library/alpine:i-was-a-digest"),
        (f"example.com/a:v1@sha256:{'0' * 64}", "example.com/a:i-was-a-digest"),
    ],
)
def test_the_tag_is_the_name_as_it_was_typed(folder, typed, tag):
    bring(DockerArchiveSink(folder / "a.tar"), (golden(), typed))
    assert saved(folder / "a.tar")[0]["RepoTags"] == [tag]


def test_several_images_share_layers_and_are_listed_by_tag(folder):
    shared = layer({"shared": b"1"})
    first, second = image(shared), image(shared, layer({"more": b"2"}))
    bring(DockerArchiveSink(folder / "a.tar"), (second, "example.com/b:1"), (first, "example.com/a:1"))
    assert [entry["RepoTags"] for entry in saved(folder / "a.tar")] == [
        ["example.com/a:1"],
        ["example.com/b:1"],
    ]
    assert len(members(folder / "a.tar")) == 5


def test_an_image_that_is_named_twice_is_there_once(folder):
    bring(DockerArchiveSink(folder / "a.tar"), (golden(), NAME), (golden(), NAME))
    assert len(saved(folder / "a.tar")) == 1


def test_platforms_of_one_name_get_tags_of_their_own(folder):
    both = view_of(multi_platform("linux/amd64", "linux/arm64/v8"))
    images = [select_image(both, Platform.parse(text)) for text in ("linux/amd64", "linux/arm64")]
    bring(DockerArchiveSink(folder / "a.tar"), *((each, "example.com/app:v1") for each in images))
    assert [entry["RepoTags"] for entry in saved(folder / "a.tar")] == [
        ["example.com/app:v1-linux-amd64"],
        ["example.com/app:v1-linux-arm64-v8"],
    ]


def test_two_images_that_would_get_one_tag_are_refused(folder):
    with pytest.raises(UnsupportedError, match=r"two images would both be called example.com/app:v1"):
        bring(
            DockerArchiveSink(folder / "a.tar"),
            (image(), "example.com/app:v1"),
            (golden(), "example.com/app:v1"),
        )
    assert names_in(folder) == []


def test_an_index_is_refused(folder):
    with pytest.raises(UnsupportedError, match="is an index"):
        bring(DockerArchiveSink(folder / "a.tar"), (index(golden()), NAME))


def test_a_foreign_layer_keeps_its_descriptor(folder):
    plain = layer({"a": b"1"}, family="docker")
    foreign = Layer(DOCKER_FOREIGN_LAYER, plain.data, "sha256", plain.content)
    one = image(foreign, layer({"b": b"2"}, family="docker"), family="docker")
    bring(DockerArchiveSink(folder / "a.tar"), (one, NAME))
    assert saved(folder / "a.tar")[0]["LayerSources"] == {foreign.diff_id: foreign.descriptor}


def test_a_blob_that_is_config_and_layer_is_written_as_both(folder):
    empty = Layer("application/vnd.oci.empty.v1+json", b"{}", "sha256", b"{}")
    artifact = assemble(Blob(empty.media_type, b"{}"), [empty], media_type=OCI_MANIFEST)
    bring(DockerArchiveSink(folder / "a.tar"), (artifact, NAME))
    assert [*members(folder / "a.tar").values()][:2] == [b"{}", b"{}"]


def test_names_longer_than_a_header_holds_are_whole(folder):
    one = image(layer({"a": b"1"}, algorithm="sha512"), algorithm="sha512")
    bring(DockerArchiveSink(folder / "a.tar"), (one, NAME))
    assert one.config.digest in members(folder / "a.tar")


def test_what_fails_leaves_the_old_file_and_nothing_else(folder):
    path = folder / "a.tar"
    path.write_bytes(b"old")
    one = golden()
    with pytest.raises(NotFoundError):
        bring(DockerArchiveSink(path), (view_of(one, without=one.layers[1].digest), NAME))
    assert names_in(folder) == ["a.tar"]
    assert path.read_bytes() == b"old"


def test_a_layer_that_is_not_what_it_should_be_is_not_written(folder):
    one = golden()
    with pytest.raises(PycraneError, match=one.layers[0].digest):
        bring(DockerArchiveSink(folder / "a.tar"), (view_of(one, one.layers[0].digest, b"other bytes"), NAME))
    assert names_in(folder) == []


def test_a_file_that_is_replaced_keeps_its_mode_and_a_link_stays_a_link(folder):
    (folder / "real.tar").write_bytes(b"old")
    (folder / "real.tar").chmod(0o640)
    (folder / "link.tar").symlink_to("real.tar")
    bring(DockerArchiveSink(folder / "link.tar"), (golden(), NAME))
    assert (folder / "link.tar").is_symlink()
    assert (folder / "real.tar").stat().st_mode & 0o777 == 0o640
    assert "manifest.json" in members(folder / "real.tar")


def test_standard_output_gets_the_file_once_it_is_whole(folder, capfdbinary):
    one = golden()
    with pytest.raises(NotFoundError):
        bring(DockerArchiveSink(None), (view_of(one, without=one.layers[1].digest), NAME))
    assert capfdbinary.readouterr().out == b""
    bring(DockerArchiveSink(folder / "a.tar"), (one, NAME))
    bring(DockerArchiveSink(None), (one, NAME))
    assert capfdbinary.readouterr().out == (folder / "a.tar").read_bytes()


def test_a_device_is_written_to_and_not_replaced(folder):
    bring(DockerArchiveSink(Path("/dev/null")), (golden(), NAME))
    assert Path("/dev/null").is_char_device()


@pytest.mark.parametrize("place", ["missing/a.tar", ".", "x" * 300])
def test_a_place_that_cannot_be_written_is_named(folder, place):
    with pytest.raises(PycraneError, match=f"could not write {folder}"):
        bring(DockerArchiveSink(folder / place), (golden(), NAME))


def test_a_disk_without_room_is_noticed_before_anything_is_fetched(folder):
    config = Blob("application/vnd.oci.image.config.v1+json", encode({"rootfs": {"diff_ids": []}}))
    document = {
        "schemaVersion": 2,
        "mediaType": OCI_MANIFEST,
        "config": config.descriptor,
        "layers": [
            {
                "mediaType": "application/vnd.oci.image.layer.v1.tar",
                "size": sys.maxsize // 2,
                "digest": f"sha256:{'0' * 64}",
            }
        ],
    }
    huge = Image(OCI_MANIFEST, encode(document), config=config)
    with pytest.raises(PycraneError, match="are free"):
        bring(DockerArchiveSink(folder / "a.tar"), (huge, NAME))
    assert names_in(folder) == []


@pytest.mark.peer
def test_skopeo_reads_it(folder, skopeo):
    one = image(layer({"a": b"1"}), layer({"b": b"2"}))
    bring(DockerArchiveSink(folder / "a.tar"), (one, "example.com/app:v1"))
    seen = json.loads(skopeo("inspect", f"docker-archive:{folder / 'a.tar'}").stdout)
    assert seen["Layers"] == [each.diff_id for each in one.layers]

"""Archives as other programs write them: buildpacks, jib, containerd, buildkit, umoci, repacked ones."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from archive.views import bring
from peers.images import (
    DOCKER_LAYER,
    DOCKER_LIST,
    OCI_LAYER,
    Blob,
    Image,
    assemble,
    encode,
    image,
    layer,
    multi_platform,
    tar,
)
from peers.media import docker_save_files, layout_files, write_archive, write_docker_save_25, write_layout

import pycrane
from pycrane._archive.docker_sink import DockerArchiveSink
from pycrane._archive.source import open_path
from pycrane._errors import ArchiveError, DigestMismatchError, LimitExceededError, PycraneError
from pycrane._image.validate import validate
from pycrane._limits import Limits

REF_NAME = "org.opencontainers.image.ref.name"
CONTAINERD_NAME = "io.containerd.image.name"
FOREIGN = "application/vnd.docker.image.rootfs.foreign.diff.tar.gzip"


def saved(one: Image, **changed: object) -> dict[str, bytes]:
    """The files of a docker-save archive whose `manifest.json` has other fields."""
    files = docker_save_files(one)
    entry = json.loads(files["manifest.json"])[0]
    files["manifest.json"] = encode([{**entry, **changed}])
    return files


def listed(*entries: dict[str, object], **more: object) -> bytes:
    kind = "application/vnd.oci.image.index.v1+json"
    return encode({"schemaVersion": 2, "mediaType": kind, "manifests": list(entries), **more})


def called(one: Image, **annotations: str) -> dict[str, object]:
    return {**one.descriptor, "annotations": {REF_NAME: annotations.pop("ref"), **annotations}}


def write_tree(path: Path, files: dict[str, bytes]) -> Path:
    for name, data in files.items():
        (path / name).parent.mkdir(parents=True, exist_ok=True)
        (path / name).write_bytes(data)
    return path


def raw_of(path: Path, name: str | None = None) -> bytes:
    with open_path(path) as source:
        return source.select(name).raw_manifest


def layer_types(path: Path) -> list[str]:
    with open_path(path) as archive:
        return [each.media_type for each in archive.select().manifest.layers]


def is_valid(path: Path) -> bool:
    with open_path(path) as archive:
        return not list(validate(archive.select()))


# Names of entries


@pytest.mark.parametrize("slash", ["/", "./", "//"])
def test_names_with_a_leading_slash_are_names_inside_the_archive(folder, slash):
    one = image(layer({"a": b"A"}), layer({"b": b"B"}))
    plain = docker_save_files(one)
    expected = raw_of(write_archive(folder / "plain.tar", plain))
    entry = json.loads(plain["manifest.json"])[0]
    entry["Layers"] = [slash + name for name in entry["Layers"]]
    listing = {"manifest.json": encode([entry])}
    assert raw_of(write_archive(folder / "listed.tar", {**plain, **listing})) == expected
    entries = {f"{slash}{name}": data for name, data in plain.items()}
    assert raw_of(write_archive(folder / "both.tar", entries)) == expected


def test_a_name_with_a_leading_slash_never_means_a_file_of_this_machine(folder):
    (folder / "secret").write_bytes(b"{}")
    files = saved(image(), Config=str(folder / "secret"))
    with pytest.raises(ArchiveError, match=f"has no '{folder / 'secret'}'"):
        raw_of(write_archive(folder / "a.tar", files))


# manifest.json


def test_keys_of_another_case_are_understood(folder):
    files = docker_save_files(image(), tags=None)
    entry = json.loads(files["manifest.json"])[0]
    expected = raw_of(write_archive(folder / "a.tar", files))
    small = {"config": entry["Config"], "repoTags": ["app:1"], "layers": entry["Layers"]}
    path = write_archive(folder / "b.tar", {**files, "manifest.json": encode([small])})
    assert raw_of(path, "app:1") == expected


def test_a_key_in_the_case_that_docker_writes_counts_before_others(folder):
    files = saved(image(), config="missing", layers=[])
    assert raw_of(write_archive(folder / "a.tar", files))


def test_an_image_that_is_listed_twice_is_one_with_all_names(folder):
    files = docker_save_files(image())
    entry = json.loads(files["manifest.json"])[0]
    both = [{**entry, "RepoTags": ["app:1", "app:2"]}, {**entry, "RepoTags": ["app:2", "app:3"]}]
    path = write_archive(folder / "a.tar", {**files, "manifest.json": encode(both)})
    with open_path(path) as archive:
        assert [(each.names, each.positions) for each in archive.entries] == [
            (("app:1", "app:2", "app:3"), (0, 1))
        ]
        assert archive.select().raw_manifest == archive.select("app:3").raw_manifest


@pytest.mark.parametrize(
    ("limits", "match"),
    [
        (Limits(index_entries=2), "lists 3 images, more than 2"),
        (Limits(layers=1), "has 2 layers, more than 1"),
    ],
)
def test_a_list_of_more_than_the_limits_is_refused(folder, limits, match):
    files = docker_save_files(image(layer({"a": b""}), layer({"b": b""})))
    entry = json.loads(files["manifest.json"])[0]
    path = write_archive(folder / "a.tar", {**files, "manifest.json": encode([entry] * 3)})
    with pytest.raises(LimitExceededError, match=match), open_path(path, limits) as archive:
        archive.select()


def test_an_image_that_is_listed_very_often_is_read_in_no_time(folder):
    entries = [{"Config": "a", "RepoTags": [f"app:{number}"]} for number in range(10_000)]
    path = write_archive(folder / "a.tar", {"manifest.json": encode(entries)})
    with open_path(path) as archive:
        assert len(archive.entries) == 1
        assert len(archive.entries[0].names) == 10_000


# Layers


@pytest.mark.parametrize(
    ("compressions", "types"),
    [
        (("zstd",), [f"{OCI_LAYER}+zstd"]),
        (("gzip", "zstd"), [f"{DOCKER_LAYER}.gzip", f"{OCI_LAYER}+zstd"]),
        (("zstd", "gzip"), [f"{OCI_LAYER}+zstd", f"{DOCKER_LAYER}.gzip"]),
        (("gzip", ""), [f"{DOCKER_LAYER}.gzip", DOCKER_LAYER]),
        (("", "zstd"), [f"{DOCKER_LAYER}.gzip", f"{OCI_LAYER}+zstd"]),
    ],
)
def test_the_type_of_a_layer_is_what_its_first_bytes_say(folder, compressions, types):
    layers = [
        layer({name: name.encode()}, compression=each) for name, each in zip("ab", compressions, strict=False)
    ]
    bring(DockerArchiveSink(folder / "a.tar"), (image(*layers), "app:1"))
    assert layer_types(folder / "a.tar") == types
    assert is_valid(folder / "a.tar")


def test_layer_sources_that_do_not_fit_what_was_stored_are_not_needed(folder):
    one = image(layer({"a": b"A"}), layer({"b": b"B"}))
    expected = raw_of(write_archive(folder / "plain.tar", docker_save_files(one)))
    # The layers are plain here; the sources are those of a file whose layers were gzipped.
    sources = {each.diff_id: {**each.descriptor, "size": each.descriptor["size"] + 1} for each in one.layers}
    path = write_archive(folder / "a.tar", saved(one, LayerSources=sources))
    assert raw_of(path) == expected
    assert is_valid(path)


@pytest.mark.parametrize("source", [None, {}, 1, {"mediaType": 1, "size": 1, "digest": "x"}])
def test_a_layer_source_that_is_not_a_descriptor_is_left_out(folder, source):
    one = image()
    expected = raw_of(write_archive(folder / "plain.tar", docker_save_files(one)))
    path = write_archive(folder / "a.tar", saved(one, LayerSources={one.layers[0].diff_id: source}))
    assert raw_of(path) == expected


def test_layer_sources_that_fit_are_the_descriptors_of_the_layers(folder):
    one = image(layer({"a": b"A"}))
    assert layer_types(write_docker_save_25(folder / "a.tar", one)) == [f"{OCI_LAYER}+gzip"]


def test_a_foreign_layer_need_not_be_there(folder):
    base, own = layer({"windows": b"base"}), layer({"own": b"1"})
    one = image(base, own)
    source = {**base.descriptor, "mediaType": FOREIGN, "urls": ["https://example.com/base"]}
    files = saved(one, LayerSources={base.diff_id: source})
    del files[json.loads(files["manifest.json"])[0]["Layers"][0]]
    with open_path(write_archive(folder / "a.tar", files)) as archive:
        view = archive.select()
        assert view.manifest.layers[0].to_json() == source
        assert view.layers[1].uncompressed().read() == own.content
        with pytest.raises(ArchiveError, match="has no '"):
            view.layers[0].compressed()


def test_a_plain_layer_whose_diff_id_is_wrong_is_refused(folder):
    files = docker_save_files(image(layer({"a": b"A"})))
    name = json.loads(files["manifest.json"])[0]["Layers"][0]
    with pytest.raises(DigestMismatchError, match=r"hashes to sha256:\w+, its config says sha256:"):
        raw_of(write_archive(folder / "a.tar", {**files, name: tar({"b": b"B"})}))


def test_the_diff_ids_of_every_image_are_checked_though_a_layer_is_read_once(folder):
    same = layer({"a": b"A"})
    good = image(same)
    bad = image(same, extra={"rootfs": {"type": "layers", "diff_ids": ["sha256:" + "0" * 64]}})
    files = docker_save_files(good)
    entry = json.loads(files["manifest.json"])[0]
    listing = encode([entry, {**entry, "Config": "bad.json"}])
    files |= {"bad.json": bad.config.data, "manifest.json": listing}
    with open_path(write_archive(folder / "a.tar", files)) as archive:
        assert archive.select("@0")
        with pytest.raises(DigestMismatchError, match="its config says sha256:0000"):
            archive.select("@1")


def test_manifests_of_a_layout_in_the_same_file_are_read_once_for_all_images(folder, monkeypatch):
    images = [image(layer({str(number): b""})) for number in range(5)]
    path = write_docker_save_25(folder / "a.tar", *images)
    read: list[object] = []
    child = pycrane.Index.child
    monkeypatch.setattr(pycrane.Index, "child", lambda self, entry: read.append(entry) or child(self, entry))
    with open_path(path) as archive:
        assert len([entry.open() for entry in archive.entries]) == 5
    assert len(read) == 5


# Layouts


@pytest.mark.parametrize("write", [write_archive, write_tree])
def test_one_image_under_several_names_is_one_image(folder, write):
    one = image()
    names = ("1", "1.2", "1.2.3", "latest")
    index = listed(*(called(one, ref=name) for name in names))
    path = write(folder / "a", {**layout_files(one), "index.json": index})
    with open_path(path) as source:
        assert [(entry.names, entry.positions) for entry in source.entries] == [(names, (0, 1, 2, 3))]
        assert source.select().raw_manifest == one.data
        assert source.select("1.2").raw_manifest == one.data


@pytest.mark.parametrize("write", [write_archive, write_tree])
def test_one_of_several_images_is_chosen_by_its_name_or_its_position(folder, write):
    images = [image(layer({name: b""})) for name in "abc"]
    index = listed(called(images[0], ref="v1"), images[1].descriptor, called(images[2], ref="v2"))
    path = write(folder / "x", {**layout_files(*images), "index.json": index})
    assert raw_of(path, "v2") == images[2].data
    assert [raw_of(path, f"@{number}") for number in range(3)] == [each.data for each in images]
    with pytest.raises(ArchiveError, match="holds 3 images: v1, v2") as caught:
        raw_of(path)
    assert caught.value.hint == "choose one by its name, as in v1, or by its position, @0, @1 or @2"
    with pytest.raises(ArchiveError, match="has no image at @3; its positions are @0, @1 or @2"):
        raw_of(path, "@3")


def test_images_of_one_name_are_told_apart_by_their_position(folder):
    images = [image(layer({name: b""})) for name in "ab"]
    index = listed(*(called(each, ref="v1") for each in images))
    write_tree(folder, {**layout_files(*images), "index.json": index})
    with pytest.raises(ArchiveError, match="holds 2 images called v1") as caught:
        raw_of(folder, "v1")
    assert caught.value.hint == "choose one by its position: @0 or @1"
    assert raw_of(folder, "@1") == images[1].data


def test_images_of_a_docker_archive_are_chosen_by_position_too(folder):
    images = [image(layer({name: b""})) for name in "ab"]
    path = write_archive(folder / "a.tar", docker_save_files(*images))
    with open_path(path) as archive:
        assert archive.select("@1").raw_config_file == images[1].config.data
        with pytest.raises(ArchiveError, match="holds 2 images: none with a name") as caught:
            archive.select()
    assert caught.value.hint == "choose one by its position, @0 or @1"


def test_an_image_is_found_by_the_name_that_containerd_gives_it(folder):
    one, two = image(layer({"a": b""})), image(layer({"b": b""}))
    index = listed(
        called(one, ref="latest", **{CONTAINERD_NAME: "docker.io/library/busybox:latest"}),
        called(two, ref="latest", **{CONTAINERD_NAME: "docker.io/library/alpine:latest"}),
    )
    path = write_archive(folder / "a.tar", {**layout_files(one, two), "index.json": index})
    assert raw_of(path, "alpine") == two.data
    assert raw_of(path, "docker.io/library/busybox:latest") == one.data


def test_an_index_that_calls_itself_docker_s_list_is_read_as_it_is(folder):
    one = image()
    raw = listed(one.descriptor, mediaType=DOCKER_LIST)
    write_tree(folder, {**layout_files(one), "index.json": raw})
    assert raw_of(folder) == one.data
    with open_path(folder) as layout:
        assert layout.index is not None
        assert layout.index.media_type == DOCKER_LIST
        assert layout.index.raw_manifest == raw


@pytest.mark.parametrize("manifests", [[], None])
@pytest.mark.parametrize("write", [write_archive, write_tree])
def test_an_empty_layout_holds_no_image(folder, write, manifests):
    index = encode({"schemaVersion": 2, "manifests": manifests})
    path = write(folder / "x", {"oci-layout": b'{"imageLayoutVersion":"1.0.0"}', "index.json": index})
    with open_path(path) as source:
        assert source.entries == ()
        for name in (None, "v1", "@0"):
            with pytest.raises(ArchiveError, match="holds no image"):
                source.select(name)


def test_an_index_of_several_platforms_is_one_entry(folder):
    both = multi_platform()
    write_layout(folder, both)
    with open_path(folder) as layout:
        assert layout.select("@0").raw_manifest == both.data


def test_an_artifact_in_an_archive_is_an_entry_like_others(folder):
    empty = Blob("application/vnd.oci.empty.v1+json", b"{}")
    one = assemble(empty, (), manifest={"artifactType": "application/example"})
    assert raw_of(write_archive(folder / "a.tar", layout_files(one))) == one.data


def test_an_index_json_that_is_an_image_is_refused(folder):
    one = image()
    write_tree(folder, {**layout_files(one), "index.json": one.data})
    with pytest.raises(PycraneError, match=r"index.json is an image, expected an index"):
        raw_of(folder)

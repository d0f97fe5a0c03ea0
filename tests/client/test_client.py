"""The library's face: every verb and every source, with texts, values and views."""

from __future__ import annotations

import contextlib
import gzip
import io
import json
import tarfile
from pathlib import Path

import pytest
from peers.images import layer, multi_platform
from peers.media import push, write_docker_save

import pycrane
from pycrane import Client

TAR = layer({"etc/motd": b"hello\n"}).content


@pytest.fixture
def client():
    with Client() as client:
        yield client


@pytest.fixture
def name(docker_registry, repo):
    """A repository with the image `v1` for two platforms."""
    push(docker_registry, repo, multi_platform(), "v1")
    return f"{docker_registry.host}/{repo}"


def test_digests_manifests_configs_and_tags_are_read(client, name):
    index = client.index(f"{name}:v1")
    assert client.digest(f"{name}:v1") == index.digest
    assert client.manifest(f"{name}:v1") == index.index_manifest
    arm = client.image(f"{name}:v1", "linux/arm64")
    assert client.digest(f"{name}:v1", platform="linux/arm64") == arm.digest
    assert client.manifest(f"{name}:v1", platform="linux/arm64") == arm.manifest
    assert client.config(f"{name}:v1", platform="linux/arm64") == arm.config_file
    assert client.config(f"{name}:v1").platform.architecture == "amd64"
    assert client.list_tags(name) == ["v1"]
    assert name.partition("/")[2] in client.catalog(name.partition("/")[0])


def test_views_serve_where_texts_do(client, name):
    view = client.open(f"{name}:v1")
    assert client.open(view) is view
    assert client.digest(view) == view.digest
    assert client.manifest(view) == client.manifest(f"{name}:v1")
    assert client.config(view, "linux/arm64").platform.architecture == "arm64"
    assert client.validate(view) == []
    assert client.push(view, f"{name}:v2") == pycrane.parse_reference(f"{name}@{view.digest}")
    assert client.append(view, [client.layer(TAR)], f"{name}:v3").digest != view.digest


def test_references_serve_where_texts_do(client, name):
    reference = pycrane.parse_reference(f"{name}:v1")
    assert client.digest(reference) == client.open(reference).digest
    assert client.tag(reference, "v2") == pycrane.parse_reference(f"{name}:v2")
    assert sorted(client.list_tags(reference.repository)) == ["v1", "v2"]


def test_what_is_pulled_is_pushed_again(client, name, tmp_path):
    layout, tarball = tmp_path / "layout", tmp_path / "image.tar"
    [written] = client.pull(f"{name}:v1", layout, format="oci")
    assert written.digest == client.digest(f"{name}:v1")
    assert client.push(layout, f"{name}:v2").digest == written.digest
    client.pull([f"{name}:v1"], str(tarball), platforms=["linux/amd64", "linux/arm64"])
    pushed = client.push_all(tarball, f"{name}/all")
    assert sorted(client.list_tags(f"{name}/all")) == ["v1-linux-amd64", "v1-linux-arm64-v8"]
    assert [str(client.config(reference).platform) for reference in pushed] == [
        "linux/amd64",
        "linux/arm64/v8",
    ]


def test_images_and_repositories_are_copied(client, name):
    copied = client.copy(f"{name}:v1", f"{name}/copy:v1", platforms="linux/arm64")
    assert copied.digest == client.digest(f"{name}:v1", "linux/arm64")
    client.tag(f"{name}:v1", "v2")
    client.copy_repository(name, f"{name}/all")
    assert sorted(client.list_tags(f"{name}/all")) == ["v1", "v2"]
    with pytest.raises(pycrane.TagExistsError, match="clobber"):
        client.copy(f"{name}:v1", f"{name}/copy:v1", no_clobber=True)


def test_mutate_changes_the_image_of_every_platform(client, name, tmp_path):
    (tmp_path / "layer.tar").write_bytes(TAR)
    edit = pycrane.ConfigEdit(labels={"a": "b"})
    changed = client.mutate(f"{name}:v1", f"{name}:v2", edit, layers=[tmp_path / "layer.tar"])
    index = client.index(changed)
    for entry in index.index_manifest.manifests:
        image = index.image(entry.digest)
        assert image.config_file.config["Labels"] == {"a": "b"}
        assert str(image.layers[-1].diff_id) == layer({"etc/motd": b"hello\n"}).diff_id


def test_rebase_puts_an_image_onto_another_base(client, name):
    client.push(pycrane.append_layers(client.image(f"{name}:v1"), [client.layer(TAR)]), f"{name}:app")
    other = pycrane.random_image(9, platform=pycrane.Platform("linux", "amd64"))
    client.push(other, f"{name}:base")
    done = client.rebase(f"{name}:app", f"{name}:app2", old_base=f"{name}:v1", new_base=f"{name}:base")
    assert [each.diff_id for each in client.image(done).layers][:-1] == [
        each.diff_id for each in other.layers
    ]


def test_flatten_makes_one_layer_of_all(client, name):
    flat = client.index(client.flatten(f"{name}:v1", f"{name}:flat", compression=pycrane.Compression.ZSTD))
    images = [flat.image(entry.digest) for entry in flat.index_manifest.manifests]
    assert [len(image.layers) for image in images] == [1, 1]
    assert images[0].layers[0].media_type.endswith("zstd")


def test_an_image_that_has_another_base_is_not_rebased(client, name):
    client.push(pycrane.random_image(9), f"{name}:base")
    with pytest.raises(pycrane.NotBasedError):
        client.rebase(f"{name}:v1", f"{name}:v2", old_base=f"{name}:base", new_base=f"{name}:base")
    assert "v2" not in client.list_tags(name)


def test_delete_takes_away_tags_or_manifests(client, name):
    client.tag(f"{name}:v1", "v2")
    with pytest.raises(pycrane.UnsupportedError):
        client.delete(f"{name}:v2")
    client.delete(f"{name}:v2", untag=True)
    assert client.list_tags(name) == ["v1"]
    client.delete(f"{name}:v1", by_digest=True)
    with pytest.raises(pycrane.NotFoundError):
        client.open(f"{name}:v1")
    with pytest.raises(TypeError):
        client.delete(f"{name}:v1", by_digest=True, untag=True)


def test_export_writes_the_files_of_an_image(client, name, tmp_path):
    image = pycrane.append_layers(client.image(f"{name}:v1"), [client.layer(TAR)])
    client.export(image, tmp_path / "files.tar")
    with tarfile.open(tmp_path / "files.tar") as tar:
        assert tar.extractfile("etc/motd").read() == b"hello\n"
    stream = client.exported(f"{name}:v1", platform="linux/arm64")
    assert stream.read()
    stream.close()


def test_validate_lists_the_problems_of_an_image(client, name, tmp_path):
    assert client.validate(f"{name}:v1", fast=True) == []
    client.pull(f"{name}:v1", tmp_path / "layout", format="oci")
    biggest = max((tmp_path / "layout/blobs/sha256").iterdir(), key=lambda path: path.stat().st_size)
    biggest.write_bytes(biggest.read_bytes()[:-1] + b"x")
    assert client.validate(tmp_path / "layout")


def test_a_view_is_saved_and_sent_to_any_medium(client, tmp_path):
    view = pycrane.random_image(1)
    client.save(view, tmp_path / "named.tar", "example.com/app:1")
    client.save(view, tmp_path / "nameless.tar")
    assert client.image(tmp_path / "nameless.tar").config_name == view.config_name
    with pycrane.open_path(tmp_path / "named.tar") as source:
        assert [entry.names for entry in source.entries] == [("example.com/app:1",)]
    with pytest.raises(pycrane.UnsupportedError, match="an index"):
        client.save(pycrane.random_index(1), tmp_path / "index.tar")
    assert not (tmp_path / "index.tar").exists()


def test_one_of_several_images_of_a_file_is_opened_by_name(client, tmp_path):
    from peers.images import image

    one, two = image(layer({"a": b"1"})), image(layer({"a": b"2"}))
    tags = {one.digest: ["example.com/one:1"], two.digest: ["example.com/two:1"]}
    write_docker_save(tmp_path / "both.tar", one, two, tags=tags)
    found = client.open(tmp_path / "both.tar", "example.com/two:1")
    assert str(found.config_name) == two.config.digest
    with pytest.raises(pycrane.ArchiveError, match="holds 2 images"):
        client.open(tmp_path / "both.tar")


@pytest.mark.parametrize("packed", [False, True])
def test_a_layer_is_made_of_a_path_bytes_or_a_stream(client, tmp_path, packed):
    data = gzip.compress(TAR, mtime=0) if packed else TAR
    (tmp_path / "layer.tar").write_bytes(data)
    stream = io.BytesIO(data)
    layers = [
        client.layer(source) for source in (tmp_path / "layer.tar", str(tmp_path / "layer.tar"), data, stream)
    ]
    assert {str(each.diff_id) for each in layers} == {layer({"etc/motd": b"hello\n"}).diff_id}
    assert not stream.closed
    for each in layers:
        with each.uncompressed() as plain:
            assert plain.read() == TAR
    if packed:
        assert len({each.digest for each in layers}) == 1


def test_a_stream_that_is_no_tarball_is_refused(client):
    with pytest.raises(pycrane.LayerError, match="reading layer from a stream"):
        client.layer(io.BytesIO(b"no tarball" * 100))


def test_what_it_opened_is_closed_with_it(tmp_path):
    with Client() as client:
        client.save(pycrane.random_image(1), tmp_path / "image.tar")
        image = client.image(tmp_path / "image.tar")
    with pytest.raises((pycrane.PycraneError, OSError)):
        image.raw_config_file  # noqa: B018


def test_an_index_is_not_an_image(client, name):
    with pytest.raises(pycrane.MalformedError, match="is an image, expected an index"):
        client.index(client.image(f"{name}:v1"))


@pytest.mark.parametrize(
    ("call", "kind"),
    [
        (lambda client: client.open("No Name"), pycrane.InvalidReferenceError),
        (lambda client: client.image("app", platform="linux"), pycrane.InvalidPlatformError),
        (lambda client: client.pull("app", "x", platforms="linux"), pycrane.InvalidPlatformError),
        (lambda client: client.pull("app", "x", format="zip"), pycrane.UnsupportedError),
        (lambda client: client.open(Path("/none.tar")), pycrane.ArchiveError),
        (lambda client: client.push("/none.tar", "app"), pycrane.ArchiveError),
        (lambda client: client.layer("/none.tar"), pycrane.LayerError),
        (lambda client: client.list_tags("app:tag:other"), pycrane.InvalidReferenceError),
        (lambda client: client.catalog("a/b"), pycrane.InvalidReferenceError),
        (lambda client: client.tag("app", "no tag"), pycrane.InvalidReferenceError),
    ],
)
def test_bad_input_is_an_error_of_ours_before_anything_is_asked(client, call, kind):
    with pytest.raises(kind):
        call(client)


def test_the_listener_hears_of_every_blob(name, tmp_path):
    heard = []
    with Client(listener=heard.append) as client:
        client.pull(f"{name}:v1", tmp_path / "image.tar")
    kinds = {type(event) for event in heard}
    assert {pycrane.Planned, pycrane.BlobStarted, pycrane.BlobProgress, pycrane.BlobFinished} <= kinds
    planned = next(event for event in heard if isinstance(event, pycrane.Planned))
    moved = sum(event.bytes for event in heard if isinstance(event, pycrane.BlobProgress))
    assert moved == sum(descriptor.size for descriptor in planned.descriptors)


def test_a_person_logs_in_with_docker_and_every_verb_knows(docker_config, docker_registry_basic, repo):
    import base64

    registry = docker_registry_basic
    push(registry, repo, multi_platform(), "v1")
    login = base64.b64encode(f"{registry.username}:{registry.password}".encode()).decode()
    docker_config.write_text(json.dumps({"auths": {registry.host: {"auth": login}}}))
    assert pycrane.list_tags(f"{registry.host}/{repo}") == ["v1"]
    with Client(pycrane.StaticKeychain({})) as client, pytest.raises(pycrane.UnauthorizedError):
        client.list_tags(f"{registry.host}/{repo}")


# The verbs that change take views, paths and layers as well as names.


def test_views_and_layers_serve_the_verbs_that_change(client, name, tmp_path):
    view, added = client.open(f"{name}:v1"), client.layer(TAR)
    edit = pycrane.ConfigEdit(labels={"a": "b"})
    by_name = client.mutate(f"{name}:v1", f"{name}:named", edit, layers=[added])
    assert client.mutate(view, f"{name}:seen", edit, layers=[added]).digest == by_name.digest
    pure = pycrane.edit_config(pycrane.append_layers(view, [added]), edit)
    assert pure.digest == by_name.digest
    assert client.copy(pure, f"{name}/copy:1").digest == pure.digest
    base = pycrane.random_index(4, [pycrane.Platform("linux", "amd64"), pycrane.Platform("linux", "arm64")])
    rebased = client.rebase(pure, f"{name}:rebased", old_base=view, new_base=base)
    assert [len(client.image(rebased, platform).layers) for platform in ("linux/amd64", "linux/arm64")] == [
        4,
        4,
    ]
    assert "org.opencontainers.image.base.name" not in client.image(rebased).manifest.annotations
    client.pull(f"{name}:v1", tmp_path / "layout", format="oci")
    flat = client.flatten(tmp_path / "layout", f"{name}:flat")
    assert client.validate(flat) == []


def test_a_mutation_compresses_all_layers_anew_if_it_is_asked_to(client, name, tmp_path):
    (tmp_path / "layer.tar").write_bytes(TAR)
    done = client.mutate(
        f"{name}:v1",
        f"{name}:v2",
        pycrane.ConfigEdit(user="me"),
        layers=[tmp_path / "layer.tar"],
        layer_history={"created_by": "a hand"},
        compression="zstd",
        level=3,
    )
    image = client.image(done)
    assert {entry.media_type.rpartition("+")[2] for entry in image.manifest.layers} <= {"zstd"}
    assert image.config_file.history[-1]["created_by"] == "a hand"
    assert [layer.diff_id for layer in image.layers[:-1]] == [
        layer.diff_id for layer in client.image(f"{name}:v1").layers
    ]
    with pytest.raises(TypeError, match="a level needs a compression"):
        client.mutate(f"{name}:v1", f"{name}:v3", pycrane.ConfigEdit(), level=3)
    with pytest.raises(pycrane.UnsupportedError, match="'lzma' is not a compression"):
        client.copy(f"{name}:v1", f"{name}:v3", compression="lzma")


def test_layers_are_compressed_anew_while_they_are_copied(client, name):
    copied = client.copy(f"{name}:v1", f"{name}/zstd:1", compression=pycrane.Compression.ZSTD)
    old, new = client.image(f"{name}:v1"), client.image(copied)
    assert [layer.diff_id for layer in old.layers] == [layer.diff_id for layer in new.layers]
    assert {layer.media_type.rpartition("+")[2] for layer in new.layers} == {"zstd"}
    [again] = client.copy_repository(name, f"{name}/all", compression="zstd")
    assert (again.tag, again.digest) == ("v1", copied.digest)


def test_tags_are_chosen_for_lists_and_copies(client, name):
    for tag in ("v1.2", "v1.10", "v2.0", "latest"):
        client.tag(f"{name}:v1", tag)
    assert sorted(client.list_tags(name, glob="v1*")) == ["v1", "v1.10", "v1.2"]
    assert client.list_tags(name, regex="test$") == ["latest"]
    assert client.list_tags(name, versions="^1", newest=1) == ["v1.10"]
    digest = client.digest(f"{name}:v1")
    copied = client.copy_repository(name, f"{name}/some", versions="1.x", newest=2)
    assert {(each.tag, each.digest) for each in copied} == {("v1.2", digest), ("v1.10", digest)}
    assert sorted(client.list_tags(f"{name}/some")) == ["v1.10", "v1.2"]
    assert client.copy_repository(name, f"{name}/some", no_clobber=True, glob="v1.*") == []


@pytest.mark.parametrize(
    ("choice", "kind"),
    [
        ({"versions": "one"}, pycrane.InvalidRangeError),
        ({"regex": "("}, pycrane.MalformedError),
        ({"newest": 0}, pycrane.MalformedError),
    ],
)
def test_a_choice_of_tags_that_is_none_is_refused_before_anything_is_asked(client, choice, kind):
    for call in (client.list_tags, lambda *a, **k: client.copy_tree(*a, "localhost:1/b", **k)):
        with pytest.raises(kind):
            call("localhost:1/a", **choice)


def test_a_tree_of_repositories_is_walked_and_copied(client, docker_registry, repo):
    root = f"{docker_registry.host}/{repo}"
    for below in ("", "/one", "/one/two"):
        push(docker_registry, f"{repo}/from{below}", multi_platform(), "v1", "v2")
    source = f"{root}/from"
    found = {str(each.repository): sorted(each.tags) for each in client.walk(source)}
    assert found == {source: ["v1", "v2"], f"{source}/one": ["v1", "v2"], f"{source}/one/two": ["v1", "v2"]}
    copied = client.copy_tree(source, f"{root}/to", glob="v2")
    names = [f"{each.repository}:{each.tag}" for each in copied]
    assert sorted(names) == [f"{root}/to/one/two:v2", f"{root}/to/one:v2", f"{root}/to:v2"]
    assert all(client.digest(text) == each.digest for text, each in zip(names, copied, strict=True))


def test_garbage_is_found_where_a_registry_tells_of_it(client, docker_registry, repo):
    from datetime import UTC, datetime

    from peers.google import Google
    from peers.images import image

    with Google(docker_registry, repo) as google:
        google.push("", image(layer({"a": b"1"})), "v1")
        lost = google.push("", image(layer({"a": b"2"})))
        below = google.push("below", image(layer({"a": b"3"})))
        name = f"{google.host}/{repo}"
        assert [each.name for each in client.garbage(name)] == [lost]
        assert {each.name for each in client.garbage(name, recursive=True)} == {lost, below}
        assert client.garbage(name, before=datetime(2000, 1, 1, tzinfo=UTC)) == []
        for reference in client.garbage(name):
            client.delete(reference)
        assert client.garbage(name) == []
    with pytest.raises(pycrane.UnsupportedError):
        client.garbage(f"{docker_registry.host}/{repo}")


def test_an_index_is_made_of_names_views_and_files_and_filtered(client, name, tmp_path):
    mine = pycrane.random_image(5, platform=pycrane.Platform("linux", "s390x"))
    client.save(pycrane.random_image(6, platform=pycrane.Platform("linux", "386")), tmp_path / "one.tar")
    made = client.index_append(
        None, [f"{name}:v1", mine, tmp_path / "one.tar"], f"{name}:all", annotations={"a": "b"}
    )
    platforms = [str(entry.platform) for entry in client.index_list(made)]
    assert platforms == ["linux/amd64", "linux/arm64/v8", "linux/s390x", "linux/386"]
    assert client.index(made).index_manifest.annotations == {"a": "b"}
    assert client.validate(made) == []
    less = client.index_filter(f"{name}:all", ["linux/s390x", "linux/386"], f"{name}:less")
    assert [str(entry.platform) for entry in client.index_list(f"{name}:less")] == platforms[2:]
    assert client.index_filter(client.index(made), platforms[2:], f"{name}:less").digest == less.digest
    assert len(client.index_list(client.index_filter(f"{name}:all", "linux"))) == 4
    with pytest.raises(pycrane.PycraneError, match="nothing would be left"):
        client.index_filter(f"{name}:all", "windows")
    for call in (
        lambda: client.index_filter(client.index(made), "linux"),
        lambda: client.index_append(client.index(made), [mine]),
    ):
        with pytest.raises(pycrane.PycraneError):
            call()


def test_a_layout_is_appended_to_and_filtered_where_it_is(client, name, tmp_path):
    layout = tmp_path / "layout"
    assert client.index_append(layout, [f"{name}:v1"]) is None
    assert [str(entry.platform) for entry in client.index_list(layout)] == ["linux/amd64", "linux/arm64/v8"]
    assert client.index_filter(layout, "linux/arm64/v8") is None
    assert [str(entry.platform) for entry in client.index_list(layout)] == ["linux/arm64/v8"]


def test_a_file_is_edited_on_every_platform(client, name):
    client.append(f"{name}:v1", [client.layer(TAR)], f"{name}:v2")
    done = client.edit_file(f"{name}:v2", f"{name}:v3", "/etc/motd", bytes.upper)
    for platform in ("linux/amd64", "linux/arm64"):
        with (
            contextlib.closing(client.exported(done, platform)) as stream,
            tarfile.open(fileobj=stream, mode="r|") as tar,
        ):
            found = [tar.extractfile(entry).read() for entry in tar if entry.name.endswith("etc/motd")]
            assert found == [b"HELLO\n"]
    view = client.open(f"{name}:v2")
    assert client.edit_file(view, f"{name}:same", "etc/motd", lambda old: None).digest == view.digest

"""The library's face: every verb and every source, with texts, values and views."""

from __future__ import annotations

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


def test_the_verbs_that_look(client, name):
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


def test_it_copies(client, name):
    copied = client.copy(f"{name}:v1", f"{name}/copy:v1", platforms="linux/arm64")
    assert copied.digest == client.digest(f"{name}:v1", "linux/arm64")
    client.tag(f"{name}:v1", "v2")
    client.copy_repository(name, f"{name}/all")
    assert sorted(client.list_tags(f"{name}/all")) == ["v1", "v2"]
    with pytest.raises(pycrane.PycraneError, match="clobber"):
        client.copy(f"{name}:v1", f"{name}/copy:v1", no_clobber=True)


def test_it_changes_images_on_every_platform(client, name, tmp_path):
    (tmp_path / "layer.tar").write_bytes(TAR)
    edit = pycrane.ConfigEdit(labels={"a": "b"})
    changed = client.mutate(f"{name}:v1", f"{name}:v2", edit, layers=[tmp_path / "layer.tar"])
    index = client.index(changed)
    for entry in index.index_manifest.manifests:
        image = index.image(entry.digest)
        assert image.config_file.config["Labels"] == {"a": "b"}
        assert str(image.layers[-1].diff_id) == layer({"etc/motd": b"hello\n"}).diff_id


def test_it_puts_images_onto_another_base(client, name):
    client.push(pycrane.append_layers(client.image(f"{name}:v1"), [client.layer(TAR)]), f"{name}:app")
    other = pycrane.random_image(9, platform=pycrane.Platform("linux", "amd64"))
    client.push(other, f"{name}:base")
    done = client.rebase(f"{name}:app", f"{name}:app2", old_base=f"{name}:v1", new_base=f"{name}:base")
    assert [each.diff_id for each in client.image(done).layers][:-1] == [
        each.diff_id for each in other.layers
    ]


def test_it_makes_one_layer_of_all(client, name):
    flat = client.index(client.flatten(f"{name}:v1", f"{name}:flat", compression=pycrane.Compression.ZSTD))
    images = [flat.image(entry.digest) for entry in flat.index_manifest.manifests]
    assert [len(image.layers) for image in images] == [1, 1]
    assert images[0].layers[0].media_type.endswith("zstd")


def test_an_image_that_has_another_base_is_not_rebased(client, name):
    client.push(pycrane.random_image(9), f"{name}:base")
    with pytest.raises(pycrane.NotBasedError):
        client.rebase(f"{name}:v1", f"{name}:v2", old_base=f"{name}:base", new_base=f"{name}:base")
    assert "v2" not in client.list_tags(name)


def test_it_deletes(client, name):
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


def test_it_exports_the_files_of_an_image(client, name, tmp_path):
    image = pycrane.append_layers(client.image(f"{name}:v1"), [client.layer(TAR)])
    client.export(image, tmp_path / "files.tar")
    with tarfile.open(tmp_path / "files.tar") as tar:
        assert tar.extractfile("etc/motd").read() == b"hello\n"
    stream = client.exported(f"{name}:v1", platform="linux/arm64")
    assert stream.read()
    stream.close()


def test_it_says_what_is_wrong_with_an_image(client, name, tmp_path):
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

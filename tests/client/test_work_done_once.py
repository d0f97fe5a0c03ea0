"""Work that is not needed is not done: layers are compressed once, and not at all for a tag that stays."""

from __future__ import annotations

import pytest
from peers.images import image, layer
from peers.media import push

from pycrane import Client
from pycrane._layers import local as layer_files
from pycrane._layers.compression.kinds import Compression
from pycrane._mutate.config import ConfigEdit
from pycrane._reference import parse_reference

BASE, ADDED = layer({"base": b"1\n"}), layer({"added": b"2\n"}, compression="")


@pytest.fixture
def compressed(monkeypatch):
    """The compressions that were begun."""
    begun = []
    compress = layer_files.open_compressed

    def seen(stream, compression, level=None):
        begun.append(compression)
        return compress(stream, compression, level)

    monkeypatch.setattr(layer_files, "open_compressed", seen)
    return begun


@pytest.mark.parametrize("level", [None, 3])
@pytest.mark.parametrize("compression", [Compression.ZSTD, Compression.GZIP])
def test_an_added_layer_is_compressed_once(docker_registry, repo, tmp_path, compressed, compression, level):
    push(docker_registry, repo, image(BASE), "v1")
    (tmp_path / "added.tar").write_bytes(ADDED.content)
    source = parse_reference(f"{docker_registry.host}/{repo}:v1")
    with Client() as client:
        target = parse_reference(f"{docker_registry.host}/{repo}:v2")
        layers = [tmp_path / "added.tar"]
        result = client.mutate(
            source, target, ConfigEdit(), layers=layers, compression=compression, level=level
        )
        written = client.image(result)
    stays = compression is Compression.GZIP and level is None
    assert compressed == [compression] * (1 if stays else 2)
    assert [str(one.diff_id) for one in written.layers] == [BASE.diff_id, ADDED.diff_id]
    assert {one.media_type for one in written.layers} == {compression.media_type(oci=True)}


def test_a_tag_that_must_stay_is_asked_for_before_anything_is_read(pycrane, docker_registry, repo):
    push(docker_registry, repo, image(BASE), "v1")
    push(docker_registry, f"{repo}/copy", image(ADDED), "v1")
    name = f"{docker_registry.host}/{repo}"
    words = ["cp", "-n", f"{name}:v1", f"{name}/copy:v1", "--compression", "zstd"]
    done = pycrane(*words, check=False)
    assert done.returncode == 1
    assert "refusing to clobber existing tag" in done.stderr
    assert [method for method, _, _ in docker_registry.requests()] == ["HEAD"]


def test_a_tag_that_is_free_is_asked_for_again_when_the_work_is_done(pycrane, docker_registry, repo):
    push(docker_registry, repo, image(BASE), "v1")
    name = f"{docker_registry.host}/{repo}"
    pycrane("cp", "-n", f"{name}:v1", f"{name}/copy:v1", "--compression", "zstd")
    seen = [(one.method, one.path.rpartition("/")[2]) for one in docker_registry.requests()]
    assert seen[:2] == [("HEAD", "v1"), ("GET", "v1")]
    assert seen.count(("HEAD", "v1")) == 2
    assert seen[-1] == ("PUT", "v1")

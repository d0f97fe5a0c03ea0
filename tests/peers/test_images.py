"""What the tests build by hand is what other people's programs take for images."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import pytest
from peers import images, media
from peers.programs import Program
from peers.registry import Registry


@pytest.mark.parametrize(
    ("family", "compression"),
    [("oci", "gzip"), ("oci", "zstd"), ("oci", ""), ("docker", "gzip"), ("docker", "")],
)
def test_skopeo_copies_an_image(
    docker_registry: Registry,
    skopeo: Program,
    repo: str,
    tmp_path: Path,
    family: images.Family,
    compression: images.Compression,
) -> None:
    layer = images.layer({"a": b"1", "b": None, "c": "a"}, family=family, compression=compression)
    made = images.image(layer, family=family)
    media.push(docker_registry, repo, made, "1")
    name = f"docker://{docker_registry.host}/{repo}:1"
    skopeo("copy", "--src-tls-verify=false", "--preserve-digests", name, f"dir:{tmp_path / 'out'}")
    assert (tmp_path / "out/manifest.json").read_bytes() == made.data
    assert media.manifest_of(docker_registry, repo, "1") == images.Blob(made.media_type, made.data)


@pytest.mark.parametrize(
    "made", [images.multi_platform(attested=True), images.multi_platform(family="docker"), images.nested()]
)
def test_a_registry_takes_an_index_and_all_below(
    docker_registry: Registry, skopeo: Program, repo: str, made: images.Index
) -> None:
    media.push(docker_registry, repo, made, "1", "2")
    name = f"docker://{docker_registry.host}/{repo}:2"
    raw = skopeo("inspect", "--raw", "--tls-verify=false", name).stdout
    assert raw.encode() == made.data
    for child in made.children:
        assert media.manifest_of(docker_registry, repo, child.digest).data == child.data


def test_umoci_unpacks_a_layout(umoci: Program, tmp_path: Path) -> None:
    made = images.image(images.layer({"a": b"one"}), images.layer({"b": b"two"}, compression=""))
    layout = media.write_layout(tmp_path / "layout", made, names={made.digest: "tag"})
    umoci("unpack", "--rootless", "--image", f"{layout}:tag", tmp_path / "bundle")
    assert (tmp_path / "bundle/rootfs/a").read_bytes() == b"one"
    assert (tmp_path / "bundle/rootfs/b").read_bytes() == b"two"


@pytest.mark.parametrize("write", [media.write_docker_save, media.write_docker_save_25])
def test_skopeo_reads_what_docker_saves(skopeo: Program, tmp_path: Path, write: Callable[..., Path]) -> None:
    layers = (images.layer({"a": b"one"}), images.layer({"b": b"two"}))
    one, other = images.image(*layers), images.image(*layers, config={"Cmd": ["/other"]})
    names = {one.digest: ["example.com/one:1"], other.digest: ["example.com/other:2"]}
    saved = write(tmp_path / "saved.tar", one, other, tags=names)
    found = skopeo("inspect", "--config", "--raw", f"docker-archive:{saved}:example.com/other:2").stdout
    assert json.loads(found) == json.loads(other.config.data)


def test_digests_may_be_sha512(tmp_path: Path) -> None:
    made = images.image(images.layer({"a": b"one"}, algorithm="sha512"), algorithm="sha512")
    files = media.layout_files(made)
    assert len(files) == 2 + 3
    assert all(len(name) == len("blobs/sha512/") + 128 for name in files if name.startswith("blobs/"))

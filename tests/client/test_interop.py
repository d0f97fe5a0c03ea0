"""What pycrane writes is read by skopeo and umoci, and what they write is read by pycrane."""

from __future__ import annotations

import json

import pytest
from peers.images import image, layer, multi_platform
from peers.media import manifest_of, push


@pytest.fixture(params=["oci", "docker"])
def picture(request):
    family = request.param
    return image(
        layer({"etc": None, "etc/motd": b"hello\n"}, family=family),
        layer({"link": "etc/motd", "data": bytes(range(256)) * 64}, family=family),
        family=family,
        config={"Labels": {"who": "the tests"}},
    )


def inspected(skopeo, name):
    return json.loads(skopeo("inspect", "--raw", name).stdout)


@pytest.mark.parametrize("form", ["tarball", "legacy"])
def test_skopeo_copies_a_pulled_tarball_with_the_same_configuration(
    pycrane, skopeo, docker_registry, repo, tmp_path, picture, form
):
    push(docker_registry, repo, picture, "v1")
    pycrane("pull", "--format", form, f"{docker_registry.host}/{repo}:v1", tmp_path / "image.tar")
    skopeo("copy", f"docker-archive:{tmp_path}/image.tar", f"dir:{tmp_path}/dir")
    copied = json.loads((tmp_path / "dir" / "manifest.json").read_bytes())
    assert copied["config"]["digest"] == picture.config.digest


def test_skopeo_finds_the_same_bytes_in_a_pulled_layout(
    pycrane, skopeo, docker_registry, repo, tmp_path, picture
):
    push(docker_registry, repo, picture, "v1")
    pycrane("pull", "--format", "oci", f"{docker_registry.host}/{repo}:v1", tmp_path / "layout")
    assert inspected(skopeo, f"oci:{tmp_path}/layout") == picture.manifest


def test_umoci_unpacks_a_pulled_layout(pycrane, umoci, docker_registry, repo, tmp_path):
    picture = image(layer({"etc": None, "etc/motd": b"hello\n"}), layer({"link": "etc/motd"}))
    push(docker_registry, repo, picture, "v1")
    pycrane(
        "pull", "--format", "oci", "--annotate-ref", f"{docker_registry.host}/{repo}:v1", tmp_path / "layout"
    )
    index = json.loads((tmp_path / "layout" / "index.json").read_bytes())
    index["manifests"][0]["annotations"] = {"org.opencontainers.image.ref.name": "v1"}
    (tmp_path / "layout" / "index.json").write_text(json.dumps(index))
    umoci("unpack", "--image", f"{tmp_path}/layout:v1", tmp_path / "bundle")
    assert (tmp_path / "bundle/rootfs/link").readlink().name == "motd"
    assert (tmp_path / "bundle/rootfs/etc/motd").read_bytes() == b"hello\n"


def test_skopeo_accepts_what_was_appended_and_copied(pycrane, skopeo, docker_registry, repo, tmp_path):
    (tmp_path / "layer.tar").write_bytes(layer({"new": b"file"}).content)
    base = f"{docker_registry.host}/{repo}:base"
    push(docker_registry, repo, image(), "base")
    pycrane("append", "-b", base, "-f", tmp_path / "layer.tar", "-t", f"{docker_registry.host}/{repo}:new")
    pycrane("cp", f"{docker_registry.host}/{repo}:new", f"{docker_registry.host}/{repo}/copy:v1")
    skopeo(
        "copy",
        "--src-tls-verify=false",
        f"docker://{docker_registry.host}/{repo}/copy:v1",
        f"oci:{tmp_path}/layout:v1",
    )
    assert len(inspected(skopeo, f"oci:{tmp_path}/layout:v1")["layers"]) == 2


@pytest.mark.parametrize("kind", ["docker-archive", "oci-archive", "oci"])
def test_what_skopeo_writes_is_pushed(pycrane, skopeo, docker_registry, repo, tmp_path, picture, kind):
    push(docker_registry, repo, picture, "v1")
    out = tmp_path / "written"
    skopeo(
        "copy",
        "--src-tls-verify=false",
        f"docker://{docker_registry.host}/{repo}:v1",
        f"{kind}:{out}:example.com/some:v1",
    )
    printed = pycrane("push", out, f"{docker_registry.host}/{repo}/back:v1").text
    found = manifest_of(docker_registry, f"{repo}/back", "v1")
    assert printed == f"{docker_registry.host}/{repo}/back@{found.digest}"
    config = json.loads(found.data)["config"]["digest"]
    if kind == "docker-archive" or picture.media_type.startswith("application/vnd.oci"):
        assert config == picture.config.digest


def test_an_index_is_copied_to_and_from_skopeo_whole(pycrane, skopeo, docker_registry, repo, tmp_path):
    root = multi_platform(attested=True)
    push(docker_registry, repo, root, "v1")
    pycrane("pull", "--format", "oci", f"{docker_registry.host}/{repo}:v1", tmp_path / "layout")
    skopeo(
        "copy",
        "--all",
        "--dest-tls-verify=false",
        f"oci:{tmp_path}/layout",
        f"docker://{docker_registry.host}/{repo}/b:1",
    )
    assert manifest_of(docker_registry, f"{repo}/b", "1").digest == root.digest

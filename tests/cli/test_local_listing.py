"""ls, digest, list-tags and manifest-digest of archives, layouts and files; skopeo agrees."""

from __future__ import annotations

import json

import pytest
from peers import images
from peers.media import layout_files, push, write_archive, write_docker_save, write_layout


@pytest.fixture
def one():
    return images.image()


@pytest.fixture
def two():
    return images.multi_platform("linux/amd64", "linux/arm64")


@pytest.fixture
def layout(tmp_path, one, two):
    return write_layout(tmp_path / "layout", one, two, names={one.digest: "v1"})


def test_ls_of_a_layout_lists_names_and_digests(pycrane, layout, one, two):
    assert pycrane("ls", layout).lines == ["v1", "@1"]
    assert pycrane("ls", "./layout").lines == ["v1", "@1"]
    assert pycrane("ls", f"oci:{layout}").lines == ["v1", "@1"]
    assert pycrane("ls", "--long", layout).lines == [f"v1 {one.digest}", f"@1 {two.digest}"]
    assert json.loads(pycrane("ls", "--json", layout).stdout) == [
        {"names": ["v1"], "position": 0, "digest": one.digest, "mediaType": one.media_type},
        {"names": [], "position": 1, "digest": two.digest, "mediaType": two.media_type},
    ]


def test_every_name_that_ls_prints_is_understood_behind_the_colon(pycrane, layout, one, two):
    assert [pycrane("digest", f"oci:{layout}:{label}").text for label in pycrane("ls", layout).lines] == [
        one.digest,
        two.digest,
    ]


def test_digest_of_a_place_chooses_a_platform_too(pycrane, layout, two):
    chosen = pycrane("digest", "--platform", "linux/arm64", f"oci:{layout}:@1").text
    assert chosen == two.children[1].digest


def test_digest_of_several_images_names_them(pycrane, layout):
    refused = pycrane("digest", layout, check=False)
    assert refused.returncode == 1
    assert "holds 2 images: v1" in refused.stderr


def test_a_name_without_a_transport_is_in_a_registry_as_with_crane(pycrane, layout):
    refused = pycrane("digest", "127.0.0.1:1/layout", check=False, cwd=layout.parent)
    assert "127.0.0.1:1" in refused.stderr
    refused = pycrane("ls", "127.0.0.1:1/layout", check=False, cwd=layout.parent)
    assert "127.0.0.1:1" in refused.stderr


def test_the_transport_of_registries_may_stand_before_a_name(pycrane, docker_registry, repo, one):
    push(docker_registry, repo, one, "v1")
    name = f"docker://{docker_registry.host}/{repo}"
    assert pycrane("ls", name).lines == ["v1"]
    assert pycrane("digest", f"{name}:v1").text == one.digest
    assert [seen.method for seen in docker_registry.requests()] == ["GET", "HEAD"]


def test_list_tags_prints_what_skopeo_prints(pycrane, skopeo, docker_registry, repo, tmp_path, one):
    push(docker_registry, repo, one, "b", "a", "c")
    name = f"docker://{docker_registry.host}/{repo}"
    theirs = skopeo("list-tags", "--tls-verify=false", name).stdout
    assert pycrane("list-tags", name).stdout.decode() == theirs
    assert pycrane("list-tags", name.removeprefix("docker://")).stdout.decode() == theirs
    other = images.image(platform="linux/arm64")
    tags = {one.digest: ["docker.io/library/x:1", "docker.io/library/x:2"], other.digest: ["example.com/y:3"]}
    save = write_docker_save(tmp_path / "a.tar", one, other, tags=tags)
    theirs = skopeo("list-tags", f"docker-archive:{save}").stdout
    assert pycrane("list-tags", f"docker-archive:{save}").stdout.decode() == theirs


def test_list_tags_of_a_layout_and_an_oci_archive(pycrane, layout, tmp_path, one):
    assert json.loads(pycrane("list-tags", f"oci:{layout}").stdout) == {"Tags": ["v1", "@1"]}
    archive = write_archive(tmp_path / "oci.tar", layout_files(one, names={one.digest: "v2"}))
    assert json.loads(pycrane("list-tags", f"oci-archive:{archive}").stdout) == {"Tags": ["v2"]}


def test_names_of_strangers_do_not_steer_the_terminal(pycrane, tmp_path, one):
    layout = write_layout(tmp_path / "layout", one, names={one.digest: "a\x1b[2J\x9bb"})
    assert pycrane("ls", layout).lines == [r"a\x1b[2J\x9bb"]
    assert pycrane("ls", "--json", layout).stdout.count(b"\\u001b") == 1


@pytest.mark.parametrize("option", ["--full-ref", "-r", "--semver=1", "--sort=name"])
def test_options_of_registries_are_refused_for_a_place(pycrane, layout, option):
    refused = pycrane("ls", option, layout, check=False)
    assert refused.returncode == 2
    assert "not in a registry" in refused.stderr


def test_manifest_digest_is_what_skopeo_computes(pycrane, skopeo, tmp_path, one):
    for number, content in enumerate([one.data, b"", b"no manifest"]):
        file = tmp_path / f"{number}.json"
        file.write_bytes(content)
        theirs = skopeo("manifest-digest", file).stdout
        assert pycrane("manifest-digest", file).stdout.decode() == theirs
        assert pycrane("manifest-digest", "-", stdin=content).stdout.decode() == theirs
    assert pycrane("manifest-digest", tmp_path / "none", check=False).returncode == 3
    assert pycrane("manifest-digest", tmp_path, check=False).returncode == 1

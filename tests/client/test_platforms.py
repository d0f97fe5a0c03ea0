"""--platform: one, several, none, and one that is not there."""

from __future__ import annotations

import json
import tarfile

import pytest
from peers import images
from peers.images import image, index, multi_platform, nested
from peers.media import manifest_of, push, write_layout

import pycrane
from pycrane._client.platforms import for_machine, this_machine

PLATFORMS = ("linux/amd64", "linux/arm64/v8", "linux/s390x")


def names(path):
    with tarfile.open(path) as archive:
        return [entry["RepoTags"] for entry in json.load(archive.extractfile("manifest.json"))]


def test_without_a_wish_a_tarball_gets_linux_amd64(pycrane, docker_registry, repo, tmp_path):
    root = multi_platform("linux/arm64/v8", "linux/amd64")
    push(docker_registry, repo, root, "v1")
    pycrane("pull", f"{docker_registry.host}/{repo}:v1", tmp_path / "out.tar")
    with tarfile.open(tmp_path / "out.tar") as archive:
        assert root.children[1].config.digest in archive.getnames()


def test_arm64_and_arm64_v8_are_the_same(pycrane, docker_registry, repo):
    bare, named = (
        multi_platform("linux/amd64", "linux/arm64"),
        multi_platform("linux/amd64", "linux/arm64/v8"),
    )
    push(docker_registry, repo, bare, "bare")
    push(docker_registry, repo, named, "named")
    for wish in ("linux/arm64", "linux/arm64/v8"):
        for tag, root in (("bare", bare), ("named", named)):
            done = pycrane("digest", f"{docker_registry.host}/{repo}:{tag}", "--platform", wish)
            assert done.text == root.children[1].digest


def test_an_error_lists_the_platforms_there_are(pycrane, docker_registry, repo):
    push(docker_registry, repo, multi_platform(*PLATFORMS), "v1")
    done = pycrane("config", f"{docker_registry.host}/{repo}:v1", "--platform", "windows/amd64", check=False)
    assert done.returncode == 3
    assert all(platform in done.stderr for platform in PLATFORMS)
    assert done.stdout == b""


def test_the_platforms_that_an_error_lists_are_those_of_images_nested_ones_too(
    pycrane, docker_registry, repo
):
    push(docker_registry, repo, nested(), "nested")
    push(docker_registry, repo, multi_platform(*PLATFORMS, attested=True), "attested")
    for tag, listed in (("nested", "linux/arm64/v8, linux/s390x, linux/amd64"), ("attested", PLATFORMS[-1])):
        name = f"{docker_registry.host}/{repo}:{tag}"
        done = pycrane("digest", name, "--platform", "windows/arm64", check=False)
        assert done.stderr.splitlines()[0].endswith(listed)


def test_several_platforms_are_copied_as_an_index_of_these(pycrane, docker_registry, repo):
    root = multi_platform(*PLATFORMS, attested=True)
    push(docker_registry, repo, root, "v1")
    target = f"{docker_registry.host}/{repo}/few:v1"
    pycrane("cp", "--platform", "linux/s390x,linux/amd64", f"{docker_registry.host}/{repo}:v1", target)
    found = json.loads(manifest_of(docker_registry, f"{repo}/few", "v1").data)
    assert [entry["digest"] for entry in found["manifests"]] == [
        root.children[0].digest,
        root.children[2].digest,
    ]


def test_repeating_the_option_is_the_same_as_a_list(pycrane, docker_registry, repo, tmp_path):
    push(docker_registry, repo, multi_platform(*PLATFORMS), "v1")
    image_name = f"{docker_registry.host}/{repo}:v1"
    pycrane(
        "pull", "--format=oci", "--platform=linux/amd64", "--platform=linux/s390x", image_name, tmp_path / "a"
    )
    pycrane("pull", "--format=oci", "--platform=linux/amd64,linux/s390x", image_name, tmp_path / "b")
    assert (tmp_path / "a/index.json").read_bytes() == (tmp_path / "b/index.json").read_bytes()


def test_one_platform_is_copied_as_its_image(pycrane, docker_registry, repo):
    root = multi_platform(*PLATFORMS)
    push(docker_registry, repo, root, "v1")
    target = f"{docker_registry.host}/{repo}/one:v1"
    pycrane("cp", f"{docker_registry.host}/{repo}:v1", target, "--platform", "linux/s390x")
    assert manifest_of(docker_registry, f"{repo}/one", "v1").digest == root.children[2].digest


def test_several_platforms_in_a_tarball_have_tags_of_their_own(pycrane, docker_registry, repo, tmp_path):
    push(docker_registry, repo, multi_platform(*PLATFORMS), "v1")
    name = f"{docker_registry.host}/{repo}:v1"
    pycrane("pull", "--platform", "linux/amd64,linux/arm64", name, tmp_path / "out.tar")
    assert names(tmp_path / "out.tar") == [[f"{name}-linux-amd64"], [f"{name}-linux-arm64-v8"]]


def test_an_image_within_a_nested_index_is_found(pycrane, docker_registry, repo):
    root = nested()
    push(docker_registry, repo, root, "v1")
    done = pycrane("digest", "--platform", "linux/s390x", f"{docker_registry.host}/{repo}:v1")
    assert done.text == root.children[0].children[1].digest


def test_an_entry_without_platform_does_not_hide_the_one_that_is_meant(pycrane, docker_registry, repo):
    right = image(platform="linux/amd64")
    root = index(image(platform="linux/riscv64"), right)
    anonymous = json.loads(root.data)
    del anonymous["manifests"][0]["platform"]
    changed = index(*root.children, manifest={"manifests": anonymous["manifests"]})
    push(docker_registry, repo, changed, "v1")
    assert (
        pycrane("digest", "--platform=linux/amd64", f"{docker_registry.host}/{repo}:v1").text == right.digest
    )


@pytest.mark.parametrize(
    ("there", "architecture", "variant", "found"),
    [
        (["linux/arm/v6", "linux/arm/v7"], "arm", "v8", 1),
        (["linux/arm/v6", "linux/arm/v7"], "arm", "", 1),
        (["linux/arm/v7", "linux/arm"], "arm", "", 1),
        (["linux/arm/v7", "linux/arm"], "arm", "v6", 1),
        (["linux/arm/v6", "linux/arm/v7"], "arm", "v5", None),
        (["linux/arm64/v8"], "arm64", "", 0),
        (["linux/arm64/v8"], "arm64", "v9", None),
        (["windows/amd64", "linux/amd64"], "amd64", "", 1),
        (["linux/s390x"], "amd64", "", None),
    ],
)
def test_a_machine_takes_its_variant_or_a_weaker_one(
    docker_registry, repo, there, architecture, variant, found
):
    root = multi_platform(*there)
    push(docker_registry, repo, root, "v1")
    with pycrane.Client() as client:
        view = client.open(f"{docker_registry.host}/{repo}:v1")
        if found is None:
            with pytest.raises(pycrane.PlatformNotFoundError):
                for_machine(view, "linux", architecture, variant)
        else:
            chosen = for_machine(view, "linux", architecture, variant)
            assert str(chosen.digest) == root.children[found].digest
            assert for_machine(chosen, "windows") is chosen


@pytest.mark.parametrize(
    ("machine", "platform"),
    [
        ("x86_64", "linux/amd64"),
        ("aarch64", "linux/arm64"),
        ("armv7l", "linux/arm/v7"),
        ("s390x", "linux/s390x"),
    ],
)
def test_this_machine_is_called_as_images_call_it(monkeypatch, machine, platform):
    monkeypatch.setattr("pycrane._client.platforms.machine_name", lambda: machine)
    monkeypatch.setattr("sys.platform", "linux")
    assert str(this_machine()) == platform


READING = (
    "digest {}",
    "manifest {}",
    "config {}",
    "pull {} x.tar",
    "pull --format oci {} layout",
    "export {} x.tar",
    "validate --remote {}",
)
WRITING = (
    "copy {0} {0}-new",
    "copy {} oci:layout:new",
    "append -b {0} -f layer.tar -t {0}-new",
    "mutate {0} -l a=b -t {0}-new",
    "flatten {0} -t {0}-new",
    "edit config {0} -t {0}-new",
    "edit manifest {0} -t {0}-new",
    "edit fs {0} -f a -t {0}-new",
    "rebase {0} --old_base {0} --new_base {0} -t {0}-new",
    "index append -m {0} -t {0}-new",
    "push oci:source {0}-new",
)


@pytest.fixture
def amd64(docker_registry, repo, tmp_path):
    """An image for linux/amd64, also at oci:source."""
    single = images.image(platform="linux/amd64")
    push(docker_registry, repo, single, "v1")
    write_layout(tmp_path / "source", single)
    (tmp_path / "layer.tar").write_bytes(images.layer({"a": b"1"}, compression="").data)
    return f"{docker_registry.host}/{repo}:v1"


@pytest.mark.parametrize("line", READING)
def test_reading_an_image_for_another_platform_is_a_warning(pycrane, amd64, line):
    result = pycrane("--platform", "linux/arm64", *line.format(amd64).split())
    warned = [text for text in result.stderr.splitlines() if text.startswith("Warning: ")]
    assert warned == ["Warning: the image is for linux/amd64, not for linux/arm64"]
    assert "Warning" not in pycrane("--platform", "linux/amd64", *line.format(amd64).split()).stderr


@pytest.mark.parametrize("line", WRITING)
def test_writing_an_image_for_another_platform_under_a_tag_is_an_error(pycrane, amd64, line):
    result = pycrane("--platform", "linux/arm64", *line.format(amd64).split(), check=False, stdin=b"{}")
    assert result.returncode == 3, result
    assert "the image is for linux/amd64, not for linux/arm64" in result.stderr
    assert pycrane("ls", amd64.removesuffix(":v1")).lines == ["v1"]


def test_an_architecture_alone_is_linuxs(pycrane, docker_registry, repo):
    root = images.multi_platform()
    push(docker_registry, repo, root, "v1")
    name = f"{docker_registry.host}/{repo}:v1"
    whole = pycrane("digest", "--platform", "linux/arm64", name)
    assert pycrane("digest", "--platform", "arm64", name).text == whole.text

"""manifest, config, digest, ls, catalog, tag and blob: what they print, and how little they ask."""

from __future__ import annotations

import pytest
from peers import images
from peers.media import push


@pytest.fixture
def image():
    return images.image()


@pytest.fixture
def name(docker_registry, repo, image):
    push(docker_registry, repo, image, "v1")
    return f"{docker_registry.host}/{repo}:v1"


@pytest.fixture
def index():
    return images.multi_platform("linux/amd64", "linux/arm64", "linux/arm/v7", attested=True)


@pytest.fixture
def index_name(docker_registry, repo, index):
    push(docker_registry, repo, index, "all")
    return f"{docker_registry.host}/{repo}:all"


def count(registry):
    return len(registry.requests())


def test_manifest_prints_the_bytes_and_nothing_else(pycrane, docker_registry, name, image):
    assert pycrane("manifest", name).stdout == image.data
    assert count(docker_registry) == 1


def test_config_prints_the_bytes_and_nothing_else(pycrane, docker_registry, name, image):
    assert pycrane("config", name).stdout == image.config.data
    assert count(docker_registry) == 2


def test_digest_is_one_line_and_one_request(pycrane, docker_registry, name, image):
    assert pycrane("digest", name).stdout == f"{image.digest}\n".encode()
    assert count(docker_registry) == 1


def test_digest_can_be_a_whole_reference(pycrane, name, image):
    assert pycrane("digest", "--full-ref", name).text == f"{name.removesuffix(':v1')}@{image.digest}"


def test_ls_is_one_tag_a_line_and_one_request(pycrane, docker_registry, name):
    repository = name.removesuffix(":v1")
    assert pycrane("ls", repository).stdout == b"v1\n"
    assert count(docker_registry) == 1
    assert pycrane("ls", "--full-ref", repository).text == name


def test_ls_leaves_out_tags_that_stand_for_a_digest(pycrane, docker_registry, name, repo, image):
    push(docker_registry, repo, image, "sha256-abc.sig")
    repository = name.removesuffix(":v1")
    assert "sha256-abc.sig" in pycrane("ls", repository).lines
    assert pycrane("ls", "-O", repository).lines == ["v1"]


def test_catalog_is_one_repository_a_line_and_one_request(pycrane, docker_registry, repo, name):
    docker_registry.reset()
    assert repo in pycrane("catalog", docker_registry.host).lines
    assert count(docker_registry) == 1
    assert f"{docker_registry.host}/{repo}" in pycrane("catalog", "--full-ref", docker_registry.host).lines


def test_tag_gives_the_same_digest_another_name_in_two_requests(pycrane, docker_registry, name, image):
    result = pycrane("tag", name, "v2")
    assert (result.stdout, result.stderr) == (b"", "")
    assert count(docker_registry) == 2
    assert pycrane("manifest", name.replace(":v1", ":v2")).stdout == image.data


def test_blob_prints_the_bytes(pycrane, name, image):
    blob = image.layers[0]
    assert pycrane("blob", f"{name.removesuffix(':v1')}@{blob.digest}").stdout == blob.data


def test_a_binary_blob_is_not_written_to_a_terminal(terminal, name, image):
    blob = image.layers[0]
    result = terminal("blob", f"{name.removesuffix(':v1')}@{blob.digest}", all_streams=True)
    assert result.returncode == 2
    assert "standard output is a terminal" in result.screen
    shown = terminal("blob", f"{name.removesuffix(':v1')}@{image.config.digest}", all_streams=True)
    assert shown.screen == image.config.data.decode()


def test_without_a_platform_an_index_is_itself(pycrane, index_name, index):
    assert pycrane("manifest", index_name).stdout == index.data
    assert pycrane("manifest", "--platform", "all", index_name).stdout == index.data
    assert pycrane("digest", index_name).text == index.digest


@pytest.mark.parametrize(
    ("platform", "number"),
    [("linux/arm64", 1), ("linux/arm64/v8", 1), ("linux/arm/v7", 2), ("linux/amd64", 0)],
)
def test_a_platform_chooses_an_image_of_an_index(
    pycrane, docker_registry, index_name, index, platform, number
):
    child = index.children[number]
    docker_registry.reset()
    assert pycrane("digest", "--platform", platform, index_name).text == child.digest
    assert count(docker_registry) == 1
    assert pycrane("manifest", "--platform", platform, index_name).stdout == child.data
    assert pycrane("--platform", platform, "config", index_name).stdout == child.config.data


def test_config_of_an_index_is_that_for_linux_amd64(pycrane, index_name, index):
    assert pycrane("config", index_name).stdout == index.children[0].config.data


def test_a_platform_that_is_not_there_is_answered_with_those_that_are(pycrane, index_name):
    result = pycrane("digest", "--platform", "linux/s390x", index_name, check=False)
    assert result.returncode == 3
    assert "linux/s390x" in result.stderr
    assert "linux/amd64, linux/arm64, linux/arm/v7" in result.stderr


@pytest.mark.parametrize(
    "flag", ["--full-ref=true", "--full-ref=1", "--full_ref", "--full-ref=false --full-ref"]
)
def test_switches_are_understood_as_go_writes_them(pycrane, name, flag):
    assert pycrane("ls", *flag.split(), name.removesuffix(":v1")).text == name


@pytest.mark.parametrize("flag", ["--full-ref=false", "--full-ref --full-ref=F", "-O=true"])
def test_a_switch_can_be_taken_back(pycrane, name, flag):
    assert pycrane("ls", *flag.split(), name.removesuffix(":v1")).text == "v1"

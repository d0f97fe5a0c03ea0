"""inspect for programs: what an Inspection has, for images, indexes, artifacts, views and paths."""

from __future__ import annotations

import pytest
from peers import images
from peers.media import push, write_layout

import pycrane


@pytest.fixture
def client():
    with pycrane.Client() as client:
        yield client


def test_an_image_is_two_requests_and_its_tags_a_third(client, docker_registry, repo):
    image = images.image(
        config={"Labels": {"a": "b"}, "User": "me"}, extra={"created": "2024-01-02T03:04:05Z"}
    )
    push(docker_registry, repo, image, "v1")
    found = client.inspect(f"{docker_registry.host}/{repo}:v1")
    assert len(docker_registry.requests()) == 2
    assert (found.name, found.tag, str(found.digest)) == (
        f"{docker_registry.host}/{repo}",
        "v1",
        image.digest,
    )
    assert (found.labels, found.user, found.created) == ({"a": "b"}, "me", "2024-01-02T03:04:05Z")
    assert (found.env, found.cmd, found.entrypoint) == (("PATH=/usr/bin:/bin",), ("/bin/true",), ())
    assert (found.created_by, found.platforms, found.tags) == (("the tests",), (), None)
    assert found.size == sum(len(blob.data) for blob in (image.config, *image.layers))
    assert client.inspect(f"{docker_registry.host}/{repo}:v1", tags=True).tags == ("v1",)


def test_the_platform_of_an_index_is_chosen_or_missed(client, docker_registry, repo):
    index = images.multi_platform("linux/amd64", "linux/arm64", attested=True)
    push(docker_registry, repo, index, "v1")
    name = f"{docker_registry.host}/{repo}:v1"
    found = client.inspect(name, "linux/arm64")
    assert str(found.digest) == index.digest
    assert found.image is not None
    assert str(found.image.digest) == index.children[1].digest
    assert [str(platform) for platform in found.platforms] == ["linux/amd64", "linux/arm64"]
    with pytest.raises(pycrane.PlatformNotFoundError):
        client.inspect(name, "linux/s390x")


def test_an_index_of_attestations_alone_has_no_image(client):
    child, annotations = images.attestation(images.image())
    index = images.index(child, annotations={child.digest: annotations})
    content = pycrane.MemoryContent({pycrane.Digest.parse(child.digest): child.data})
    found = client.inspect(pycrane.open_view(content, index.data))
    assert (found.image, found.config, found.layers, found.size) == (None, None, (), 0)
    assert (found.platform, found.platforms, found.labels) == (None, (), {})


def test_a_path_and_a_view_are_described_as_a_name_is(client, tmp_path):
    image = images.image(config={"ExposedPorts": {"80/tcp": {}}})
    layout = write_layout(tmp_path / "layout", image)
    by_path = client.inspect(layout)
    by_view = client.inspect(client.only(layout))
    assert by_path.ports == by_view.ports == ("80/tcp",)
    assert (by_path.name, by_path.tag, by_path.reference) == ("", "", None)


def test_a_blob_that_is_a_layer_twice_counts_once(client):
    layer = images.layer({"a": b"x"})
    image = images.image(layer, layer)
    content = pycrane.MemoryContent({pycrane.Digest.parse(image.config.digest): image.config.data})
    found = client.inspect(pycrane.open_view(content, image.data))
    assert found.size == len(layer.data) + len(image.config.data)


def test_a_history_that_counts_other_steps_names_no_makers(client):
    image = images.image(extra={"history": [{"created_by": "a"}, {"created_by": "b"}]})
    content = pycrane.MemoryContent({pycrane.Digest.parse(image.config.digest): image.config.data})
    assert client.inspect(pycrane.open_view(content, image.data)).created_by == ("",)

"""tree: an index with its images, their blobs, and what refers to them."""

from __future__ import annotations

import json

import pytest
from peers import images
from peers.media import push, write_layout


@pytest.fixture
def index():
    return images.multi_platform("linux/amd64", "linux/arm64")


def blobs(image):
    lines = [f"config {image.config.digest} {len(image.config.data)} B"]
    return lines + [f"layer {layer.digest} {len(layer.data)} B" for layer in image.layers]


def size(*found):
    return sum({blob.digest: len(blob.data) for one in found for blob in (one, *one.blobs)}.values())


def human(number):
    return f"{number} B" if number < 1000 else f"{number / 1024:.1f} KiB"


def test_a_tree_has_platforms_configurations_and_layers(pycrane, docker_registry, repo, index):
    push(docker_registry, repo, index, "v1")
    one, two = index.children
    whole = size(one, two) + len(index.data)
    assert pycrane("tree", f"{docker_registry.host}/{repo}:v1").lines == [
        f"index {index.digest} {human(whole)}",
        f"├── image linux/amd64 {one.digest} {human(size(one))}",
        f"│   ├── {blobs(one)[0]}",
        f"│   └── {blobs(one)[1]}",
        f"└── image linux/arm64 {two.digest} {human(size(two))}",
        f"    ├── {blobs(two)[0]}",
        f"    └── {blobs(two)[1]}",
    ]


def test_referrers_are_part_of_the_tree_where_the_registry_has_them(pycrane, docker_registry, repo):
    image = images.image()
    push(docker_registry, repo, image, "v1")
    subject = {"mediaType": image.media_type, "digest": image.digest, "size": len(image.data)}
    note = images.assemble(
        images.Blob("application/vnd.oci.empty.v1+json", b"{}"),
        [images.Blob("text/plain", b"note")],
        media_type=images.OCI_MANIFEST,
        manifest={"subject": subject, "artifactType": "application/x-note"},
    )
    listed = images.index(note)  # the fallback of a registry without the list of referrers
    push(docker_registry, repo, note)
    push(docker_registry, repo, listed, image.digest.replace(":", "-"))
    where = f"{docker_registry.host}/{repo}:v1"
    lines = pycrane("tree", where).lines
    assert lines[0] == f"image {image.digest} {human(size(image))}"
    assert lines[3] == f"└── referrer artifact application/x-note {note.digest} {human(size(note))}"
    assert not any("referrer" in line for line in pycrane("tree", "--no-referrers", where).lines)


def test_json_has_what_the_lines_have(pycrane, tmp_path, index):
    layout = write_layout(tmp_path / "layout", index, names={index.digest: "v1"})
    found = json.loads(pycrane("tree", "--json", f"oci:{layout}:v1").stdout)
    one, _ = index.children
    assert (found["kind"], found["digest"], found["size"]) == ("index", index.digest, len(index.data))
    assert found["children"][0] == {
        "kind": "image",
        "digest": one.digest,
        "mediaType": one.media_type,
        "size": len(one.data),
        "totalSize": size(one),
        "platform": "linux/amd64",
        "children": [
            {
                "kind": kind,
                "digest": blob.digest,
                "mediaType": blob.media_type,
                "size": len(blob.data),
                "totalSize": len(blob.data),
            }
            for kind, blob in (("config", one.config), ("layer", one.layers[0]))
        ],
    }


def test_a_tree_is_bounded(pycrane, tmp_path):
    root = images.index(images.image())
    for _ in range(20):
        root = images.index(root)
    layout = write_layout(tmp_path / "layout", root)
    refused = pycrane("tree", layout, check=False)
    assert refused.returncode == 1
    assert "too deep" in refused.stderr

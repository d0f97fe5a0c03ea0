"""du: bytes of images, each blob once, as the files of a layout add up to."""

from __future__ import annotations

import json

from peers import images
from peers.media import push, write_layout

SHARED = images.layer({"base": b"b" * 5000})
ONE = images.image(SHARED, images.layer({"a": b"1"}))
TWO = images.image(SHARED, images.layer({"b": b"2"}), platform="linux/arm64")


def size(*blobs):
    return sum(len(blob.data) for blob in blobs)


def test_blobs_that_images_share_count_once(pycrane, docker_registry, repo):
    push(docker_registry, repo, ONE, "a")
    push(docker_registry, repo, TWO, "b")
    where = f"{docker_registry.host}/{repo}"
    found = json.loads(pycrane("du", "--json", f"{where}:a", f"{where}:b").stdout)
    assert found == {
        "total": size(ONE, *ONE.blobs, TWO, *TWO.blobs) - size(SHARED),
        "images": [
            {
                "name": f"{where}:{tag}",
                "digest": image.digest,
                "size": size(image, *image.blobs),
                "unique": size(image, *image.blobs) - size(SHARED),
            }
            for tag, image in (("a", ONE), ("b", TWO))
        ],
    }
    assert len(docker_registry.requests()) == 2
    of_all = json.loads(pycrane("du", "--json", "--all-tags", where).stdout)
    assert sorted(of_all["images"], key=lambda image: image["name"]) == found["images"]


def test_a_layout_adds_up_to_its_files(pycrane, tmp_path):
    layout = write_layout(tmp_path / "layout", ONE, TWO, names={ONE.digest: "one"})
    files = sum(path.stat().st_size for path in (layout / "blobs").rglob("*") if path.is_file())
    found = json.loads(pycrane("du", "--json", layout).stdout)
    assert (found["total"], [image["name"] for image in found["images"]]) == (files, ["one", f"{layout}:@1"])


def test_lines_have_a_bar_of_what_is_shared_and_own(pycrane, tmp_path):
    layout = write_layout(tmp_path / "layout", ONE, TWO, names={ONE.digest: "one", TWO.digest: "two"})
    head, first, second, total = pycrane("du", "--bytes", layout).lines
    assert head.split() == ["SIZE", "OWN", "NAME"]
    assert first.split()[:2] == [str(size(ONE, *ONE.blobs)), str(size(ONE, *ONE.blobs) - size(SHARED))]
    assert "█" in first
    assert "░" in first
    assert second.endswith("  two")
    assert total.split()[1] == "total"


def test_two_names_of_one_image_are_one_image(pycrane, docker_registry, repo):
    push(docker_registry, repo, ONE, "a", "b")
    where = f"{docker_registry.host}/{repo}"
    found = json.loads(pycrane("du", "--json", "-a", where).stdout)
    assert [image["unique"] for image in found["images"]] == [found["total"], found["total"]]

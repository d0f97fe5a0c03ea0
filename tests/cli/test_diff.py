"""diff: configuration, layers and files of two images; files as GNU diff sees them."""

from __future__ import annotations

import json
import subprocess
import tarfile

import pytest
from peers import images
from peers.media import push, write_layout

BASE = images.layer({"etc/a": b"one\n", "etc/b": b"two\n", "etc/same": b"x\n"})
FIRST = images.image(BASE, images.layer({"app": b"1"}), config={"User": "a", "Labels": {"x": "1"}})
SECOND = images.image(
    BASE, images.layer({"app": b"2", "etc/new": b"n\n", "etc/.wh.b": b""}), config={"User": "b"}
)


@pytest.fixture
def layouts(tmp_path):
    return write_layout(tmp_path / "a", FIRST), write_layout(tmp_path / "b", SECOND)


def layer(image, number):
    found = image.layers[number]
    return f"layer {found.digest} {len(found.data)} B"


def test_configuration_and_layers_are_compared_without_reading_layers(pycrane, docker_registry, repo):
    push(docker_registry, repo, FIRST, "a")
    push(docker_registry, repo, SECOND, "b")
    where = f"{docker_registry.host}/{repo}"
    assert pycrane("diff", f"{where}:a", f"{where}:b").lines == [
        '- config.User "a"',
        '+ config.User "b"',
        '- config.Labels {"x": "1"}',
        f"= {layer(FIRST, 0)}",
        f"- {layer(FIRST, 1)}",
        f"+ {layer(SECOND, 1)}",
    ]
    assert len(docker_registry.requests()) == 4


def test_files_are_those_that_differ_when_unpacked(pycrane, layouts, tmp_path):
    found = json.loads(pycrane("diff", "--files", "--json", *layouts).stdout)["files"]
    assert [each["path"] for each in found["removed"]] == ["etc/b"]
    assert [each["path"] for each in found["added"]] == ["etc/new"]
    assert [each["before"]["path"] for each in found["changed"]] == ["app"]
    for layout in layouts:
        pycrane("export", layout, tmp_path / "fs.tar")
        with tarfile.open(tmp_path / "fs.tar") as archive:
            archive.extractall(tmp_path / f"{layout.name}.fs", filter="tar")
    theirs = subprocess.run(
        ["diff", "-rq", "a.fs", "b.fs"], cwd=tmp_path, capture_output=True, text=True, check=False
    ).stdout
    assert theirs.splitlines() == [
        "Files a.fs/app and b.fs/app differ",
        "Only in a.fs/etc: b",
        "Only in b.fs/etc: new",
    ]


def test_lines_of_files_have_both_sides(pycrane, layouts):
    lines = pycrane("diff", "--files", *layouts).lines[-4:]
    assert [(line[0], line.rpartition(" ")[2]) for line in lines] == [
        ("-", "etc/b"),
        ("+", "etc/new"),
        ("-", "app"),
        ("+", "app"),
    ]


def test_the_exit_status_tells_a_difference_if_it_is_asked_for(pycrane, layouts):
    assert pycrane("diff", *layouts, check=False).returncode == 0
    assert pycrane("diff", "--exit-code", *layouts, check=False).returncode == 1
    same = pycrane("diff", "--exit-code", "--files", layouts[0], layouts[0], check=False)
    assert (same.returncode, same.stdout.count(b"\n")) == (0, 2)


def test_the_same_files_in_other_layers_are_no_difference(pycrane, tmp_path):
    whole = write_layout(tmp_path / "a", images.image(images.layer({"a": b"1", "b": b"2"})))
    parts = write_layout(tmp_path / "b", images.image(images.layer({"a": b"1"}), images.layer({"b": b"2"})))
    files = json.loads(pycrane("diff", "--files", "--json", whole, parts).stdout)["files"]
    assert files == {"removed": [], "added": [], "changed": []}

"""Transports wherever a command asks for an image: the places of `places.py` that need no engine."""

from __future__ import annotations

import tarfile
from io import BytesIO

import pytest
from transports.places import PLACES, World

import pycrane
from pycrane._transports.table import parse_location

LOCAL = [place for place in PLACES if place.transport not in ("docker-daemon", "docker")]
IMAGE = pycrane.random_image(1, layers=2)
every_place = pytest.mark.parametrize("place", LOCAL, ids=lambda place: place.transport)


@pytest.fixture
def world(tmp_path):
    tmp_path.joinpath("places").mkdir()
    return World(tmp_path / "places", "", "")


@pytest.fixture
def source(world, place):
    text = place.text(world, "source")
    with session() as client:
        client.copy(IMAGE, parse_location(text))
    return text


def session():
    return pycrane.Client()


def opened(text):
    with session() as client:
        image = client.image(parse_location(text))
        return image.config_name, [layer.diff_id for layer in image.layers]


@every_place
def test_it_is_looked_at(pycrane, source, tmp_path):
    assert pycrane("config", source).stdout == IMAGE.raw_config_file
    assert b'"layers"' in pycrane("manifest", source).stdout
    assert pycrane("validate", "--remote", source).stdout.startswith(b"PASS")
    pycrane("export", source, tmp_path / "files.tar")
    with tarfile.open(tmp_path / "files.tar") as tar:
        assert tar.getnames()


@every_place
def test_it_is_pulled_and_pushed(pycrane, source, tmp_path, pycrane_registry):
    name = f"{pycrane_registry.address}/places:1"
    pycrane("push", source, name)
    assert pycrane("config", name).stdout == IMAGE.raw_config_file
    pycrane("pull", source, tmp_path / "x.tar")
    assert pycrane("config", f"docker-archive:{tmp_path}/x.tar").stdout == IMAGE.raw_config_file
    pycrane("pull", "--format", "oci", source, tmp_path / "layout")
    assert pycrane("config", f"oci:{tmp_path}/layout").stdout == IMAGE.raw_config_file


@every_place
def test_it_is_changed_from_one_to_another(pycrane, source, world, place, tmp_path):
    with tarfile.open(tmp_path / "layer.tar", "w") as tar:
        entry = tarfile.TarInfo("added")
        entry.size = 1
        tar.addfile(entry, BytesIO(b"A"))
    _, base = opened(source)
    targets = {name: place.text(world, name) for name in ("appended", "mutated", "flattened", "rebased")}
    pycrane("append", "-b", source, "-f", tmp_path / "layer.tar", "-t", targets["appended"])
    assert opened(targets["appended"])[1][:-1] == base
    pycrane("mutate", source, "--label", "a=b", "-t", targets["mutated"])
    assert b'"a":"b"' in pycrane("config", targets["mutated"]).stdout
    pycrane("flatten", source, "-t", targets["flattened"])
    assert len(opened(targets["flattened"])[1]) == 1
    names = ["--old_base", source, "--new_base", targets["mutated"], "-t", targets["rebased"]]
    pycrane("rebase", targets["appended"], *names)
    assert opened(targets["rebased"])[1] == opened(targets["appended"])[1]


@pytest.mark.parametrize("place", [each for each in LOCAL if each.keeps], ids=lambda place: place.transport)
def test_it_goes_into_an_index_and_holds_one(pycrane, source, world, place):
    text = place.text(world, "index")
    pycrane("index", "append", "-m", source, "-t", text)
    assert str(IMAGE.digest).encode() in pycrane("index", "list", text).stdout
    pycrane("cp", text, place.text(world, "copy"))
    assert pycrane("config", place.text(world, "copy")).stdout == IMAGE.raw_config_file
    filtered = place.text(world, "filtered")
    pycrane("index", "filter", text, "--platform", "linux/amd64", "-t", filtered)
    assert pycrane("manifest", "--platform", "linux/amd64", filtered).stdout == IMAGE.raw_manifest


@pytest.mark.parametrize("transport", ["oci", "dir"])
def test_an_image_is_changed_where_it_is(pycrane, tmp_path, transport):
    text = f"{transport}:{tmp_path}/x"
    with session() as client:
        client.copy(IMAGE, parse_location(text if transport == "dir" else f"{text}:v1"))
    text += ":v1" if transport == "oci" else ""
    pycrane("mutate", text, "--label", "a=b")
    assert b'"a":"b"' in pycrane("config", text).stdout
    assert pycrane("validate", "--remote", text).stdout.startswith(b"PASS")


def test_of_several_images_in_a_layout_one_is_named(pycrane, tmp_path):
    with session() as client:
        client.copy(IMAGE, parse_location(f"oci:{tmp_path}/x:v1"))
        client.copy(pycrane_index(), parse_location(f"oci:{tmp_path}/x:v2"))
    for command in (["cp", "oci:x", "dir:y"], ["config", "oci:x"], ["flatten", "oci:x", "-t", "dir:y"]):
        done = pycrane(*command, check=False)
        assert (done.returncode, done.stdout) == (1, b"")
        assert "layout x holds 2 images: v1, v2\nHint: choose one by its name, as in v1, or" in done.stderr
    listed = pycrane("index", "list", "oci:x").stdout
    assert str(IMAGE.digest).encode() in listed
    assert str(pycrane_index().digest).encode() in listed


@pytest.mark.parametrize(
    ("target", "message"),
    [
        ("docker-archive:x.tar:app:v1", "is an index, and docker-archive:x.tar:app:v1 holds single images"),
        ("docker-daemon:app:v1", "is an index, and docker-daemon:app:v1 holds single images"),
        ("oci:files:v1", "files is not an OCI layout: it holds notes.txt and has no index.json"),
        ("dir:files", "files is not an image directory: it holds notes.txt and has no version file"),
    ],
)
def test_a_target_that_cannot_hold_it_is_told(pycrane, tmp_path, target, message):
    with session() as client:
        client.copy(pycrane_index(), parse_location(f"oci:{tmp_path}/index:v1"))
    (tmp_path / "files").mkdir()
    (tmp_path / "files/notes.txt").write_text("mine")
    done = pycrane("cp", "oci:index:v1", target, check=False)
    assert (done.returncode, done.stdout) == (1, b"")
    assert message in done.stderr
    assert "Hint: " in done.stderr
    assert [path.name for path in (tmp_path / "files").iterdir()] == ["notes.txt"]


def pycrane_index():
    return pycrane.random_index(5)

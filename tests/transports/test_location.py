"""Locations: a transport of its own, texts with and without a transport, and limits of each location."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path

import pytest

import pycrane
from pycrane import push, random_image
from pycrane._transports.archives import DockerArchiveLocation, OciArchiveLocation, PathLocation
from pycrane._transports.daemon import DaemonLocation
from pycrane._transports.oci_layout import LayoutLocation
from pycrane._transports.registry import RegistryLocation
from pycrane._transports.table import parse_location, parse_path, parse_place


@dataclass
class Shelf(pycrane.Location):
    """A transport of its own: layouts in the directories of a shelf."""

    place: Path
    label: str
    opened: list[str] = field(default_factory=list)

    @property
    def text(self) -> str:
        return f"shelf:{self.label}"

    def open(self, registry: pycrane.RegistryClient) -> pycrane.Source:
        self.opened.append(self.label)
        return pycrane.open_path(self.place / self.label)

    def sink(self, registry: pycrane.RegistryClient) -> pycrane.Sink:
        return pycrane.parse_location(f"oci:{self.place / self.label}").sink(registry)


def test_a_transport_of_its_own_is_copied_to_and_from(tmp_path, pycrane_registry):
    image = pycrane.random_image(1)
    shelf = Shelf(tmp_path, "one")
    with pycrane.Client() as client:
        written = client.copy(image, shelf)
        assert (str(written.digest), written.name) == (str(image.digest), f"shelf:one@{image.digest}")
        pushed = client.copy(shelf, f"{pycrane_registry.address}/shelf:1")
        assert pushed.digest == image.digest
        assert client.digest(shelf) == client.open(shelf).digest
        assert client.validate(shelf) == []
        edit = pycrane.ConfigEdit(labels={"a": "b"})
        changed = client.mutate(shelf, Shelf(tmp_path, "two"), edit)
        assert client.only(Shelf(tmp_path, "two")).digest == changed.digest
    assert set(shelf.opened) == {"one"}


@pytest.mark.parametrize(
    ("text", "location"),
    [
        ("oci:dir", LayoutLocation(Path("dir"), None, "oci:", exact=True)),
        ("oci:dir:v1", LayoutLocation(Path("dir"), "v1", "oci:", exact=True)),
        ("docker-archive:a.tar:app:v1", DockerArchiveLocation(Path("a.tar"), "app:v1")),
        ("docker-archive:-", DockerArchiveLocation(None)),
        ("oci-archive:a.tar:@1", OciArchiveLocation(Path("a.tar"), "@1")),
        ("docker-daemon:app:v1", DaemonLocation("app:v1")),
        (
            "docker://oci:5000/app",
            RegistryLocation(pycrane.parse_reference("oci:5000/app:latest"), tag_too=True),
        ),
        ("docker:5000/app", RegistryLocation(pycrane.parse_reference("docker:5000/app:latest"))),
        ("app:v1", RegistryLocation(pycrane.parse_reference("app:v1"))),
    ],
)
def test_a_text_means_one_location(text, location):
    assert parse_location(text) == location


@pytest.mark.parametrize(
    "text", ["oci:", "docker-archive:", "docker-daemon:A", "docker://", "oci-archive::v1"]
)
def test_a_text_without_a_place_is_refused(text):
    with pytest.raises(pycrane.InvalidReferenceError):
        parse_location(text)


def test_a_bare_path_keeps_its_meaning(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    Path("app").mkdir()
    Path("a:b").mkdir()
    assert parse_path("-") == PathLocation(None)
    assert parse_path("a:b") == PathLocation(Path("a:b"))
    assert parse_path("app:v1") == PathLocation(Path("app"), "v1")
    assert parse_path("none:v1") == PathLocation(Path("none:v1"))
    assert isinstance(parse_place("app:v1"), RegistryLocation)
    assert parse_place("./app") == PathLocation(Path("app"))


def test_one_image_of_a_layout_is_chosen_by_its_name(tmp_path, pycrane_registry):
    images = {name: pycrane.random_image(seed) for seed, name in enumerate(("base", "v1", "v2"))}
    with pycrane.Client() as client:
        for name, image in images.items():
            client.copy(image, parse_location(f"oci:{tmp_path}/layout:{name}"))
        for name, image in images.items():
            assert client.open(parse_location(f"oci:{tmp_path}/layout:{name}")).digest == image.digest
        chosen = client.push(parse_location(f"oci:{tmp_path}/layout:v2"), f"{pycrane_registry.address}/x:1")
        assert chosen.digest == images["v2"].digest
        all_of_one = client.push_all(
            parse_location(f"oci:{tmp_path}/layout:v1"), f"{pycrane_registry.address}/y"
        )
        assert [each.digest for each in all_of_one] == [images["v1"].digest]
        with pytest.raises(pycrane.ArchiveError, match="nothing"):
            client.open(parse_location(f"oci:{tmp_path}/layout:nothing"))
        with pytest.raises(pycrane.ArchiveError, match="3 images") as raised:
            client.push(tmp_path / "layout", f"{pycrane_registry.address}/x:1")
        assert "oci:DIR:NAME" in raised.value.hint


def test_what_a_location_cannot_hold_is_refused(tmp_path):
    with pycrane.Client() as client:
        index = pycrane.random_index(1)
        target = parse_location(f"docker-archive:{tmp_path}/a.tar:app:v1")
        with pytest.raises(
            pycrane.UnsupportedError,
            match=r"a.tar:app:v1 holds single images",
        ):
            client.copy(index, target)
        assert not (tmp_path / "a.tar").exists()
        written = client.copy(index, target, platforms="linux/arm64")
        assert written.name.startswith("index.docker.io/library/app@sha256:")
        assert client.image(target).config_file.platform.architecture == "arm64"
        whole = parse_location(f"oci-archive:{tmp_path}/b.tar:any name")
        client.copy(index, whole)
        assert client.open(whole).digest == index.digest
        with pytest.raises(pycrane.UnsupportedError, match="cannot keep names"):
            client.copy(index, parse_location(f"oci:{tmp_path}/c"), no_clobber=True)


def test_images_of_an_archive_are_pushed_for_the_platforms_alone(tmp_path, pycrane_registry):
    index = pycrane.random_index(1)
    with pycrane.Client() as client:
        client.copy(index, parse_location(f"oci:{tmp_path}/layout:v1"))
        pushed = client.push_all(
            tmp_path / "layout", f"{pycrane_registry.address}/p", platforms="linux/arm64"
        )
        assert [client.open(each).digest for each in pushed] == [client.image(index, "linux/arm64").digest]


def test_commands_copy_between_transports(pycrane, pycrane_registry, tmp_path):
    name = f"{pycrane_registry.address}/team/app:1"
    image = random_image(3)
    push(image, name)
    pycrane("cp", name, f"oci:{tmp_path}/layout:one")
    pycrane("cp", f"oci:{tmp_path}/layout:one", f"docker-archive:{tmp_path}/a.tar:team/app:1")
    pycrane("pull", name, f"oci:{tmp_path}/layout:two")
    done = pycrane("push", f"oci:{tmp_path}/layout:two", f"docker://{pycrane_registry.address}/team/back:1")
    assert done.stdout.strip() == f"{pycrane_registry.address}/team/back@{image.digest}".encode()
    assert pycrane("validate", "--remote", f"oci:{tmp_path}/layout:one").stdout.startswith(b"PASS")
    files = pycrane("export", f"oci:{tmp_path}/layout:one", f"{tmp_path}/files.tar")
    assert files.returncode == 0

"""An image that buildah made goes through every pair of transports, and is read by the programs of each."""

from __future__ import annotations

import hashlib
import os
import subprocess
import tempfile
from dataclasses import dataclass
from pathlib import Path

import pytest
from archive.engine import podman
from peers.programs import Program, locate
from transports.places import PLACES, Place, World

import pycrane
from pycrane._oci.media_types import is_oci
from pycrane._transports.table import parse_location

pytestmark = pytest.mark.peer
FORMATS = ("oci", "docker")


@pytest.fixture(scope="module")
def world(tmp_path_factory, docker_registry):
    # Podman bounds the length of its paths: the directories of tests are longer.
    with tempfile.TemporaryDirectory() as short, podman(Path(short)) as socket:
        yield World(tmp_path_factory.mktemp("matrix"), docker_registry.host, f"unix://{socket}")


@dataclass(frozen=True)
class Storage:
    """A storage of Podman and buildah, with the vfs driver, of the tests' own."""

    path: Path

    def run(self, program: str, *args: object) -> str:
        """Run podman or buildah on it; return what it prints."""
        storage = [f"--root={self.path}/root", f"--runroot={self.path}/run", "--storage-driver=vfs"]
        command = [locate(program), *storage, *map(str, args)]
        (self.path / "auth.json").write_text("{}")
        env = {**os.environ, "REGISTRY_AUTH_FILE": f"{self.path}/auth.json"}
        env.pop("DOCKER_CONFIG", None)
        done = subprocess.run(command, capture_output=True, check=False, text=True, env=env)
        assert done.returncode == 0, done.stderr
        return done.stdout.strip()


@pytest.fixture(scope="module")
def storage():
    with tempfile.TemporaryDirectory() as short:
        yield Storage(Path(short))


@pytest.fixture(scope="module")
def made(storage, world):
    """Layouts of what buildah made of two layers, one in each format, as views of an open client."""
    (world.path / "motd").write_text("hello\n")
    (world.path / "data").write_bytes(bytes(range(256)) * 2000)
    container = storage.run("buildah", "from", "scratch")
    storage.run("buildah", "add", container, world.path / "motd", "/etc/motd")
    base = storage.run("buildah", "commit", "--quiet", container, "base")
    above = storage.run("buildah", "from", base)
    storage.run("buildah", "add", above, world.path / "data", "/data")
    storage.run("buildah", "config", "--cmd", "/data", "--label", "a=b", above)
    views = {}
    with pycrane.Client() as client:
        for each in FORMATS:
            path = world.path / f"made-{each}"
            storage.run("buildah", "commit", "--quiet", f"--format={each}", above, f"dir:{path}")
            views[each] = client.open(parse_location(f"dir:{path}"))
        yield views


@pytest.fixture(scope="module")
def brought(made, world):
    """Copies of what was made in a place of each transport, each brought there when it is first wanted."""
    there: dict[tuple[str, str], str] = {}

    def bring(place: Place, kind: str) -> str:
        key = (place.transport, kind)
        if key not in there:
            there[key] = place.text(world, f"{place.transport}-{kind}")
            with pycrane.Client() as client:
                client.copy(made[kind], parse_location(there[key]))
        return there[key]

    return bring


@pytest.fixture
def engine(monkeypatch, world):
    monkeypatch.setenv("DOCKER_HOST", world.engine)


@pytest.mark.parametrize("kind", FORMATS)
@pytest.mark.parametrize("target", PLACES, ids=lambda place: place.transport)
@pytest.mark.parametrize("source", PLACES, ids=lambda place: place.transport)
def test_an_image_goes_from_each_to_each(engine, made, brought, world, skopeo, source, target, kind):
    image = made[kind]
    text = target.text(world, f"{source.transport}-to-{target.transport}-{kind}")
    with pycrane.Client() as client:
        client.copy(parse_location(brought(source, kind)), parse_location(text))
        there = client.image(parse_location(text))
        assert there.raw_config_file == image.raw_config_file
        assert [layer.diff_id for layer in there.layers] == [layer.diff_id for layer in image.layers]
        assert client.validate(parse_location(text)) == []
        if source.keeps and target.keeps:
            assert there.raw_manifest == image.raw_manifest
        if target.transport.startswith("oci") and not is_oci(there.media_type):
            # skopeo does not see Docker's media types in a layout.
            text = target.text(world, f"{source.transport}-as-{target.transport}-{kind}")
            client.copy(there, parse_location(text), format="oci")
    config = skopeo("inspect", "--config", "--raw", *target.options(world), text).stdout
    assert hashlib.sha256(config.encode()).hexdigest() == image.config_name.encoded


OWN = {
    "oci": lambda text: ("podman", "pull", text),
    "oci-archive": lambda text: ("podman", "load", "--input", text.split(":")[1]),
    "dir": lambda text: ("buildah", "pull", text),
    "docker-archive": lambda text: ("podman", "load", "--input", text.split(":")[1]),
    "docker": lambda text: ("podman", "pull", "--tls-verify=false", text),
}
"""Commands of other programs that read a place."""


@pytest.mark.parametrize(
    ("place", "kind"),
    [
        pytest.param(place, kind, id=f"{place.transport}-{kind}")
        for place in PLACES
        for kind in FORMATS
        # Podman finds no image of Docker's media types in a layout.
        if place.transport in OWN and (place.transport, kind) != ("oci", "docker")
    ],
)
def test_podman_and_buildah_take_the_image_over(engine, made, brought, world, place, kind):
    text = brought(place, kind)
    with tempfile.TemporaryDirectory() as short:
        storage = Storage(Path(short))
        storage.run(*OWN[place.transport](text))
        [found] = storage.run("podman", "images", "--quiet", "--no-trunc").splitlines()
    assert found == str(made[kind].config_name)


def test_umoci_unpacks_the_layout(made, brought, umoci: Program, tmp_path):
    [place] = [each for each in PLACES if each.transport == "oci"]
    path = brought(place, "oci").split(":")[1]
    with pycrane.Client() as client:  # umoci takes no name with a colon
        client.copy(made["oci"], parse_location(f"oci:{path}:for-umoci"))
    umoci("unpack", "--rootless", "--image", f"{path}:for-umoci", tmp_path / "bundle")
    assert (tmp_path / "bundle/rootfs/etc/motd").read_text() == "hello\n"
    assert (tmp_path / "bundle/rootfs/data").read_bytes() == bytes(range(256)) * 2000

"""`docker-daemon:`, images of a container engine by their names and IDs."""

from __future__ import annotations

import tempfile
from pathlib import Path

import pytest
from archive.engine import podman

import pycrane
from pycrane._transports.daemon import DaemonLocation
from pycrane._transports.table import parse_location

IMAGE = pycrane.random_image(1)


@pytest.fixture(scope="module")
def engine():
    # Podman bounds the length of its paths: the directories of tests are longer.
    with tempfile.TemporaryDirectory() as short, podman(Path(short)) as path:
        yield f"unix://{path}"


@pytest.mark.peer
def test_an_image_is_read_by_its_name_and_by_its_id(engine, monkeypatch):
    monkeypatch.setenv("DOCKER_HOST", engine)
    with pycrane.Client() as client:
        client.copy(IMAGE, parse_location("docker-daemon:example.com/app"))
        client.copy(pycrane.random_image(2), parse_location("docker-daemon:example.com/app:other"))
        for name in ("example.com/app", "example.com/app:latest", str(IMAGE.config_name)):
            back = client.image(parse_location(f"docker-daemon:{name}"))
            assert back.config_name == IMAGE.config_name
            assert [each.diff_id for each in back.layers] == [each.diff_id for each in IMAGE.layers]
        assert client.validate(parse_location("docker-daemon:example.com/app")) == []


@pytest.mark.peer
def test_an_engine_of_its_own_is_named_in_a_program(engine):
    with pycrane.Client() as client:
        client.copy(IMAGE, DaemonLocation("example.com/own:1", engine))
        assert client.image(DaemonLocation("example.com/own:1", engine)).config_name == IMAGE.config_name
        with pytest.raises(pycrane.NotFoundError, match=r"example.com/none:1"):
            client.image(DaemonLocation("example.com/none:1", engine))


@pytest.mark.parametrize("name", [str(IMAGE.config_name), f"app@{IMAGE.digest}"])
def test_nothing_is_written_to_an_id_or_digest(name):
    with (
        pycrane.Client() as client,
        pytest.raises(pycrane.UnsupportedError, match=f"{name} is the content of an image") as raised,
    ):
        client.copy(IMAGE, parse_location(f"docker-daemon:{name}"))
    assert raised.value.hint == "name the image, as in docker-daemon:app:v1"

"""Images come from a container engine and go there, as `docker save` and `docker load` move them."""

from __future__ import annotations

import io
import tarfile
import tempfile
from contextlib import contextmanager
from pathlib import Path

import pytest
from archive.engine import RecordedEngine, answer, podman
from peers.images import image, layer
from peers.media import write_docker_save, write_docker_save_25

from pycrane._archive.daemon import Daemon
from pycrane._errors import (
    ArchiveError,
    ConnectionFailedError,
    NotFoundError,
    PycraneError,
    TimedOutError,
    TransportError,
)
from pycrane._image.medium import Item
from pycrane._image.random import random_image
from pycrane._limits import Limits
from pycrane._transfer.engine import transfer

NAME = "example.com/team/app:v1"
PICTURE = image(layer({"etc/motd": b"hello\n"}), layer({"data": bytes(range(256)) * 500}))


@pytest.fixture(scope="module")
def real_socket():
    # Podman bounds the length of its paths: the directories of tests are longer.
    with tempfile.TemporaryDirectory() as short, podman(Path(short)) as path:
        yield path


@pytest.fixture
def folder():
    # The path of a socket is short: the folders of tests are not.
    with tempfile.TemporaryDirectory() as path:
        yield Path(path)


@contextmanager
def recorded(folder, handler):
    engine = RecordedEngine(folder / "docker.sock", handler)
    try:
        yield engine
    finally:
        engine.close()


def load(daemon, view, name=NAME):
    with daemon.sink() as sink:
        transfer([Item(view, name)], sink)


@pytest.mark.peer
def test_an_image_goes_to_a_real_engine_and_comes_back(real_socket):
    view = random_image(5)
    daemon = Daemon(real_socket)
    load(daemon, view)
    with daemon.open(NAME) as archive:
        back = archive.select(NAME)
        assert back.config_name == view.config_name
        assert [each.diff_id for each in back.layers] == [each.diff_id for each in view.layers]
        with back.layers[0].uncompressed() as mine, view.layers[0].uncompressed() as theirs:
            assert mine.read() == theirs.read()


@pytest.mark.peer
def test_several_images_come_from_a_real_engine_at_once(real_socket):
    daemon = Daemon(real_socket)
    names = ["example.com/one:1", "example.com/two:1"]
    views = [random_image(seed) for seed in (11, 12)]
    for name, view in zip(names, views, strict=True):
        load(daemon, view, name)
    with daemon.open(*names) as archive:
        assert [archive.select(name).config_name for name in names] == [view.config_name for view in views]


@pytest.mark.peer
def test_a_real_engine_says_that_it_has_no_such_image(real_socket):
    with pytest.raises(NotFoundError, match=r"example.com/none:1 .* does not have it"):
        Daemon(real_socket).open("example.com/none:1")


@pytest.mark.parametrize("write", [write_docker_save, write_docker_save_25], ids=["before 25", "since 25"])
def test_what_docker_saves_is_read(folder, write):
    saved = write(folder / "saved.tar", PICTURE, tags={PICTURE.digest: [NAME]}).read_bytes()
    with recorded(folder, lambda *_: answer("200 OK", saved, "application/x-tar")) as engine:
        with Daemon(engine.path).open(NAME) as archive:
            assert [entry.names for entry in archive.entries] == [(NAME,)]
            assert str(archive.select().config_name) == PICTURE.config.digest
        assert engine.requests == [("GET", f"/images/{NAME}/get", b"")]


def test_what_docker_loads_is_an_archive_with_the_image(folder):
    view = random_image(5)
    said = b'{"stream":"Loaded image: example.com/team/app:v1\\n"}\r\n'
    with recorded(folder, lambda *_: answer("200 OK", said)) as engine:
        load(Daemon(engine.path), view)
        [(method, target, body)] = engine.requests
    assert (method, target) == ("POST", "/images/load?quiet=1")
    with tarfile.open(fileobj=io.BytesIO(body)) as tar:
        assert str(view.config_name) in tar.getnames()


def test_after_an_error_nothing_is_loaded(folder):
    view = random_image(5)

    def fails(sink):
        with sink:
            transfer([Item(view, NAME)], sink)
            raise KeyError

    with recorded(folder, lambda *_: answer("200 OK", b"")) as engine:
        with pytest.raises(KeyError):
            fails(Daemon(engine.path).sink())
        assert engine.requests == []


def test_an_error_that_comes_after_the_status_is_one(folder):
    said = b'{"status":"Loading"}\r\n{"errorDetail":{"message":"no space"},"error":"no space left"}\r\n'
    with (
        recorded(folder, lambda *_: answer("200 OK", said)) as engine,
        pytest.raises(PycraneError, match="loading images into the container engine: no space left"),
    ):
        load(Daemon(engine.path), random_image(5))


@pytest.mark.parametrize(
    ("given", "kind", "match"),
    [
        (answer("404 Not Found", b'{"message":"No such image: x"}'), NotFoundError, "No such image: x"),
        (answer("500 Internal Server Error", b'{"message":"a\\nb"}'), PycraneError, r"refuses \(500\): a b"),
        (answer("403 Forbidden", b"<html>"), PycraneError, "does not say why"),
        (answer("200 OK", b"no tar" * 500), ArchiveError, "reading x of the container engine"),
        (answer("200 OK", b""), ArchiveError, "holds no images"),
        (b"HTTP/1.1 200 OK\r\nContent-Length: 1000\r\n\r\nshort", ConnectionFailedError, "before the end"),
        (answer("200 OK", b"x" * 1000)[:-100], TransportError, "before the end"),
        (b"SSH-2.0-OpenSSH\r\n", TransportError, "invalid HTTP response"),
        (b"", ConnectionFailedError, "cannot be reached"),
    ],
)
def test_faults_of_an_engine_are_errors_of_pycrane(folder, given, kind, match):
    def entries(path):
        with Daemon(path).open("x") as archive:
            return archive.entries

    with recorded(folder, lambda *_: given) as engine, pytest.raises(kind, match=match):
        entries(engine.path)


def test_an_engine_that_is_silent_is_not_waited_for_long(folder):
    import threading

    release = threading.Event()

    def silent(*_):
        release.wait(30)
        return b""

    with recorded(folder, silent) as engine:
        with pytest.raises(TimedOutError):
            Daemon(engine.path, Limits(engine_timeout=0.2)).ping()
        release.set()


def test_a_missing_engine_gives_a_hint_where_to_look(folder):
    with pytest.raises(ConnectionFailedError, match="No such file") as caught:
        Daemon(folder / "none.sock").ping()
    assert "DOCKER_HOST" in caught.value.hint


def test_a_name_cannot_leave_its_place_in_the_address(folder):
    with recorded(folder, lambda *_: answer("404 Not Found", b"{}")) as engine:
        for name in ("a b?x=1#y", "a\r\nX: y"):
            with pytest.raises(NotFoundError):
                Daemon(engine.path).open(name)
        assert [target for _, target, _ in engine.requests] == [
            "/images/a%20b%3Fx%3D1%23y/get",
            "/images/a%0D%0AX%3A%20y/get".replace("%3A", ":"),
        ]


def test_nothing_is_left_behind(folder, monkeypatch):
    monkeypatch.setattr(tempfile, "tempdir", str(folder / "tmp"))
    (folder / "tmp").mkdir()
    with recorded(folder, lambda *_: answer("500 Internal Server Error", b"{}")) as engine:
        with pytest.raises(PycraneError):
            load(Daemon(engine.path), random_image(5))
        with pytest.raises(PycraneError):
            Daemon(engine.path).open("x")
    assert list((folder / "tmp").iterdir()) == []

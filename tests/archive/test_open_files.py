"""Files of archives are open as long as a view or stream needs them, and no longer than the client."""

from __future__ import annotations

import gc
import gzip
from pathlib import Path

import pytest
from archive.views import bring
from peers.images import image, layer
from peers.media import layout_files, write_archive, write_docker_save, write_layout

import pycrane
from pycrane._archive.docker_sink import DockerArchiveSink
from pycrane._archive.source import open_path
from pycrane._errors import PycraneError

pytestmark = pytest.mark.skipif(not Path("/proc/self/fd").is_dir(), reason="no list of open files here")


@pytest.fixture(params=["plain layers", "gzipped layers", "OCI archive", "gzipped archive", "layout"])
def archive(request, folder):
    one = image(layer({"a": b"1" * 5000}), layer({"b": b"2"}))
    path = folder / "x"
    if request.param == "layout":
        return write_layout(path, one)
    if request.param == "OCI archive":
        return write_archive(path, layout_files(one))
    if request.param == "gzipped layers":
        bring(DockerArchiveSink(path), (one, "app:1"))
        return path
    write_docker_save(path, one)
    if request.param == "gzipped archive":
        path.write_bytes(gzip.compress(path.read_bytes()))
    return path


@pytest.fixture
def client():
    with pycrane.Client() as client:
        yield client


@pytest.fixture
def still():
    """The number of open files, when garbage in circles stays where it is."""
    gc.collect()
    gc.disable()
    yield lambda: len(list(Path("/proc/self/fd").iterdir()))
    gc.enable()


def test_a_client_that_lives_long_keeps_no_file_of_an_archive_it_was_asked_about(
    archive, client, still, folder
):
    verbs = (
        client.digest,
        client.config,
        client.manifest,
        client.validate,
        lambda path: client.image(path).layers[0].uncompressed().read(),
        lambda path: client.export(path, folder / "out.tar"),
    )
    client.digest(archive)
    before = still()
    for verb in verbs:
        for _ in range(3):
            verb(archive)
        assert still() == before, verb


def test_a_view_is_read_when_only_a_part_of_it_is_left(archive, client, still):
    before = still()
    content = client.image(archive).layers[0]
    stream = content.compressed()
    size = content.size
    del content
    gc.collect()
    assert len(stream.read()) == size
    stream.close()
    del stream
    assert still() == before


def test_nothing_is_read_after_the_client_is_closed(archive):
    client = pycrane.Client()
    view = client.image(archive)
    client.close()
    if archive.is_file():
        with pytest.raises(PycraneError, match="is closed"):
            view.layers[0].compressed().read()


def test_a_stream_never_reads_the_file_that_has_got_the_number_of_its_own(folder):
    path = write_archive(folder / "x", layout_files(image(layer(b"1" * 50_000, compression=""))))
    source = open_path(path)
    with source.select().layers[0].compressed() as stream:
        stream.read(10)
        source.close()
        with (
            (folder / "x").open("rb"),
            pytest.raises(PycraneError, match="was closed while it was being read"),
        ):
            stream.read(10)


def test_an_archive_that_is_not_closed_is_let_go(archive, still):
    before = still()
    source = open_path(archive)
    assert source.select().digest
    assert source.entries
    del source
    assert still() == before


def test_an_archive_that_cannot_be_read_is_closed_at_once(folder, client, still):
    (folder / "x").write_bytes(gzip.compress(b"text" * 1000))
    before = still()
    for _ in range(3):
        with pytest.raises(PycraneError):
            client.digest(folder / "x")
    assert still() == before

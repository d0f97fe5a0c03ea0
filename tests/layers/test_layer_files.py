"""Layers come from files, pipes and standard input, with the digests that a manifest and a config need."""

from __future__ import annotations

import gzip
import hashlib
import io
import os
import sys
import tempfile
import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from peers import images
from peers.images import zstd

from pycrane._errors import LayerError, LimitExceededError, NotFoundError, PycraneError, UnsupportedError
from pycrane._io.stream import CHUNK
from pycrane._io.verified import VerifiedStream
from pycrane._layers.compression.decompress import open_decompressed
from pycrane._layers.compression.kinds import Compression
from pycrane._layers.local import LayerFile, LayerFiles
from pycrane._limits import Limits
from pycrane._oci.descriptor import Descriptor
from pycrane._oci.digest import Digest

TAR = images.tar({"a": "content\n", "folder/": None, "folder/b": bytes(2 * CHUNK) + os.urandom(5000)})
GZIPPED = gzip.compress(TAR, 9, mtime=1234)
ZSTANDARD = zstd.compress(TAR)
DIFF_ID = Digest.of(TAR)


@pytest.fixture
def files() -> Iterator[LayerFiles]:
    with LayerFiles() as opened:
        yield opened


@pytest.fixture
def write(tmp_path: Path):
    def written(content: bytes, name: str = "layer.tar") -> Path:
        path = tmp_path / name
        path.write_bytes(content)
        return path

    return written


def content(layer: LayerFile) -> bytes:
    """What a registry would be sent, verified."""
    with VerifiedStream(layer.open_blob(layer.descriptor), layer.descriptor) as stream:
        return stream.read()


def test_a_plain_tarball_is_gzipped(files: LayerFiles, write) -> None:
    layer = files.read(write(TAR))
    assert layer.descriptor.media_type == "application/vnd.oci.image.layer.v1.tar+gzip"
    assert layer.diff_id == DIFF_ID
    assert gzip.decompress(content(layer)) == TAR


@pytest.mark.parametrize(("stored", "kind"), [(GZIPPED, "gzip"), (ZSTANDARD, "zstd")])
def test_a_compressed_tarball_keeps_its_bytes(files: LayerFiles, write, stored: bytes, kind: str) -> None:
    layer = files.read(write(stored))
    assert layer.descriptor.media_type == f"application/vnd.oci.image.layer.v1.tar+{kind}"
    assert (layer.descriptor.digest, layer.descriptor.size) == (Digest.of(stored), len(stored))
    assert layer.diff_id == DIFF_ID
    assert content(layer) == stored


def test_a_layer_is_the_same_from_a_file_and_from_a_pipe(files: LayerFiles, write, tmp_path: Path) -> None:
    for stored in (TAR, GZIPPED, ZSTANDARD):
        pipe = tmp_path / hashlib.sha256(stored).hexdigest()
        os.mkfifo(pipe)
        writer = threading.Thread(target=pipe.write_bytes, args=[stored])
        writer.start()
        from_pipe = files.read(pipe)
        writer.join()
        from_file = files.read(write(stored))
        assert from_pipe.descriptor == from_file.descriptor
        assert from_pipe.diff_id == from_file.diff_id == DIFF_ID
        assert content(from_pipe) == content(from_file)


@pytest.mark.parametrize("stored", [TAR, GZIPPED, ZSTANDARD])
def test_a_layer_is_read_from_standard_input(
    files: LayerFiles, monkeypatch: pytest.MonkeyPatch, stored: bytes
) -> None:
    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(stored)))
    layer = files.read(None)
    assert layer.diff_id == DIFF_ID
    assert stored in (TAR, content(layer))
    assert not sys.stdin.buffer.closed


def test_an_empty_tarball_is_a_layer(files: LayerFiles, write) -> None:
    for empty in (b"", bytes(1024), bytes(10240)):
        assert files.read(write(empty)).diff_id == Digest.of(empty)


@pytest.mark.parametrize(
    ("stored", "wanted"),
    [
        (TAR, Compression.ZSTD),
        (GZIPPED, Compression.ZSTD),
        (ZSTANDARD, Compression.GZIP),
        (GZIPPED, Compression.NONE),
    ],
)
def test_layers_are_compressed_as_wished(write, stored: bytes, wanted: Compression) -> None:
    with LayerFiles(wanted) as files:
        layer = files.read(write(stored))
        assert layer.descriptor.media_type == wanted.media_type(oci=True)
        assert layer.diff_id == DIFF_ID
        with open_decompressed(layer.open_blob(layer.descriptor)) as stream:
            assert stream.compression is wanted
            assert stream.read() == TAR


def test_what_is_compressed_as_wished_already_keeps_its_bytes(write) -> None:
    for stored, compression in (
        (GZIPPED, Compression.GZIP),
        (ZSTANDARD, Compression.ZSTD),
        (TAR, Compression.NONE),
    ):
        with LayerFiles(compression) as files:
            assert content(files.read(write(stored))) == stored


def test_a_level_makes_layers_be_compressed_anew(write) -> None:
    with LayerFiles(Compression.GZIP, 1) as files:
        layer = files.read(write(GZIPPED))
        assert content(layer) != GZIPPED
        assert gzip.decompress(content(layer)) == TAR


def test_a_level_alone_leaves_what_is_compressed_as_it_is(write) -> None:
    with LayerFiles(level=9) as files:
        assert content(files.read(write(ZSTANDARD))) == ZSTANDARD
        assert content(files.read(write(TAR)))[8] == 2


def test_a_level_that_there_is_not_is_refused_at_once() -> None:
    for compression in (None, Compression.GZIP, Compression.NONE):
        with pytest.raises(UnsupportedError, match="has no level 40"):
            LayerFiles(compression, 40)


def test_several_layers_are_read_at_once(files: LayerFiles, write) -> None:
    paths = [write(images.tar({f"f{n}": os.urandom(CHUNK)}), f"{n}.tar") for n in range(6)]
    with ThreadPoolExecutor(3) as pool:
        layers = list(pool.map(files.read, paths))
    assert [layer.diff_id for layer in layers] == [Digest.of(path.read_bytes()) for path in paths]
    assert all(len(content(layer)) == layer.descriptor.size for layer in layers)


def test_two_streams_of_one_layer_do_not_disturb_each_other(files: LayerFiles, write) -> None:
    layer = files.read(write(TAR))
    one, other = layer.open_blob(layer.descriptor), layer.open_blob(layer.descriptor)
    assert one.read(1000) == other.read(1000)
    assert one.read() == other.read()


def test_a_layer_stays_readable_after_its_file_is_gone(files: LayerFiles, write) -> None:
    path = write(GZIPPED)
    layer = files.read(path)
    path.unlink()
    assert content(layer) == GZIPPED


def test_a_file_that_changes_afterwards_does_not_pass_for_the_layer(files: LayerFiles, write) -> None:
    path = write(GZIPPED)
    layer = files.read(path)
    path.write_bytes(GZIPPED[:-1] + b"x")
    with pytest.raises(PycraneError, match="hashes to"):
        content(layer)


def test_nothing_is_left_in_the_folder_of_temporary_files(write, tmp_path: Path) -> None:
    folder = tmp_path / "temporary"
    folder.mkdir()
    with LayerFiles(folder=folder) as files:
        files.read(write(TAR))
        assert list(folder.iterdir()) == []


def test_only_the_layer_itself_is_its_content(files: LayerFiles, write) -> None:
    layer = files.read(write(TAR))
    other = Descriptor("", Digest.of(b"other"), 5)
    with pytest.raises(NotFoundError):
        layer.open_blob(other)
    with pytest.raises(NotFoundError):
        layer.read_manifest(layer.descriptor)
    assert layer.origin(layer.descriptor) is None


@pytest.mark.parametrize(
    "stored", [b"hello\n", b"x" * 512, b"{}" * 400, gzip.compress(b"hello", mtime=0), TAR[1:]]
)
def test_what_is_no_tarball_is_refused(files: LayerFiles, write, stored: bytes) -> None:
    with pytest.raises(LayerError, match=r"reading layer .*layer\.tar: it is not a tarball") as refused:
        files.read(write(stored))
    assert "tar -c" in (refused.value.hint or "")


def test_a_tarball_of_an_old_program_with_signed_sums_is_one(files: LayerFiles, write) -> None:
    header = bytearray(images.tar({"x": ""})[:512])
    header[0] = 0xE9
    unsigned = sum(header[:148]) + 8 * 32 + sum(header[156:])
    header[148:156] = b"%06o\0 " % (unsigned - 256)
    tar = bytes(header) + bytes(1024)
    assert files.read(write(tar)).diff_id == Digest.of(tar)


@pytest.mark.parametrize("stored", [GZIPPED[:-20], GZIPPED + b"junk", ZSTANDARD[:-20]])
def test_broken_compression_is_refused_and_the_file_named(files: LayerFiles, write, stored: bytes) -> None:
    with pytest.raises(LayerError, match=r"reading layer .*layer\.tar: layer (is truncated|has other bytes)"):
        files.read(write(stored))


def test_a_bomb_is_refused(write) -> None:
    with (
        LayerFiles(limits=Limits(expansion=2, expansion_free=1000)) as files,
        pytest.raises(LimitExceededError, match="expands"),
    ):
        files.read(write(gzip.compress(images.tar({"zeros": bytes(CHUNK)}))))


def test_a_file_that_is_not_there_is_named(files: LayerFiles, tmp_path: Path) -> None:
    with pytest.raises(LayerError, match=r"reading layer .*none\.tar: could not open it: No such file"):
        files.read(tmp_path / "none.tar")


def test_a_folder_is_refused_with_advice(files: LayerFiles, tmp_path: Path) -> None:
    with pytest.raises(LayerError, match="Is a directory") as refused:
        files.read(tmp_path)
    assert "tar -c" in (refused.value.hint or "")


def test_a_full_disk_is_an_error_that_says_what_could_not_be_written(
    files: LayerFiles, write, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = write(TAR)
    with open("/dev/full", "wb", buffering=0) as full:
        monkeypatch.setattr(tempfile, "TemporaryFile", lambda **_: full)
        with pytest.raises(PycraneError, match=r"could not write a temporary copy.*No space") as refused:
            files.read(path)
    assert "TMPDIR" in (refused.value.hint or "")


def test_a_missing_temporary_folder_is_an_error(write, tmp_path: Path) -> None:
    with LayerFiles(folder=tmp_path / "none") as files, pytest.raises(PycraneError, match="could not write"):
        files.read(write(TAR))


@pytest.mark.parametrize("stored", [b"hello\n", GZIPPED[:-20], GZIPPED + b"junk"])
def test_a_failure_leaves_no_file_open(files: LayerFiles, write, stored: bytes) -> None:
    path = write(stored)
    before = open_files()
    with pytest.raises(LayerError):
        files.read(path)
    assert open_files() == before


def test_closing_leaves_no_file_open(write) -> None:
    before = open_files()
    with LayerFiles() as files:
        files.read(write(TAR))
        files.read(write(GZIPPED))
        assert open_files() > before
    assert open_files() == before


def open_files() -> int:
    return len(list(Path("/proc/self/fd").iterdir()))

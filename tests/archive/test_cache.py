"""A cache saves downloads and is verified: broken files in it are fetched again."""

from __future__ import annotations

import stat
import threading
from collections import Counter
from pathlib import Path

import pytest
from archive.views import golden
from peers.images import every_blob

from pycrane._archive.cache import CachedContent
from pycrane._errors import DigestMismatchError, NotFoundError, PycraneError
from pycrane._image.content import MemoryContent
from pycrane._io.stream import ByteStream
from pycrane._oci.descriptor import Descriptor
from pycrane._oci.digest import Digest

BLOBS = {Digest.parse(digest): blob.data for digest, blob in every_blob(golden()).items()}
LAYER = Digest.parse(golden().layers[0].digest)


class Remote(MemoryContent):
    """Content that counts how often blobs are opened."""

    def __init__(self, held: dict[Digest, bytes]) -> None:
        super().__init__(held)
        self.asked: Counter[Digest] = Counter()

    def open_blob(self, descriptor: Descriptor) -> ByteStream:
        self.asked[descriptor.digest] += 1
        return super().open_blob(descriptor)


@pytest.fixture
def remote() -> Remote:
    return Remote(BLOBS)


def descriptor(digest: Digest = LAYER) -> Descriptor:
    return Descriptor("", digest, len(BLOBS[digest]))


def read(content: CachedContent, digest: Digest = LAYER) -> bytes:
    stream = content.open_blob(descriptor(digest))
    try:
        return b"".join(iter(lambda: stream.read(7), b""))
    finally:
        stream.close()


def files(folder: Path) -> set[str]:
    return {path.name for path in folder.iterdir()}


def test_a_blob_is_fetched_once(folder, remote):
    content = CachedContent(remote, folder / "cache")
    assert [read(content), read(content)] == [BLOBS[LAYER]] * 2
    assert remote.asked == {LAYER: 1}


def test_files_are_named_by_digest_and_readable_by_their_owner_alone(folder, remote):
    read(CachedContent(remote, folder / "cache"))
    assert files(folder / "cache") == {str(LAYER)}
    assert stat.S_IMODE((folder / "cache").stat().st_mode) == 0o700
    assert stat.S_IMODE((folder / "cache" / str(LAYER)).stat().st_mode) == 0o600


@pytest.mark.parametrize(
    "broken", [b"", b"x", b"x" * len(BLOBS[LAYER]), BLOBS[LAYER] + b"x", BLOBS[LAYER][:-1]]
)
def test_a_file_that_is_not_what_it_is_called_is_replaced(folder, remote, broken):
    (folder / str(LAYER)).write_bytes(broken)
    content = CachedContent(remote, folder)
    assert read(content) == BLOBS[LAYER]
    assert (folder / str(LAYER)).read_bytes() == BLOBS[LAYER]
    assert remote.asked == {LAYER: 1}


def test_what_is_read_in_part_is_not_kept(folder, remote):
    stream = CachedContent(remote, folder).open_blob(descriptor())
    stream.read(3)
    stream.close()
    assert files(folder) == set()


def test_what_does_not_verify_is_not_kept(folder):
    content = CachedContent(Remote({LAYER: b"x" * len(BLOBS[LAYER])}), folder)
    with pytest.raises(DigestMismatchError):
        read(content)
    assert files(folder) == set()


def test_what_is_not_there_leaves_nothing(folder):
    with pytest.raises(NotFoundError):
        read(CachedContent(Remote({}), folder))
    assert files(folder) == set()


def test_an_empty_blob_is_kept(folder):
    empty = Digest.of(b"")
    content = CachedContent(Remote({empty: b""}), folder)
    stream = content.open_blob(Descriptor("", empty, 0))
    assert stream.read() == b""
    stream.close()
    assert files(folder) == {str(empty)}


def test_a_directory_that_cannot_be_written_is_not_an_error(folder, remote):
    (folder / "cache").write_bytes(b"a file, not a folder")
    assert read(CachedContent(remote, folder / "cache")) == BLOBS[LAYER]


def test_a_name_that_is_taken_by_a_directory_is_not_an_error(folder, remote):
    (folder / str(LAYER)).mkdir()
    assert read(CachedContent(remote, folder)) == BLOBS[LAYER]
    assert files(folder) == {str(LAYER)}


def test_several_threads_may_share_it(folder, remote):
    content = CachedContent(remote, folder)
    errors = []

    def work() -> None:
        try:
            assert all(read(content, digest) == data for digest, data in BLOBS.items())
        except (AssertionError, PycraneError) as error:
            errors.append(error)

    threads = [threading.Thread(target=work) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert errors == []
    assert files(folder) == {str(digest) for digest in BLOBS}

"""Blobs kept in a folder between pulls, in files called by their digest as crane's layer cache has them."""

from __future__ import annotations

from contextlib import suppress
from pathlib import Path

from pycrane._errors import PycraneError
from pycrane._image.content import Content
from pycrane._io.files import open_verified, write_all
from pycrane._io.stream import ByteStream
from pycrane._io.verified import VerifiedStream
from pycrane._io.whole_file import WholeFile
from pycrane._oci.descriptor import Descriptor
from pycrane._reference import Repository

_FOLDER_MODE = 0o700
_FILE_MODE = 0o600


class CachedContent:
    """Content whose blobs are looked for in a folder first, and left there once they were read whole.

    A file there is verified before any of it is given out; one that is not what its name says is replaced.
    A folder that cannot be written is no error: then nothing is kept. Several programs may share it.
    Whoever made it closes it: a stream whose reader was interrupted in a read is not closed by anybody.
    """

    def __init__(self, content: Content, folder: Path) -> None:
        self._content = content
        self._folder = folder
        self._unfinished: set[WholeFile] = set()

    def close(self) -> None:
        """Leave nothing of blobs that were not read whole."""
        for file in tuple(self._unfinished):
            with suppress(OSError):
                file.discard()

    def origin(self, descriptor: Descriptor) -> Repository | None:
        """Where the blob could be mounted from, kept here or not."""
        return self._content.origin(descriptor)

    def read_manifest(self, descriptor: Descriptor) -> bytes:
        """The manifest; manifests are not kept. Raises what the content raises."""
        return self._content.read_manifest(descriptor)

    def open_blob(self, descriptor: Descriptor) -> ByteStream:
        """The blob out of the folder, else from the content. Raises what the content raises."""
        if not descriptor.digest.verifiable:
            return self._content.open_blob(descriptor)
        path = self._folder / str(descriptor.digest)
        kept = _kept(path, descriptor)
        if kept is not None:
            return kept
        return _Keeping(self._content.open_blob(descriptor), descriptor, path, self._unfinished)


def _kept(path: Path, descriptor: Descriptor) -> ByteStream | None:
    """The file, if it is what the descriptor says."""
    try:
        return open_verified(path, descriptor, str(path))
    except PycraneError:
        return None


class _Keeping:
    """A stream whose bytes go into a file as well, which is there once all were read and are right.

    Until then the file is one of `unfinished`.
    """

    def __init__(
        self, stream: ByteStream, descriptor: Descriptor, path: Path, unfinished: set[WholeFile]
    ) -> None:
        self._stream = VerifiedStream(stream, descriptor)
        self._left = descriptor.size
        self._unfinished = unfinished
        self._file: WholeFile | None = None
        with suppress(OSError, PycraneError):
            path.parent.mkdir(_FOLDER_MODE, parents=True, exist_ok=True)
            self._file = WholeFile(path, _FILE_MODE).__enter__()
            unfinished.add(self._file)
            self._out = self._file.writer()

    def read(self, size: int = -1, /) -> bytes:
        data = self._stream.read(size)
        self._left -= len(data)
        if self._file is not None:
            self._keep(self._file, data)
        return data

    def _keep(self, file: WholeFile, data: bytes) -> None:
        try:
            write_all(self._out, data)
            if not self._left:
                # The stream verified itself when it gave its last bytes.
                self._file = None
                self._out.close()
                file.finish()
                self._unfinished.discard(file)
        except (OSError, PycraneError):
            self._forget(file)

    def _forget(self, file: WholeFile) -> None:
        self._file = None
        with suppress(OSError):
            self._out.close()
        with suppress(OSError):
            file.discard()
        self._unfinished.discard(file)

    def close(self) -> None:
        if self._file is not None:
            self._forget(self._file)
        self._stream.close()

"""Cache of blobs between pulls: a directory of files named by digest, as crane's layer cache is."""

from __future__ import annotations

from contextlib import suppress
from pathlib import Path

from pycrane._errors import PycraneError
from pycrane._image.content import Content, limits_of
from pycrane._io.files import open_verified, write_all
from pycrane._io.stream import ByteStream
from pycrane._io.verified import VerifiedStream
from pycrane._io.whole_file import WholeFile
from pycrane._oci.descriptor import Descriptor
from pycrane._reference import Repository

_DIRECTORY_MODE = 0o700
_FILE_MODE = 0o600


class CachedContent:
    """Content that takes blobs from a directory first, and stores them there once they were read whole.

    A file there is verified before any of it is read; one that does not match its name is replaced. If the
    directory cannot be written, nothing is cached, and that is not an error. Several programs may share it.
    The caller closes it: a stream whose reader was interrupted is not closed otherwise.
    """

    def __init__(self, content: Content, directory: Path) -> None:
        self._content = content
        self.limits = limits_of(content)
        self._directory = directory
        self._unfinished: set[WholeFile] = set()

    def close(self) -> None:
        """Remove the files of blobs that were not read whole."""
        for file in tuple(self._unfinished):
            with suppress(OSError):
                file.discard()

    def origin(self, descriptor: Descriptor) -> Repository | None:
        """The repository that the blob can be mounted from, cached or not."""
        return self._content.origin(descriptor)

    def read_manifest(self, descriptor: Descriptor) -> bytes:
        """The manifest; manifests are not cached. Raises what the content raises."""
        return self._content.read_manifest(descriptor)

    def open_blob(self, descriptor: Descriptor) -> ByteStream:
        """The blob from the directory, else from the content. Raises what the content raises."""
        if not descriptor.digest.verifiable:
            return self._content.open_blob(descriptor)
        path = self._directory / str(descriptor.digest)
        cached = _cached(path, descriptor)
        if cached is not None:
            return cached
        return _CachingStream(self._content.open_blob(descriptor), descriptor, path, self._unfinished)


def _cached(path: Path, descriptor: Descriptor) -> ByteStream | None:
    """The cached file, if it matches the descriptor."""
    try:
        return open_verified(path, descriptor, str(path))
    except PycraneError:
        return None


class _CachingStream:
    """A stream that also writes its bytes to a file, which appears once all were read and verified.

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
            path.parent.mkdir(_DIRECTORY_MODE, parents=True, exist_ok=True)
            self._file = WholeFile(path, _FILE_MODE).__enter__()
            unfinished.add(self._file)
            self._out = self._file.writer()

    def read(self, size: int = -1, /) -> bytes:
        data = self._stream.read(size)
        self._left -= len(data)
        if self._file is not None:
            self._store(self._file, data)
        return data

    def _store(self, file: WholeFile, data: bytes) -> None:
        try:
            write_all(self._out, data)
            if not self._left:
                # The stream verified itself when it gave its last bytes.
                self._file = None
                self._out.close()
                file.finish()
                self._unfinished.discard(file)
        except (OSError, PycraneError):
            self._discard(file)

    def _discard(self, file: WholeFile) -> None:
        self._file = None
        with suppress(OSError):
            self._out.close()
        with suppress(OSError):
            file.discard()
        self._unfinished.discard(file)

    def close(self) -> None:
        if self._file is not None:
            self._discard(self._file)
        self._stream.close()

"""Files and directories that a sink makes, to be taken away again after an error."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import closing, contextmanager, suppress
from pathlib import Path

from pycrane._errors import PycraneError
from pycrane._image.content import Content
from pycrane._image.medium import Blob
from pycrane._io.files import copy, writing
from pycrane._io.stream import drain
from pycrane._io.verified import VerifiedStream
from pycrane._io.whole_file import WholeFile, write_whole
from pycrane._oci.descriptor import Descriptor
from pycrane._oci.digest import Digest


class NewFiles:
    """Writes files that appear whole, and remembers those that were not there. Safe for several threads."""

    def __init__(self) -> None:
        self._made: list[Path] = []
        self._arriving: set[WholeFile] = set()

    def make_directory(self, path: Path) -> None:
        """Make a directory and those above it. Raises PycraneError if it cannot be made."""
        with writing(str(path)):
            if path.is_dir():
                return
            if path.parent != path:
                self.make_directory(path.parent)
            with self._new(path):
                try:
                    path.mkdir(exist_ok=True)
                except FileExistsError as error:
                    raise PycraneError(
                        f"could not write {path}: it is a file, expected a directory"
                    ) from error

    def write(self, path: Path, data: bytes, mode: int, *, durable: bool = False) -> None:
        """Write a small file. Raises PycraneError if it cannot be written."""
        with self._new(path):
            write_whole(path, data, mode, durable=durable)

    def write_blob(self, path: Path, blob: Blob, mode: int) -> None:
        """Write a blob. Raises PycraneError if it cannot be written, or as reading it does."""
        with self._new(path), WholeFile(path, mode) as file:
            self._arriving.add(file)
            with closing(blob.open()) as stream, file.writer() as out:
                copy(stream, out, file.name)
        self._arriving.discard(file)

    @contextmanager
    def _new(self, path: Path) -> Iterator[None]:
        there = os.path.lexists(path)
        yield
        if not there:
            self._made.append(path)

    def undo(self) -> None:
        """Take away all that was not there before."""
        # After an interrupt, a thread may still wait for bytes of a blob.
        for file in tuple(self._arriving):
            file.discard()
        # Threads may have noted files in a directory before the directory.
        for path in sorted(self._made, key=lambda path: len(path.parts), reverse=True):
            with suppress(OSError):
                path.rmdir() if path.is_dir() else path.unlink()


class KnownBlobs:
    """Blobs of a content that are there and are what they should be. Each is read once at most."""

    def __init__(self, content: Content) -> None:
        self._content = content
        self._verified: set[Digest] = set()

    def has(self, descriptor: Descriptor) -> bool:
        """Whether a blob is there and is what its descriptor says."""
        if descriptor.digest not in self._verified:
            try:
                with closing(VerifiedStream(self._content.open_blob(descriptor), descriptor)) as stream:
                    drain(stream)
            except PycraneError:
                return False
            self._verified.add(descriptor.digest)
        return True

    def add(self, digest: Digest) -> None:
        """Take note of a blob that was written just now."""
        self._verified.add(digest)

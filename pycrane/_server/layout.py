"""One repository on disk: an OCI image layout (OCI image spec, image-layout.md), edited atomically."""

from __future__ import annotations

import errno
import os
import stat
from collections.abc import Callable
from contextlib import AbstractContextManager, closing
from dataclasses import dataclass
from pathlib import Path

from pycrane._errors import ArchiveError, LimitExceededError, MalformedError
from pycrane._io.files import copy
from pycrane._io.lock import locked
from pycrane._io.whole_file import TEMPORARY, WholeFile, link_whole, write_whole
from pycrane._limits import DEFAULT_LIMITS, Limits
from pycrane._oci import go_json
from pycrane._oci.digest import Digest
from pycrane._server.contents import Contents
from pycrane._server.folders import has_digest
from pycrane._server.layout_index import EMPTY, Index, read_contents, render
from pycrane._server.store import Blob, FullError

_MARK = "oci-layout"
_INDEX = "index.json"
_VERSION = b'{"imageLayoutVersion":"1.0.0"}'
_UNCOUNTED = Limits(json_values=2**40)  # our own file, of bounded size
_NO_LINKS = (errno.EMLINK, errno.EPERM, errno.EXDEV, errno.ENOTSUP, errno.ENOSYS)

Stamp = tuple[int, int, int]
"""Stamp of index.json, which changes whenever the file does."""


@dataclass(frozen=True, slots=True)
class Edition:
    """An index.json as it was read, its contents, and the stamp of the file; None if there was no file."""

    index: Index
    contents: Contents
    stamp: Stamp | None


class Layout:
    """A layout in a directory. Readers need no lock; its writers take turns, also across processes."""

    def __init__(self, folder: Path, limits: Limits = DEFAULT_LIMITS) -> None:
        self.folder = folder
        self._limits = limits

    def exists(self) -> bool:
        """Whether the directory is a layout."""
        return self.folder.joinpath(_MARK).is_file()

    def create(self) -> None:
        """Make the directory an empty layout, if it is not a layout yet."""
        if self.exists():
            return
        self.folder.joinpath("blobs", "sha256").mkdir(parents=True, exist_ok=True)
        with self.locked():
            if not self.folder.joinpath(_INDEX).exists():
                self._replace(_INDEX, go_json.dumps(EMPTY))
            self._replace(_MARK, _VERSION)

    def stamp(self) -> Stamp | None:
        """The stamp of index.json now."""
        try:
            status = self.folder.joinpath(_INDEX).stat()
        except (FileNotFoundError, NotADirectoryError):
            return None
        return status.st_ino, status.st_size, status.st_mtime_ns

    def read(self) -> Edition:
        """Read index.json and the manifests below it.

        Raises:
            ArchiveError: the file is not an index.

        """
        stamp = self.stamp()
        index = self._read_index() if stamp else EMPTY
        return Edition(index, read_contents(index, self._manifest_bytes, self._limits), stamp)

    def edit(self, before: Edition, change: Callable[[Contents], Contents]) -> Edition:
        """Write index.json with the change made. `before` is what was read last, under the lock.

        Blobs that the layout holds are on the disk before the index that names them is.

        Raises:
            FullError: the index would be too large to be read again.

        """
        contents = change(before.contents)
        index = render(before.index, before.contents, contents, self._limits.index_depth)
        if index != before.index:
            for blobs in self.folder.glob("blobs/*/"):
                _sync_folder(blobs)
            raw = go_json.dumps(index)
            if len(raw) > self._limits.archive_json:
                raise FullError(f"its index would be larger than {self._limits.archive_json} bytes")
            self._replace(_INDEX, raw)
        return Edition(index, contents, self.stamp())

    def locked(self) -> AbstractContextManager[None]:
        """The lock under which one thread of one process at a time edits this layout."""
        return locked(self.folder, required=True)

    def path(self, digest: Digest) -> Path:
        """The path of a blob, there or not."""
        return self.folder / "blobs" / digest.algorithm / digest.encoded

    def open(self, digest: Digest) -> Blob | None:
        """Open a blob. Only regular files count: a link in a layout could lead anywhere."""
        flags = os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC
        try:
            file = os.fdopen(os.open(self.path(digest), flags), "rb", buffering=0)
        except OSError as error:
            if error.errno in (errno.ENOENT, errno.ENOTDIR, errno.ELOOP, errno.ENXIO, errno.EISDIR):
                return None
            raise
        status = os.fstat(file.fileno())
        if not stat.S_ISREG(status.st_mode):
            file.close()
            return None
        return Blob(file, status.st_size)

    def link(self, source: Path, digest: Digest) -> None:
        """Put a verified file in as a blob, without copying it if the file system can do so."""
        target = self.path(digest)
        target.parent.mkdir(parents=True, exist_ok=True)
        is_file = target.exists() and not target.is_symlink()
        if is_file and (target.samefile(source) or has_digest(target, digest)):
            return
        try:
            link_whole(source, target)
        except OSError as error:
            if error.errno not in _NO_LINKS:
                raise
            _copy(source, target)

    def write(self, data: bytes, digest: Digest) -> None:
        """Put verified bytes in as a blob."""
        target = self.path(digest)
        target.parent.mkdir(parents=True, exist_ok=True)
        write_whole(target, data, durable=True)

    def remove(self, digest: Digest) -> bool:
        """Remove a blob's file; False if there was none."""
        try:
            self.path(digest).unlink()
        except (FileNotFoundError, NotADirectoryError):
            return False
        return True

    def leftovers(self) -> list[Path]:
        """Temporary files: of writers under way, and of those that were killed."""
        return [path for below in ("", "blobs/*/") for path in self.folder.glob(f"{below}{TEMPORARY}*")]

    def _read_index(self) -> Index:
        data = self._bounded(self.folder / _INDEX)
        try:
            if data is None:
                raise LimitExceededError("it is too large")
            return go_json.load_object(data, "index.json", _UNCOUNTED)
        except (MalformedError, LimitExceededError) as error:
            raise ArchiveError(f"{self.folder / _INDEX} cannot be read: {error}") from error

    def _manifest_bytes(self, digest: Digest) -> bytes | None:
        blob = self.open(digest)
        if blob is None:
            return None
        with closing(blob.file):
            return blob.file.read(blob.size) if blob.size <= self._limits.manifest_size else None

    def _bounded(self, path: Path) -> bytes | None:
        with path.open("rb") as file:
            data = file.read(self._limits.archive_json + 1)
        return data if len(data) <= self._limits.archive_json else None

    def _replace(self, name: str, data: bytes) -> None:
        write_whole(self.folder / name, data, durable=True)
        _sync_folder(self.folder)


def _copy(source: Path, target: Path) -> None:
    with source.open("rb") as file, WholeFile(target, durable=True) as whole, whole.writer() as out:
        copy(file, out, str(target))


def _sync_folder(folder: Path) -> None:
    descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)

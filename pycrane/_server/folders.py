"""Directories of a disk store: a layout for each repository, and one of its own.

    DIR/team/app/{oci-layout,index.json,blobs/}     the repository team/app, for any tool that reads layouts
    DIR/.pycrane/blobs/                             one more hard link to each blob, to find it by its digest
    DIR/.pycrane/uploads/ID/                        uploads of one process, which holds the lock of ID/lock
    DIR/.pycrane/serving                            locked by every process that serves the directory

A name part that a layout needs for itself gets an underscore, which no repository's name can end with.
"""

from __future__ import annotations

import fcntl
import hashlib
import os
import shutil
import uuid
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

from pycrane._io.whole_file import link_whole
from pycrane._oci.digest import Digest
from pycrane._server.refusals import Refusal
from pycrane._server.routes import check_repository

_LOCK = "lock"
_RESERVED = ("blobs", "index.json", "oci-layout")


def layout_folder(root: Path, repository: str) -> Path:
    """The directory of a repository's layout."""
    return root.joinpath(*(f"{part}_" if part in _RESERVED else part for part in repository.split("/")))


def find_layouts(root: Path) -> Iterator[tuple[str, Path]]:
    """Every layout at the place of a repository, with the repository's name."""
    for folder, below, files in os.walk(root):
        path = Path(folder)
        if "oci-layout" in files:
            below[:] = [name for name in below if name != "blobs"]
            parts = path.relative_to(root).parts
            with suppress(Refusal):
                yield check_repository("/".join(_unescaped(part) for part in parts)), path
        below[:] = [name for name in below if not name.startswith(".")]


def serving_file(root: Path) -> Path:
    """The file that is locked while the directory is served."""
    return _private(root) / "serving"


def uploads_folder(root: Path) -> Path:
    """The directory of uploads."""
    return _private(root) / "uploads"


def remove_orphans(root: Path) -> int:
    """Remove the uploads of processes that have ended. Return the bytes freed."""
    freed = 0
    for left in uploads_folder(root).glob("*"):
        # A plain file is an upload of pycrane 0.1, which locked each by itself.
        with suppress(OSError), (left / _LOCK if left.is_dir() else left).open("rb") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
            if left.is_dir():
                freed += sum(path.stat().st_size for path in left.iterdir())
                shutil.rmtree(left)
            else:
                freed += left.stat().st_size
                left.unlink()
    return freed


class Uploads:
    """The directory for the uploads of this process, locked as long as the process serves."""

    def __init__(self, root: Path) -> None:
        self.folder = uploads_folder(root) / uuid.uuid4().hex
        self.folder.mkdir(parents=True)
        self._lock = self.folder.joinpath(_LOCK).open("xb")
        fcntl.flock(self._lock, fcntl.LOCK_SH)

    def close(self) -> None:
        """Remove the directory."""
        shutil.rmtree(self.folder, ignore_errors=True)
        self._lock.close()


class Pool:
    """One more hard link to each blob that was uploaded, under its digest: equal blobs are one file.

    It is a cache: a missing link costs disk space and nothing else.
    """

    def __init__(self, root: Path) -> None:
        self._folder = _private(root) / "blobs"

    def create(self) -> None:
        """Make the directory, if it is not there."""
        self._folder.mkdir(parents=True, exist_ok=True)

    def path(self, digest: Digest) -> Path:
        """The path of a blob in the pool."""
        return self._folder / digest.algorithm / digest.encoded

    def add(self, path: Path, digest: Digest) -> bool:
        """Link a verified file in, where the file system can do so and the blob is not there yet.

        Returns whether the blob was there and is damaged; the verified file has then taken its place.
        """
        target = self.path(digest)
        target.parent.mkdir(exist_ok=True)
        try:
            target.hardlink_to(path)
        except FileExistsError:
            if has_digest(target, digest):
                return False
            with suppress(OSError):
                link_whole(path, target)
            return True
        except OSError:
            return False
        return False

    def forget_unshared(self, digest: Digest) -> int:
        """Remove a blob that no layout has any more. Return the bytes freed."""
        return _unlink_unshared(self.path(digest))

    def sweep(self) -> int:
        """Remove every blob that no layout has. Return the bytes freed."""
        return sum(_unlink_unshared(path) for path in self._folder.glob("*/*"))


def has_digest(path: Path, digest: Digest) -> bool:
    """Whether a file has the content that a digest names. False if it cannot be read."""
    try:
        with path.open("rb") as file:
            found = hashlib.file_digest(file, lambda: digest.hasher())
    except OSError:
        return False
    return found.hexdigest() == digest.encoded


def _private(root: Path) -> Path:
    return root / ".pycrane"


def _unlink_unshared(path: Path) -> int:
    with suppress(FileNotFoundError):
        status = path.stat()
        if status.st_nlink == 1:
            path.unlink()
            return status.st_size
    return 0


def _unescaped(part: str) -> str:
    return part.removesuffix("_") if part.removesuffix("_") in _RESERVED else part

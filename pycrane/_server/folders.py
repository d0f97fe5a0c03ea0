"""Where a disk store keeps what: a layout for each repository, and a folder of its own.

    DIR/team/app/{oci-layout,index.json,blobs/}     the repository team/app, for any tool that reads layouts
    DIR/.pycrane/blobs/                             one more hard link to each blob, to find it by its digest
    DIR/.pycrane/uploads/                           what is being uploaded
    DIR/.pycrane/serving                            locked by every process that serves the folder

A name part that a layout needs for itself gets an underscore, which no repository's name can end with.
"""

from __future__ import annotations

import fcntl
import os
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

from pycrane._oci.digest import Digest
from pycrane._server.refusals import Refusal
from pycrane._server.routes import check_repository

_RESERVED = ("blobs", "index.json", "oci-layout")


def layout_folder(root: Path, repository: str) -> Path:
    """The folder of a repository's layout."""
    return root.joinpath(*(f"{part}_" if part in _RESERVED else part for part in repository.split("/")))


def find_layouts(root: Path) -> Iterator[tuple[str, Path]]:
    """Every layout that is where a repository can be, with the repository's name."""
    for folder, below, files in os.walk(root):
        path = Path(folder)
        if "oci-layout" in files:
            below[:] = [name for name in below if name != "blobs"]
            parts = path.relative_to(root).parts
            with suppress(Refusal):
                yield check_repository("/".join(_unescaped(part) for part in parts)), path
        below[:] = [name for name in below if not name.startswith(".")]


def serving_file(root: Path) -> Path:
    """The file that is locked while the folder is served."""
    return _private(root) / "serving"


def uploads_folder(root: Path) -> Path:
    """Where uploads gather."""
    return _private(root) / "uploads"


def remove_orphans(root: Path) -> int:
    """Remove the uploads of processes that are gone; how many bytes they had.

    A living process holds a lock on each of its files.
    """
    freed = 0
    for path in uploads_folder(root).iterdir():
        with suppress(OSError), path.open("rb") as file:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
            freed += os.fstat(file.fileno()).st_size
            path.unlink()
    return freed


class Pool:
    """One more hard link to each blob that was uploaded, under its digest: equal blobs are one file.

    It is a help and not an authority: without a link here a blob is only not found for sharing.
    """

    def __init__(self, root: Path) -> None:
        self._folder = _private(root) / "blobs"

    def create(self) -> None:
        """Make the folder, if it is not there."""
        self._folder.mkdir(parents=True, exist_ok=True)

    def path(self, digest: Digest) -> Path:
        """Where a blob is, if it is in the pool."""
        return self._folder / digest.algorithm / digest.encoded

    def add(self, path: Path, digest: Digest) -> None:
        """Link a verified file in, where the file system can do so and the blob is not there yet."""
        target = self.path(digest)
        target.parent.mkdir(exist_ok=True)
        with suppress(OSError):
            target.hardlink_to(path)

    def forget_unshared(self, digest: Digest) -> int:
        """Remove a blob that no layout has any more; how many bytes that frees."""
        return _unlink_unshared(self.path(digest))

    def sweep(self) -> int:
        """Remove every blob that no layout has; how many bytes that frees."""
        return sum(_unlink_unshared(path) for path in self._folder.glob("*/*"))


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

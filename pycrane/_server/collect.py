"""Garbage collection in a registry's directory, also while a registry serves it."""

from __future__ import annotations

import fcntl
import stat
import time
from collections.abc import Iterator
from contextlib import ExitStack, suppress
from dataclasses import dataclass
from pathlib import Path

from pycrane._errors import ArchiveError, InvalidReferenceError
from pycrane._events import Listener, Reading, ignore
from pycrane._limits import DEFAULT_LIMITS, Limits
from pycrane._oci.digest import Digest
from pycrane._server.folders import Pool, find_layouts, remove_orphans, serving_file
from pycrane._server.layout import Layout
from pycrane._server.layout_index import listed_digests

_GRACE = 3600.0
"""Age in seconds from which a blob of a served directory is removed: its manifest may still be pushed."""


@dataclass(frozen=True, slots=True)
class Collected:
    """Result of a collection: removed blobs by repository and digest, and bytes freed.

    `skipped` are the repositories that were left alone, with the reason.
    """

    blobs: tuple[tuple[str, Digest], ...]
    freed: int
    skipped: tuple[tuple[str, str], ...]


def collect_garbage(root: Path, limits: Limits = DEFAULT_LIMITS, listener: Listener = ignore) -> Collected:
    """Remove the blobs that no manifest of their repository names, and abandoned uploads.

    Manifests stay, with a tag or without. A repository with a manifest that cannot be read is left alone.
    `listener` hears which repository is read.

    Raises:
        ArchiveError: not the directory of a registry.
        PycraneError: a layout cannot be locked.
        OSError: the directory cannot be read or written.

    """
    if not serving_file(root).exists():
        raise ArchiveError(f"{root} is not the directory of a registry")
    removed: list[tuple[str, Digest]] = []
    skipped: list[tuple[str, str]] = []
    freed = 0
    with ExitStack() as stack:
        newest = time.time() - (0 if _alone(root, stack) else _GRACE)
        for repository, folder in find_layouts(root):
            layout = Layout(folder, limits)
            listener(Reading(repository, 0, None))
            try:
                with layout.locked():
                    for digest in _garbage(layout, newest):
                        freed += _remove(layout.path(digest))
                        removed.append((repository, digest))
                    freed += sum(_remove(path) for path in layout.leftovers() if _older(path, newest))
            except ArchiveError as error:
                skipped.append((repository, error.message))
            listener(Reading(repository, 0, None, done=True))
        freed += Pool(root).sweep() + remove_orphans(root)
    return Collected(tuple(removed), freed, tuple(skipped))


def _alone(root: Path, stack: ExitStack) -> bool:
    """Whether no process serves the directory, or will until the stack is closed."""
    file = stack.enter_context(serving_file(root).open("rb"))
    try:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True


def _garbage(layout: Layout, newest: float) -> Iterator[Digest]:
    """The blobs that no manifest names and that are older than `newest`."""
    live = _live(layout)
    for path in layout.folder.glob("blobs/*/*"):
        with suppress(InvalidReferenceError, FileNotFoundError):
            digest = Digest.parse(f"{path.parent.name}:{path.name}")
            if digest not in live and _older(path, newest):
                yield digest


def _live(layout: Layout) -> set[Digest]:
    """Every digest that the index or a manifest names.

    Raises:
        ArchiveError: a manifest cannot be read, so the blobs it names are not known.

    """
    edition = layout.read()
    manifests = edition.contents.manifests
    named = listed_digests(edition.index)
    named.update(child.digest for manifest in manifests.values() for child in manifest.children)
    for digest in named - manifests.keys():
        if layout.path(digest).exists():
            raise ArchiveError(f"manifest {digest} cannot be read")
    return named.union(manifests, *(manifest.blobs for manifest in manifests.values()))


def _older(path: Path, newest: float) -> bool:
    """Whether a regular file was made, or got a further hard link, before `newest`."""
    status = path.lstat()
    return stat.S_ISREG(status.st_mode) and status.st_ctime < newest


def _remove(path: Path) -> int:
    """Remove a file. Return the bytes freed: none while the file has other names."""
    status = path.stat()
    path.unlink()
    return status.st_size if status.st_nlink == 1 else 0

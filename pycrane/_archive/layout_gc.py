"""Garbage in a layout: blobs that nothing in its index leads to (image-layout.md)."""

from __future__ import annotations

import stat
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

from pycrane._archive.layout import blob_path, open_layout
from pycrane._errors import InvalidReferenceError, LimitExceededError, PycraneError
from pycrane._image.view import Index, View, is_manifest, named_by
from pycrane._io.files import writing
from pycrane._io.lock import locked
from pycrane._limits import DEFAULT_LIMITS, Limits
from pycrane._oci.descriptor import Descriptor
from pycrane._oci.digest import Digest


def collect_garbage(path: Path, *, dry_run: bool = False, limits: Limits = DEFAULT_LIMITS) -> list[Digest]:
    """Delete the blobs that nothing leads to, and return their digests; with `dry_run` only return them.

    Manifests that an index names and the layout does not have, as of other platforms, are not an error. Files
    whose names are not digests stay, and so does everything that is not a regular file.

    Raises:
        PycraneError: a manifest that the index leads to cannot be read, so it is not known what it needs;
            nothing was deleted. Or a blob cannot be deleted.
    """
    open_layout(path, limits)  # raises before the lock is taken if the path is not a layout
    with locked(path):
        layout = open_layout(path, limits)
        kept = set(_reachable(path, layout.index, limits))
        garbage = [digest for digest in _blobs(path) if digest not in kept]
        for digest in () if dry_run else garbage:
            file = path / blob_path(digest)
            with writing(str(file)):
                file.unlink()
    return garbage


def delete_unlisted(path: Path, before: Index, after: Index, limits: Limits = DEFAULT_LIMITS) -> None:
    """Delete the blobs that one index of a layout leads to and the one that took its place does not.

    The caller holds the lock of the layout. Blobs that neither leads to stay: another writer may be about to
    list them. Where a manifest cannot be read, everything stays.
    """
    listed = {entry.digest for entry in after.index_manifest.manifests}
    if all(entry.digest in listed for entry in before.index_manifest.manifests):
        return
    with suppress(PycraneError):
        kept = set(_reachable(path, after, limits))
        for digest in set(_reachable(path, before, limits)) - kept:
            (path / blob_path(digest)).unlink(missing_ok=True)


def _reachable(path: Path, index: Index, limits: Limits) -> Iterator[Digest]:
    """The digests of everything below an index, each level of indexes after the one above."""
    level: list[View] = [index]
    seen: set[Digest] = set()
    for _ in range(limits.index_depth):
        deeper: list[View] = []
        for view in level:
            for descriptor in named_by(view):
                yield descriptor.digest
                if isinstance(view, Index) and is_manifest(descriptor) and descriptor.digest not in seen:
                    deeper += _opened(path, view, descriptor)
                seen.add(descriptor.digest)
        if not deeper:
            return
        level = deeper
    raise LimitExceededError(f"the indexes of layout {path} are nested too deeply")


def _opened(path: Path, index: Index, descriptor: Descriptor) -> list[View]:
    """The image or index that an entry names, if the layout has it."""
    there = (path / blob_path(descriptor.digest)).exists()
    return [index.child(descriptor)] if there else []


def _blobs(path: Path) -> Iterator[Digest]:
    """The digests that files are named after, sorted."""
    for file in sorted((path / "blobs").glob("*/*")):
        try:
            digest = Digest.parse(f"{file.parent.name}:{file.name}")
        except InvalidReferenceError:
            continue
        if stat.S_ISREG(file.lstat().st_mode):
            yield digest

"""A store on disk: each repository an ordinary OCI image layout, equal blobs one file (see `folders.py`)."""

from __future__ import annotations

import fcntl
import threading
from collections import OrderedDict
from collections.abc import Callable, Iterable, Sequence
from contextlib import suppress
from pathlib import Path

from pycrane._limits import DEFAULT_LIMITS, Limits
from pycrane._oci.digest import Digest
from pycrane._server.contents import Contents, StoredManifest
from pycrane._server.folders import (
    Pool,
    Uploads,
    find_layouts,
    layout_folder,
    remove_orphans,
    serving_file,
)
from pycrane._server.layout import Edition, Layout
from pycrane._server.sessions import Sessions, UploadSession
from pycrane._server.spool import Spool
from pycrane._server.store import Blob, ContentsReader
from pycrane._server.verified_files import VerifiedFiles

_REMEMBERED = 1024
"""Layouts whose contents are kept in memory."""


class DiskStore(ContentsReader):
    """A `pycrane._server.store.Store` in a directory, which is made if it is not there.

    Several processes may use one directory. Raises OSError if the directory cannot be used.
    """

    def __init__(self, folder: Path, limits: Limits = DEFAULT_LIMITS) -> None:
        self._folder = folder
        self._limits = limits
        self._pool = Pool(folder)
        self._pool.create()
        self._serving = serving_file(folder).open("wb")
        fcntl.flock(self._serving, fcntl.LOCK_SH)
        remove_orphans(folder)
        self._uploads = Uploads(folder)
        self._sessions = Sessions(limits)
        self._verified = VerifiedFiles()
        self._editions: OrderedDict[str, Edition] = OrderedDict()
        self._lock = threading.Lock()

    def repositories(self) -> Sequence[str]:
        """See `Store.repositories`."""
        return sorted(name for name, _ in find_layouts(self._folder))

    def contents(self, repository: str) -> Contents | None:
        """See `ContentsReader.contents`."""
        layout = self._layout(repository)
        return self._edition(repository, layout).contents if layout.exists() else None

    def blob(self, repository: str, digest: Digest) -> Blob | None:
        """See `Store.blob`."""
        return self._layout(repository).open(digest)

    def remove_blob(self, repository: str, digest: Digest) -> bool:
        """See `Store.remove_blob`."""
        contents = self.contents(repository)
        if contents is None or digest in contents.manifests:
            return False
        return self._remove(self._layout(repository), digest)

    def mount(self, repository: str, digest: Digest, source: str | None) -> bool:
        """See `Store.mount`. A file is verified before its first mount, so that no damage spreads."""
        path = self._pool.path(digest) if source is None else self._layout(source).path(digest)
        if not path.is_file() or path.is_symlink() or not self._verified.verify(path, digest):
            return False
        layout = self._layout(repository)
        layout.create()
        try:
            layout.link(path, digest)
        except FileNotFoundError:  # It was removed just now.
            return False
        return True

    def begin_upload(self, repository: str) -> UploadSession:
        """See `Store.begin_upload`."""
        return self._sessions.begin(
            repository,
            lambda name: Spool(self._uploads.folder / name, 0),
            lambda spool, digest: self._keep(repository, spool, digest),
        )

    def upload(self, repository: str, session: str) -> UploadSession | None:
        """See `Store.upload`."""
        return self._sessions.find(repository, session)

    def add_manifest(
        self, repository: str, manifest: StoredManifest, data: bytes, tags: Iterable[str]
    ) -> None:
        """See `Store.add_manifest`."""
        layout = self._layout(repository)
        layout.create()
        with layout.locked():
            layout.write(data, manifest.digest)
            self._change(repository, layout, lambda contents: contents.with_manifest(manifest, tags))

    def remove_manifest(self, repository: str, digest: Digest) -> bool:
        """See `Store.remove_manifest`."""
        layout = self._layout(repository)
        if not layout.exists():
            return False
        with layout.locked():
            changed = self._change(repository, layout, lambda contents: contents.without_manifest(digest))
            return changed and self._remove(layout, digest)

    def remove_tag(self, repository: str, tag: str) -> bool:
        """See `Store.remove_tag`."""
        layout = self._layout(repository)
        if not layout.exists():
            return False
        with layout.locked():
            return self._change(repository, layout, lambda contents: contents.without_tag(tag))

    def close(self) -> None:
        """See `Store.close`."""
        self._sessions.close()
        self._uploads.close()
        self._serving.close()

    def _layout(self, repository: str) -> Layout:
        return Layout(layout_folder(self._folder, repository), self._limits)

    def _edition(self, repository: str, layout: Layout) -> Edition:
        """Return the current index.json; it is read again only if it is another file than last time."""
        known = self._editions.get(repository)
        if known and known.stamp == layout.stamp():
            return known
        return self._remember(repository, layout.read())

    def _remember(self, repository: str, edition: Edition) -> Edition:
        with self._lock:
            self._editions[repository] = edition
            self._editions.move_to_end(repository)
            if len(self._editions) > _REMEMBERED:
                self._editions.popitem(last=False)
        return edition

    def _change(self, repository: str, layout: Layout, change: Callable[[Contents], Contents]) -> bool:
        """Change the contents on disk, under the layout's lock; False if `change` leaves them as they are."""
        before = self._edition(repository, layout)
        after = self._remember(repository, layout.edit(before, change))
        return after.contents is not before.contents

    def _keep(self, repository: str, spool: Spool, digest: Digest) -> None:
        path = spool.settle(sync=True)
        layout = self._layout(repository)
        layout.create()
        damaged = self._pool.add(path, digest)
        try:
            layout.link(self._pool.path(digest), digest)
        except FileNotFoundError:
            layout.link(path, digest)
        self._verified.add(layout.path(digest), digest)
        if damaged:
            self._heal(digest)

    def _heal(self, digest: Digest) -> None:
        """Put the good file of a blob in the place of the damaged one, in every repository that has it."""
        for _, folder in find_layouts(self._folder):
            layout = Layout(folder, self._limits)
            if layout.path(digest).is_file():
                with suppress(FileNotFoundError):
                    layout.link(self._pool.path(digest), digest)

    def _remove(self, layout: Layout, digest: Digest) -> bool:
        gone = layout.remove(digest)
        self._pool.forget_unshared(digest)
        return gone

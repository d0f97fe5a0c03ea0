"""A store that lives as long as its process: small things in memory, large blobs in a temporary directory."""

from __future__ import annotations

import tempfile
import threading
from collections.abc import Callable, Iterable, Sequence
from io import BytesIO
from pathlib import Path

from pycrane._limits import DEFAULT_LIMITS, KIB, Limits
from pycrane._oci.digest import Digest
from pycrane._server.contents import Contents, StoredManifest
from pycrane._server.sessions import Sessions, UploadSession
from pycrane._server.spool import Spool
from pycrane._server.store import Blob, ContentsReader

_IN_MEMORY = 64 * KIB
"""Blobs up to this size stay in memory."""


class MemoryStore(ContentsReader):
    """A `pycrane._server.store.Store`. A blob is stored once for all repositories that have it."""

    def __init__(self, limits: Limits = DEFAULT_LIMITS) -> None:
        self._folder = tempfile.TemporaryDirectory(prefix="pycrane-registry-", ignore_cleanup_errors=True)
        self._blobs: dict[Digest, bytes | Path] = {}
        self._held: dict[str, set[Digest]] = {}
        self._contents: dict[str, Contents] = {}
        self._sessions = Sessions(limits)
        self._lock = threading.Lock()

    def repositories(self) -> Sequence[str]:
        """See `Store.repositories`."""
        with self._lock:
            return sorted(self._contents)

    def contents(self, repository: str) -> Contents | None:
        """See `ContentsReader.contents`."""
        return self._contents.get(repository)

    def blob(self, repository: str, digest: Digest) -> Blob | None:
        """See `Store.blob`."""
        with self._lock:
            if digest not in self._held.get(repository, ()):
                return None
            kept = self._blobs[digest]
            if isinstance(kept, bytes):
                return Blob(BytesIO(kept), len(kept))
            file = kept.open("rb")
            return Blob(file, kept.stat().st_size)

    def remove_blob(self, repository: str, digest: Digest) -> bool:
        """See `Store.remove_blob`."""
        with self._lock:
            contents = self._contents.get(repository)
            if contents is None or digest in contents.manifests:
                return False
            return self._drop(repository, digest)

    def mount(self, repository: str, digest: Digest, source: str | None) -> bool:
        """See `Store.mount`."""
        with self._lock:
            if digest not in (self._blobs if source is None else self._held.get(source, ())):
                return False
            self._hold(repository, digest)
            return True

    def begin_upload(self, repository: str) -> UploadSession:
        """See `Store.begin_upload`."""
        return self._sessions.begin(
            repository,
            lambda name: Spool(Path(self._folder.name, name), _IN_MEMORY),
            lambda spool, digest: self._keep(repository, spool, digest),
        )

    def upload(self, repository: str, session: str) -> UploadSession | None:
        """See `Store.upload`."""
        return self._sessions.find(repository, session)

    def add_manifest(
        self, repository: str, manifest: StoredManifest, data: bytes, tags: Iterable[str]
    ) -> None:
        """See `Store.add_manifest`."""
        with self._lock:
            self._blobs.setdefault(manifest.digest, data)
            self._hold(repository, manifest.digest)
            self._change(repository, lambda contents: contents.with_manifest(manifest, tags))

    def remove_manifest(self, repository: str, digest: Digest) -> bool:
        """See `Store.remove_manifest`."""
        with self._lock:
            changed = self._change(repository, lambda contents: contents.without_manifest(digest))
            return changed and self._drop(repository, digest)

    def remove_tag(self, repository: str, tag: str) -> bool:
        """See `Store.remove_tag`."""
        with self._lock:
            return self._change(repository, lambda contents: contents.without_tag(tag))

    def close(self) -> None:
        """See `Store.close`."""
        self._sessions.close()
        self._folder.cleanup()

    def _change(self, repository: str, change: Callable[[Contents], Contents]) -> bool:
        """Change the contents, under the lock; False if `change` leaves them as they are."""
        before = self._contents.get(repository)
        if before is None:
            return False
        self._contents[repository] = change(before)
        return self._contents[repository] is not before

    def _keep(self, repository: str, spool: Spool, digest: Digest) -> None:
        with self._lock:
            if digest not in self._blobs:
                data = spool.memory()
                self._blobs[digest] = data if data is not None else self._file(spool, digest)
            self._hold(repository, digest)

    def _file(self, spool: Spool, digest: Digest) -> Path:
        path = Path(self._folder.name, f"{digest.algorithm}-{digest.encoded}")
        return spool.settle(sync=False).rename(path)

    def _hold(self, repository: str, digest: Digest) -> None:
        self._held.setdefault(repository, set()).add(digest)
        self._contents.setdefault(repository, Contents())

    def _drop(self, repository: str, digest: Digest) -> bool:
        held = self._held.get(repository, set())
        if digest not in held:
            return False
        held.remove(digest)
        if not any(digest in others for others in self._held.values()):
            kept = self._blobs.pop(digest)
            if isinstance(kept, Path):
                kept.unlink()
        return True

"""A pull-through cache: a store that fetches missing content from another registry and stores it."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from contextlib import closing

from pycrane._errors import DeniedError, PycraneError, RateLimitedError, UnauthorizedError
from pycrane._oci.digest import Digest
from pycrane._server.contents import StoredManifest, read_manifest
from pycrane._server.pull_through import Arrivals
from pycrane._server.refusals import Code, Refusal
from pycrane._server.store import Blob, JSONObject, Store, Upload
from pycrane._server.upstream import Upstream


class ProxyStore:
    """A `pycrane._server.store.Store` over another, which it fills from upstream.

    A tag is looked up upstream by HEAD each time, which rate limits do not count; if upstream fails, the
    stored manifest is returned. Content with a digest is fetched once. Writes go to the inner store.
    """

    def __init__(self, inner: Store, upstream: Upstream) -> None:
        self._inner = inner
        self._upstream = upstream
        self._arrivals = Arrivals(inner)

    def repositories(self) -> Sequence[str]:
        """The names of the repositories in the inner store."""
        return self._inner.repositories()

    def tags(self, repository: str) -> Sequence[str] | None:
        """The tags upstream, or the stored ones if upstream has none or fails."""
        kept = self._inner.tags(repository)
        try:
            return self._upstream.tags(repository) or kept
        except PycraneError as error:
            if kept is None:
                raise _refusal(error) from error
            return kept

    def manifest(self, repository: str, reference: Digest | str) -> StoredManifest | None:
        """See `Store.manifest`."""
        kept = self._inner.manifest(repository, reference)
        if kept and not isinstance(reference, str):
            return kept
        try:
            return self._fetched(repository, reference) or kept
        except PycraneError as error:
            if kept is None:
                raise _refusal(error) from error
            return kept

    def referrers(self, repository: str, subject: Digest) -> Sequence[JSONObject]:
        """The referrers upstream. Without a referrers API there, 404 makes clients use the fallback tag."""
        try:
            found = self._upstream.referrers(repository, subject)
        except PycraneError as error:
            raise _refusal(error) from error
        if found is None:
            raise Refusal(Code.UNSUPPORTED, "upstream does not list referrers", status=404)
        return found

    def blob(self, repository: str, digest: Digest) -> Blob | None:
        """See `Store.blob`. A missing blob is fetched from upstream while it is read."""
        try:
            return self._inner.blob(repository, digest) or self._arrivals.blob(
                repository, digest, lambda: self._upstream.open_blob(repository, digest)
            )
        except PycraneError as error:
            raise _refusal(error) from error

    def remove_blob(self, repository: str, digest: Digest) -> bool:
        """See `Store.remove_blob`."""
        return self._inner.remove_blob(repository, digest)

    def mount(self, repository: str, digest: Digest, source: str | None) -> bool:
        """See `Store.mount`."""
        return self._inner.mount(repository, digest, source)

    def begin_upload(self, repository: str) -> Upload:
        """See `Store.begin_upload`."""
        return self._inner.begin_upload(repository)

    def upload(self, repository: str, session: str) -> Upload | None:
        """See `Store.upload`."""
        return self._inner.upload(repository, session)

    def add_manifest(
        self, repository: str, manifest: StoredManifest, data: bytes, tags: Iterable[str]
    ) -> None:
        """See `Store.add_manifest`."""
        self._inner.add_manifest(repository, manifest, data, tags)

    def remove_manifest(self, repository: str, digest: Digest) -> bool:
        """See `Store.remove_manifest`."""
        return self._inner.remove_manifest(repository, digest)

    def remove_tag(self, repository: str, tag: str) -> bool:
        """See `Store.remove_tag`."""
        return self._inner.remove_tag(repository, tag)

    def close(self) -> None:
        """See `Store.close`. The caller closes the upstream's client."""
        self._inner.close()

    def _fetched(self, repository: str, reference: Digest | str) -> StoredManifest | None:
        """The manifest that upstream has now, stored and tagged."""
        if not isinstance(reference, str):
            return self._fetch(repository, reference, ())
        digest = self._upstream.find(repository, reference)
        if digest is None:
            return None
        known = self._inner.manifest(repository, digest)
        blob = self._inner.blob(repository, digest) if known else None
        if known is None or blob is None:
            return self._fetch(repository, digest, (reference,))
        with closing(blob.file):
            self._inner.add_manifest(repository, known, blob.file.read(blob.size), (reference,))
        return known

    def _fetch(self, repository: str, digest: Digest, tags: tuple[str, ...]) -> StoredManifest | None:
        found = self._upstream.manifest(repository, digest)
        if found is None:
            return None
        data, descriptor = found
        manifest = read_manifest(data, descriptor.media_type, digest)
        self._inner.add_manifest(repository, manifest, data, tags)
        return manifest


def _refusal(error: PycraneError) -> Refusal:
    if isinstance(error, RateLimitedError):
        return Refusal(Code.TOOMANYREQUESTS, f"upstream: {error.message}")
    if isinstance(error, UnauthorizedError | DeniedError):
        return Refusal(Code.DENIED, f"upstream: {error.message}")
    return Refusal(Code.UNAVAILABLE, f"upstream: {error.message}", status=502)

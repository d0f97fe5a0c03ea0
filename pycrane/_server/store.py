"""Interface of stores to the registry's application. One is in memory, the other in OCI layouts."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Protocol

from pycrane._oci.digest import Digest
from pycrane._server.contents import Contents, StoredManifest
from pycrane._server.messages import Body, ByteFile

JSONObject = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Blob:
    """Stored content, opened. The caller closes `file`."""

    file: ByteFile
    size: int


class Upload(Protocol):
    """An upload session: bytes that become a blob. Its methods may be called from several threads."""

    @property
    def id(self) -> str:
        """Identifier of the session in its URL."""

    @property
    def size(self) -> int:
        """Bytes held."""

    def append(self, body: Body, start: int | None) -> None:
        """Append the body. Bytes that arrived before it broke stay.

        Raises:
            OutOfOrderError: `start` is given and is not the number of bytes held.
            BrokenBodyError: the body broke.
            BusyError, SessionOverError: another request has the session, or has ended it.

        """

    def finish(self, body: Body, start: int | None, digest: Digest) -> None:
        """Append the body, verify the digest of all bytes and store them as a blob; the session is then over.

        Raises:
            OutOfOrderError: as for `append`.
            WrongDigestError: the digest differs; the session is as it was before.
            BrokenBodyError: the body broke.
            BusyError, SessionOverError: as for `append`.

        """

    def cancel(self) -> None:
        """End the session and remove its bytes. Raises BusyError as `append` does."""


class FullError(Exception):
    """A repository that is full: its index would exceed the size that can be read."""


class OutOfOrderError(Exception):
    """A chunk that does not begin at the number of bytes held."""


class WrongDigestError(Exception):
    """Uploaded bytes with another digest than the request names."""


class TooManySessionsError(Exception):
    """As many upload sessions in use as a store may keep open."""


class BusyError(Exception):
    """A session that another request is using."""


class SessionOverError(Exception):
    """A session that was finished or cancelled while the request waited for it."""


class ContentsReader(ABC):
    """Part of a store that reads from the contents of its repositories."""

    @abstractmethod
    def contents(self, repository: str) -> Contents | None:
        """The manifests and tags of a repository as they are now; None if there is no such repository."""

    def tags(self, repository: str) -> Sequence[str] | None:
        """See `Store.tags`."""
        contents = self.contents(repository)
        return sorted(contents.tags) if contents else None

    def manifest(self, repository: str, reference: Digest | str) -> StoredManifest | None:
        """See `Store.manifest`."""
        contents = self.contents(repository)
        return contents.find(reference) if contents else None

    def referrers(self, repository: str, subject: Digest) -> Sequence[JSONObject]:
        """See `Store.referrers`."""
        contents = self.contents(repository) or Contents()
        return [manifest.referrer() for manifest in contents.referrers(subject)]


class Store(Protocol):
    """Repositories, their blobs, manifests and tags. Every method may be called from several threads."""

    def repositories(self) -> Sequence[str]:
        """The names of all repositories, sorted."""

    def tags(self, repository: str) -> Sequence[str] | None:
        """The tags of a repository, sorted; None if there is no such repository."""

    def manifest(self, repository: str, reference: Digest | str) -> StoredManifest | None:
        """The manifest of a digest or tag; its bytes are a blob. None if the repository does not have it."""

    def referrers(self, repository: str, subject: Digest) -> Sequence[JSONObject]:
        """The descriptors of the manifests with this subject, sorted by digest."""

    def blob(self, repository: str, digest: Digest) -> Blob | None:
        """Open a blob or the bytes of a manifest; None if the repository does not have it."""

    def remove_blob(self, repository: str, digest: Digest) -> bool:
        """Remove a blob from a repository; False if it is not there or is one of its manifests."""

    def mount(self, repository: str, digest: Digest, source: str | None) -> bool:
        """Mount a blob of `source`, or of any repository with None; False if it is not there or damaged."""

    def begin_upload(self, repository: str) -> Upload:
        """Open an upload session."""

    def upload(self, repository: str, session: str) -> Upload | None:
        """An upload session that is open in this repository."""

    def add_manifest(
        self, repository: str, manifest: StoredManifest, data: bytes, tags: Iterable[str]
    ) -> None:
        """Store a verified manifest and point the tags to it."""

    def remove_manifest(self, repository: str, digest: Digest) -> bool:
        """Remove a manifest and every tag on it; False if it was not there."""

    def remove_tag(self, repository: str, tag: str) -> bool:
        """Remove a tag; its manifest stays. False if it was not there."""

    def close(self) -> None:
        """Remove temporary files. The store may not be used afterwards."""

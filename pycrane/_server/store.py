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
    """Stored content, opened: who takes it closes `file`."""

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
        """Take the body in behind what is held. What arrived before a break stays.

        Raises:
            OutOfOrderError: `start` is given and is not the number of bytes held.
            BrokenBodyError: the body broke.
            BusyError, SessionOverError: another request has the session, or has ended it.

        """

    def finish(self, body: Body, start: int | None, digest: Digest) -> None:
        """Take the body in, check the digest of all bytes and make them a blob; the session is then over.

        Raises:
            OutOfOrderError: as for `append`.
            WrongDigestError: the bytes are others; the session is again as it was before.
            BrokenBodyError: the body broke.
            BusyError, SessionOverError: as for `append`.

        """

    def cancel(self) -> None:
        """End the session, if it is not over, and forget its bytes. Raises BusyError as `append` does."""


class FullError(Exception):
    """A repository that cannot keep more: what it would have to write could not be read again."""


class OutOfOrderError(Exception):
    """A chunk that does not begin where the session ends."""


class WrongDigestError(Exception):
    """Uploaded bytes that do not hash to the digest named for them."""


class TooManySessionsError(Exception):
    """All upload sessions that a store may keep open are in use."""


class BusyError(Exception):
    """Another request of the same session is still under way."""


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
        """The descriptors of the manifests whose subject is this digest, in the order of their digests."""

    def blob(self, repository: str, digest: Digest) -> Blob | None:
        """Open a blob or the bytes of a manifest; None if the repository does not have it."""

    def remove_blob(self, repository: str, digest: Digest) -> bool:
        """Take a blob out of a repository; False if it was not there or is one of its manifests."""

    def mount(self, repository: str, digest: Digest, source: str | None) -> bool:
        """Give a repository a blob that `source`, or with None any repository, has; False if it has not."""

    def begin_upload(self, repository: str) -> Upload:
        """Open an upload session."""

    def upload(self, repository: str, session: str) -> Upload | None:
        """An upload session that is open in this repository."""

    def add_manifest(
        self, repository: str, manifest: StoredManifest, data: bytes, tags: Iterable[str]
    ) -> None:
        """Keep a manifest, whose digest has been checked, and point the tags to it."""

    def remove_manifest(self, repository: str, digest: Digest) -> bool:
        """Take a manifest and every tag on it away; False if it was not there."""

    def remove_tag(self, repository: str, tag: str) -> bool:
        """Take a tag away; its manifest stays. False if it was not there."""

    def close(self) -> None:
        """Give up temporary files. Nothing of the store may be used afterwards."""

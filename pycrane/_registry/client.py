"""The client: all that is done with registries, on one session.

What only some commands need is imported where it is called: the quickest take little longer to run than
to start.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace
from typing import TYPE_CHECKING, TypeVar

from pycrane import _events as events
from pycrane._errors import about, expect
from pycrane._io.process import NotPickled
from pycrane._io.stream import Closing
from pycrane._keychain.credentials import Credentials, Keychain
from pycrane._oci.descriptor import Descriptor
from pycrane._oci.digest import Digest, as_digest
from pycrane._reference import Reference, Repository, as_reference, as_repository, parse_registry
from pycrane._registry import manifests
from pycrane._registry.auth.scope import Scope
from pycrane._registry.http.options import ClientOptions
from pycrane._registry.session import Session

if TYPE_CHECKING:
    from pycrane._events import Outcome
    from pycrane._image.view import View
    from pycrane._io.stream import ByteStream
    from pycrane._io.verified import VerifiedStream
    from pycrane._oci.manifest import IndexManifest, Manifest
    from pycrane._oci.schema1 import Schema1Manifest
    from pycrane._registry.auth.token import TokenAnswer
    from pycrane._registry.google import RepositoryContents
    from pycrane._registry.sink import RegistrySink

T = TypeVar("T")


class RegistryClient(Closing, NotPickled):
    """Client for registries, for programs and commands. Thread-safe; a context manager.

    References, repositories and digests are values, or texts such as `localhost:5000/team/app:v1`. Without a
    `keychain` it is the user's logins with Docker and Podman, and the headers of Docker's configuration are
    sent along. `session` is what all requests go through, for requests of one's own: `session.request`.

    All methods raise as `Session.request` does, with the `reference` they were given or its repository; what
    they raise besides is said with each.
    """

    def __init__(
        self,
        keychain: Keychain | None = None,
        options: ClientOptions | None = None,
        listener: events.Listener = events.ignore,
    ) -> None:
        expect(options, ClientOptions | None, "options")
        if keychain is None:
            keychain, options = _logins(options or ClientOptions())
        self.session = Session(keychain, options, listener)

    def get_manifest(self, reference: Reference | str) -> tuple[bytes, Descriptor]:
        """The raw bytes of a manifest or index, verified, and what they are. One request.

        Raises:
            NotFoundError: there is no such manifest.
            DigestMismatchError: the registry gives other bytes than it should.
            MalformedError: it announces another kind of manifest than it gives, for a tag.
        """
        reference = as_reference(reference)
        with about(reference):
            return manifests.get_manifest(self.session, reference)

    def manifest(self, reference: Reference | str) -> Manifest | IndexManifest | Schema1Manifest:
        """A manifest or index of whatever kind, read. One request. Raises MalformedError if it is none."""
        from pycrane._oci import media_types

        reference = as_reference(reference)
        raw, descriptor = self.get_manifest(reference)
        what = f"manifest of {reference}"
        with about(reference):
            if descriptor.media_type in media_types.SCHEMA1:
                from pycrane._oci.schema1 import parse_schema1

                return parse_schema1(raw, what, self.session.limits)
            from pycrane._oci.manifest import parse_manifest

            return parse_manifest(raw, descriptor.media_type, what, self.session.limits)

    def head_manifest(self, reference: Reference | str) -> Descriptor:
        """Return the descriptor of a manifest. One request, two where HEAD does not tell it.

        Raises:
            NotFoundError: there is no such manifest.
        """
        reference = as_reference(reference)
        with about(reference):
            return manifests.head_manifest(self.session, reference)

    def manifest_digest(self, reference: Reference | str) -> Digest:
        """The digest of what a tag names, asked for as `head_manifest` does, and with its errors."""
        return self.head_manifest(reference).digest

    def find_manifest(self, reference: Reference | str) -> Descriptor | None:
        """Return the descriptor of a manifest, or None if it is not there."""
        reference = as_reference(reference)
        with about(reference):
            return manifests.find_manifest(self.session, reference)

    def put_manifest(self, reference: Reference | str, raw: bytes, media_type: str) -> Digest:
        """Write a manifest whose blobs and children are there already, and return its digest.

        A manifest with a subject is listed as its referrer, also where the registry does not list it itself.

        Raises:
            DigestMismatchError: the reference's digest is of other bytes, and nothing is sent; or the
                registry took it for something else.
        """
        reference = as_reference(reference)
        with about(reference):
            written = manifests.write_manifest(self.session, reference, raw, media_type)
            if b'"subject"' in raw:
                from pycrane._registry.referrers import list_written  # few manifests have a subject

                described = Descriptor(media_type, written.digest, len(raw))
                list_written(self.session, reference.repository, written, raw, described)
            return written.digest

    def delete_manifest(
        self, reference: Reference | str, *, subject: Digest | None = None, ignore_missing: bool = False
    ) -> None:
        """Delete a tag alone, or a manifest with all its tags if the reference is a digest.

        Of what belongs to a `subject`, no list of referrers is left that names it. One request without.
        """
        from pycrane._registry import delete

        reference = as_reference(reference)
        with about(reference):
            delete.delete(self.session, reference, subject=subject, ignore_missing=ignore_missing)

    def digest_and_subject(self, reference: Reference | str) -> tuple[Digest, Digest | None]:
        """The digest that a reference names, and the subject of what is there. One request."""
        from pycrane._registry import delete

        reference = as_reference(reference)
        with about(reference):
            return delete.digest_and_subject(self.session, reference)

    def delete_tag_by_placeholder(self, reference: Reference | str) -> None:
        """Free a tag alone where the registry cannot delete one."""
        from pycrane._registry import delete

        reference = as_reference(reference)
        with about(reference):
            delete.delete_tag_by_placeholder(self.session, reference)

    def tags_of_digest(self, repository: Repository | str, digest: Digest | str) -> Iterator[str]:
        """The tags that name this digest."""
        from pycrane._registry import delete

        repository = as_repository(repository)
        found = delete.tags_of_digest(self.session, repository, as_digest(digest))
        return _naming(repository, found)

    def tags(self, repository: Repository | str) -> Iterator[str]:
        """The tags of a repository, page by page as they are read (distribution spec, Listing tags).

        Raises:
            NotFoundError: there is no such repository; when the first tag is asked for.
        """
        from pycrane._registry import lists

        repository = as_repository(repository)
        return _naming(repository, lists.list_tags(self.session, repository))

    def contents(self, repository: Repository | str) -> RepositoryContents:
        """The tags of a repository, and what a registry of Google's tells besides."""
        from pycrane._registry.google import list_contents

        repository = as_repository(repository)
        with about(repository):
            return list_contents(self.session, repository)

    def repositories(self, registry: str) -> Iterator[str]:
        """The repositories of a registry (`host[:port]`), page by page as they are read."""
        from pycrane._registry import lists

        return lists.list_repositories(self.session, parse_registry(registry))

    def referrers(
        self, repository: Repository | str, subject: Digest | str, artifact_type: str = ""
    ) -> Iterator[Descriptor]:
        """Yield the referrers of a manifest, of one type if that is given, page by page.

        Where a registry has no such list, the tag that stands for it is read (distribution spec, Listing
        referrers). Of a manifest that nothing refers to, and of one that is not there, it is empty.
        """
        from pycrane._registry.referrers import list_referrers

        repository, subject = as_repository(repository), as_digest(subject)
        found = list_referrers(self.session, repository, subject, artifact_type)
        return _naming(repository.digest(subject), found)

    def open(self, reference: Reference | str) -> View:
        """The image or index that a reference names, verified. One request; blobs are read when asked for."""
        from pycrane._image.view import open_view
        from pycrane._registry.source import RegistryContent

        reference = as_reference(reference)
        raw, descriptor = self.get_manifest(reference)
        with about(reference):
            return open_view(RegistryContent(self.session, reference.repository), raw, descriptor)

    def sink(self, repository: Repository | str, *, no_clobber: bool = False) -> RegistrySink:
        """The repository as a medium to write images to; with `no_clobber` tags that are there are errors."""
        from pycrane._registry.sink import RegistrySink

        return RegistrySink(
            self.session,
            as_repository(repository),
            allow_nondistributable=self.session.options.allow_nondistributable,
            no_clobber=no_clobber,
        )

    def has_blob(self, repository: Repository | str, digest: Digest | str) -> bool:
        """Whether the registry says that the repository has a blob; neither yes nor no counts as no."""
        from pycrane._registry import blobs

        repository = as_repository(repository)
        with about(repository):
            return blobs.has_blob(self.session, repository, as_digest(digest))

    def open_blob(self, repository: Repository | str, digest: Digest | str) -> VerifiedStream:
        """A blob's bytes, verified while they are read. The caller closes the stream.

        Raises:
            NotFoundError: the repository has no such blob.
            UnsupportedError: the registry does not say how long it is.
        """
        from pycrane._registry.blobs import open_blob_by_digest

        repository = as_repository(repository)
        with about(repository):
            return open_blob_by_digest(self.session, repository, as_digest(digest))

    def upload_blob(
        self,
        repository: Repository | str,
        content: bytes | Callable[[], ByteStream],
        descriptor: Descriptor | None = None,
        *,
        mount_from: Repository | str | None = None,
    ) -> Outcome:
        """Make a blob be in a repository: mounted from another one, found there, or sent and verified.

        `content` are its bytes, or gives a stream of them from the first; that is called again if sending has
        to begin anew, and each stream is closed. `descriptor` says the digest and size, for bytes it may be
        left out.

        Raises:
            IntegrityError: the bytes are not what the descriptor says; nothing is stored then.
        """
        from pycrane._registry.upload import given_blob, upload_blob

        expect(descriptor, Descriptor | None, "a descriptor")
        blob = given_blob(content, descriptor, as_repository(mount_from) if mount_from else None)
        repository = as_repository(repository)
        with about(repository):
            return upload_blob(self.session, repository, blob)

    def read_blob(self, repository: Repository | str, digest: Digest | str) -> bytes:
        """A small blob's bytes, verified; for a large one see `open_blob`."""
        with self.open_blob(repository, digest) as stream:
            return stream.read()

    def token(
        self,
        repository: Repository | str,
        actions: tuple[str, ...] = ("pull",),
        mounts: tuple[Repository | str, ...] = (),
    ) -> TokenAnswer:
        """A token for these actions, and for mounting from the repositories in `mounts`, as it was given."""
        also = tuple(Scope.of(as_repository(source), "pull") for source in mounts)
        return self.session.token(repository, actions, also)

    def ping(self, registry: str, credentials: Credentials | None = None) -> None:
        """Check that a registry (`host[:port]`) accepts the credentials, its own or those given.

        Raises:
            UnauthorizedError: it does not.
            TransportError: no response, or not from a registry.
        """
        registry = parse_registry(registry)
        if credentials is None:
            self.session.ping(registry)
            return
        with Session(_Only(credentials), self.session.options, self.session.listener) as session:
            session.ping(registry)

    def close(self) -> None:
        """Close all connections."""
        self.session.close()


def _naming(name: Reference | Repository, items: Iterator[T]) -> Iterator[T]:
    """The same items; an error while they are read says what it is about."""
    with about(name):
        yield from items


def _logins(options: ClientOptions) -> tuple[Keychain, ClientOptions]:
    """The person's own logins, and the options with the headers that go with them."""
    from pycrane._keychain.chain import DefaultKeychain

    keychain = DefaultKeychain(limits=options.limits)
    return keychain, replace(options, headers={**keychain.http_headers, **options.headers})


class _Only:
    """A keychain with one answer."""

    def __init__(self, credentials: Credentials) -> None:
        self._credentials = credentials

    def resolve(self, repository: Repository) -> Credentials:
        return self._credentials

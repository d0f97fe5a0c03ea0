"""A repository as the place where a view's bytes come from."""

from __future__ import annotations

from pycrane._errors import LimitExceededError, about
from pycrane._io.stream import ByteStream
from pycrane._oci.descriptor import Descriptor
from pycrane._reference import Repository
from pycrane._registry.blobs import open_blob
from pycrane._registry.manifests import get_manifest
from pycrane._registry.session import Session


class RegistryContent:
    """The manifests and blobs of one repository. The session is the caller's to close."""

    def __init__(self, session: Session, repository: Repository) -> None:
        self._session = session
        self._repository = repository
        self.limits = session.limits

    def origin(self, descriptor: Descriptor) -> Repository:
        """The repository itself: a registry may mount any of its blobs from there."""
        return self._repository

    def read_manifest(self, descriptor: Descriptor) -> bytes:
        """The raw bytes of a manifest, by its digest.

        Raises:
            LimitExceededError: it is larger than a manifest may be.
            PycraneError: as `get_manifest` does.
        """
        limit = self._session.limits.manifest_size
        if descriptor.size > limit:
            raise LimitExceededError(
                f"manifest {descriptor.digest} has {descriptor.size} bytes, more than {limit}"
            )
        reference = self._repository.digest(descriptor.digest)
        with about(reference):
            return get_manifest(self._session, reference)[0]

    def open_blob(self, descriptor: Descriptor) -> ByteStream:
        """The bytes of a blob, as `blobs.open_blob` gives them. The caller closes the stream."""
        with about(self._repository):
            return open_blob(self._session, self._repository, descriptor)

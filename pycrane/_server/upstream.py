"""Upstream registry of a pull-through cache, read with pycrane's own client."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from pycrane._errors import MalformedError, NotFoundError
from pycrane._oci import go_json, media_types
from pycrane._oci.descriptor import Descriptor
from pycrane._oci.digest import Digest
from pycrane._reference import Reference, Repository, parse_repository
from pycrane._server.store import JSONObject

if TYPE_CHECKING:
    from pycrane._io.verified import VerifiedStream
    from pycrane._registry.client import RegistryClient
    from pycrane._registry.paging import Page


class Upstream:
    """One registry (`host[:port]`), read with `client`, which the caller closes.

    Methods return None for missing content and raise PycraneError as the client does.
    """

    def __init__(self, client: RegistryClient, registry: str) -> None:
        self._client = client
        self._registry = registry

    def find(self, repository: str, tag: str) -> Digest | None:
        """The digest of a tag."""
        descriptor = self._client.find_manifest(self._repository(repository).tag(tag))
        return descriptor.digest if descriptor else None

    def manifest(self, repository: str, reference: Digest | str) -> tuple[bytes, Descriptor] | None:
        """A manifest's bytes, verified."""
        try:
            return self._client.get_manifest(self._reference(repository, reference))
        except NotFoundError:
            return None

    def open_blob(self, repository: str, digest: Digest) -> VerifiedStream | None:
        """A blob, verified while it is read. The caller closes it."""
        try:
            return self._client.open_blob(self._repository(repository), digest)
        except NotFoundError:
            return None

    def tags(self, repository: str) -> Sequence[str] | None:
        """The tags of a repository, sorted."""
        try:
            return sorted(self._client.tags(self._repository(repository)))
        except NotFoundError:
            return None

    def referrers(self, repository: str, subject: Digest) -> Sequence[JSONObject] | None:
        """The descriptors of a digest's referrers, all pages together; None without a referrers API."""
        from pycrane._registry.paging import pages

        what = f"the list of referrers at {self._registry}"
        limit = self._client.session.limits.list_pages

        def read(path: str) -> Page:
            return self._referrers_page(repository, path, what)

        try:
            listed = [
                entry for page in pages(read, f"referrers/{subject}", what, limit) for entry in page.entries
            ]
        except NotFoundError:
            return None
        return sorted(listed, key=lambda descriptor: str(descriptor["digest"]))

    def _referrers_page(self, repository: str, path: str, what: str) -> Page:
        from pycrane._registry.paging import Page, next_page

        session = self._client.session
        limit = session.limits.list_page
        headers = {"Accept": media_types.OCI_INDEX}
        with session.request(
            "GET", self._repository(repository), path, headers=headers, limit=limit
        ) as response:
            index = go_json.load_object(response.body(limit), what, session.limits)
            following = next_page(response)
        manifests = index.get("manifests") or []
        if not isinstance(manifests, list):
            raise MalformedError(f"{what} is not an index")
        return Page([Descriptor.from_json(item, what).to_json() for item in manifests], None, following)

    def _repository(self, path: str) -> Repository:
        return parse_repository(f"{self._registry}/{path}")

    def _reference(self, path: str, reference: Digest | str) -> Reference:
        repository = self._repository(path)
        return repository.tag(reference) if isinstance(reference, str) else repository.digest(reference)

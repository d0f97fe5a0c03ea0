"""Referrers of a manifest as a registry lists them (distribution spec, Listing Referrers).

Where a registry does not list them, they stand in the index under the fallback tag.
"""

from __future__ import annotations

from collections.abc import Iterator
from urllib.parse import urlencode

from pycrane._errors import MalformedError, NotFoundError, RegistryError, UnsupportedError
from pycrane._oci import media_types
from pycrane._oci.descriptor import Descriptor
from pycrane._oci.digest import Digest
from pycrane._oci.manifest import IndexManifest, parse_manifest
from pycrane._reference import Repository
from pycrane._registry.http.redaction import safe_url
from pycrane._registry.http.response import Response
from pycrane._registry.manifests import get_manifest
from pycrane._registry.paging import Page, next_page, pages
from pycrane._registry.referrers import fallback_tag
from pycrane._registry.session import Session

_ACCEPT = {"Accept": media_types.OCI_INDEX}
_NO_SUCH_API = frozenset({400, 404, 405, 501})


def list_referrers(
    session: Session, repository: Repository, subject: Digest, artifact_type: str = ""
) -> Iterator[Descriptor]:
    """What refers to a manifest, in the registry's order, page by page as it is read.

    With `artifact_type` only that. A subject that nobody refers to, or that is not there, has none.

    Raises:
        MalformedError: a page that is no index, or pages without an end.
        PycraneError: as `Session.request` does.
    """
    for found in _listed(session, repository, subject, artifact_type):
        if not artifact_type or found.artifact_type == artifact_type:
            yield found


def lists_referrers(session: Session, repository: Repository, subject: Digest) -> bool:
    """Whether the registry itself lists what refers to a manifest. Raises as `Session.request` does."""
    return _page(session, repository, f"referrers/{subject}") is not None


def _listed(
    session: Session, repository: Repository, subject: Digest, artifact_type: str
) -> Iterator[Descriptor]:
    query = f"?{urlencode({'artifactType': artifact_type})}" if artifact_type else ""
    what = f"the list of referrers at {repository.registry}"
    begun = False

    def read(path: str) -> Page:
        page = _page(session, repository, path)
        if page is None and begun:
            raise MalformedError(f"{what} breaks off")
        return page or Page(_under_tag(session, repository, subject), None, None)

    for page in pages(read, f"referrers/{subject}{query}", what, session.limits.list_pages):
        begun = True
        yield from page.entries


def _page(session: Session, repository: Repository, path: str) -> Page | None:
    """The entries of a page and where the next one is; None if the registry does not list referrers."""
    limit = session.limits.list_page
    try:
        response = session.request("GET", repository, path, headers=_ACCEPT, limit=limit)
    except RegistryError as error:
        if error.status in _NO_SUCH_API:
            return None
        raise
    with response:
        if media_types.normalize(response.headers.get("Content-Type", "")) != media_types.OCI_INDEX:
            # A web page for whatever is asked, of a server in front of a registry.
            return None
        return Page(_entries(response, limit), None, next_page(response))


def _entries(response: Response, limit: int) -> tuple[Descriptor, ...]:
    what = f"GET {safe_url(response.url)}: the list of referrers"
    listed = parse_manifest(response.body(limit), media_types.OCI_INDEX, what)
    return listed.manifests if isinstance(listed, IndexManifest) else ()


def _under_tag(session: Session, repository: Repository, subject: Digest) -> tuple[Descriptor, ...]:
    tag = repository.tag(fallback_tag(subject))
    try:
        raw, descriptor = get_manifest(session, tag)
    except NotFoundError:
        return ()
    if descriptor.digest == subject:
        # There are registries that take such a tag for the digest.
        return ()
    try:
        listed = parse_manifest(raw, descriptor.media_type, str(tag))
    except UnsupportedError:
        return ()
    if not isinstance(listed, IndexManifest):
        raise MalformedError(f"{tag} is an image, expected an index of referrers")
    return listed.manifests

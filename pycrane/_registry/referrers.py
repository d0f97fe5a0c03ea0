"""Referrers of a manifest: listed, added, removed (distribution spec, Listing Referrers).

Where a registry does not list them itself, they stand in an index under the fallback tag of their subject.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence
from typing import Any
from urllib.parse import urlencode

from pycrane._errors import (
    LimitExceededError,
    MalformedError,
    NotFoundError,
    PycraneError,
    RegistryError,
    UnsupportedError,
    doing,
)
from pycrane._oci import go_json, media_types
from pycrane._oci.descriptor import Descriptor
from pycrane._oci.digest import Digest
from pycrane._oci.manifest import IndexManifest, Manifest, parse_manifest
from pycrane._reference import Reference, Repository
from pycrane._registry.http.redaction import safe_url
from pycrane._registry.http.response import Response
from pycrane._registry.manifests import Written, get_manifest, put_manifest
from pycrane._registry.paging import Page, next_page, pages
from pycrane._registry.session import Session

_NO_TAG = re.compile(r"[^A-Za-z0-9._-]")
_ACCEPT = {"Accept": media_types.OCI_INDEX}
_NO_SUCH_API = frozenset({400, 404, 405, 501})


def list_referrers(
    session: Session, repository: Repository, subject: Digest, artifact_type: str = ""
) -> Iterator[Descriptor]:
    """Yield the referrers of a manifest in the registry's order, page by page as they are read.

    With `artifact_type` only those of this type. A subject that is not there has none.

    Raises:
        MalformedError: a page that is not an index, or pages without an end.
        PycraneError: as `Session.request` does.
    """
    for found in _pages_of(session, repository, subject, artifact_type):
        if not artifact_type or found.artifact_type == artifact_type:
            yield found


def lists_referrers(session: Session, repository: Repository, subject: Digest) -> bool:
    """Whether the registry itself lists the referrers of a manifest. Raises as `Session.request` does."""
    return _page(session, repository, f"referrers/{subject}") is not None


def _pages_of(
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
    """Return a page of the list; None if the registry does not list referrers."""
    limit = session.limits.list_page
    try:
        response = session.request("GET", repository, path, headers=_ACCEPT, limit=limit)
    except RegistryError as error:
        if error.status in _NO_SUCH_API:
            return None
        raise
    with response:
        if media_types.normalize(response.headers.get("Content-Type", "")) != media_types.OCI_INDEX:
            # A server in front of a registry may respond to any path with a web page.
            return None
        return Page(_entries(response, limit), None, next_page(response))


def _entries(response: Response, limit: int) -> tuple[Descriptor, ...]:
    what = f"GET {safe_url(response.url)}: the list of referrers"
    listed = parse_manifest(response.body(limit), media_types.OCI_INDEX, what)
    return listed.manifests if isinstance(listed, IndexManifest) else ()


def _under_tag(session: Session, repository: Repository, subject: Digest) -> tuple[Descriptor, ...]:
    try:
        return _fallback_list(session, repository.tag(fallback_tag(subject)), subject).manifests
    except UnsupportedError:
        return ()


def subject_of(raw: bytes, descriptor: Descriptor) -> Digest | None:
    """Return the subject that a manifest names; None without one, or if it cannot be read as a manifest."""
    if b'"subject"' not in raw:
        return None
    try:
        subject = parse_manifest(raw, descriptor.media_type).subject
    except (MalformedError, UnsupportedError, LimitExceededError):
        return None
    return subject.digest if subject else None


def fallback_tag(subject: Digest) -> str:
    """Return the tag under which the referrers of a subject are listed."""
    return _NO_TAG.sub("-", f"{subject.algorithm[:32]}-{subject.encoded[:64]}")


def list_written(
    session: Session, repository: Repository, written: Written, raw: bytes, descriptor: Descriptor
) -> None:
    """List a manifest that was just written with its subject, if it has one and the registry did not.

    Raises PycraneError as `add_referrer` does.
    """
    subject = None if written.subject_noted else subject_of(raw, descriptor)
    if subject:
        add_referrer(session, repository, subject, raw, descriptor)


def add_referrer(
    session: Session, repository: Repository, subject: Digest, raw: bytes, descriptor: Descriptor
) -> None:
    """List a manifest as a referrer of its subject.

    Other clients may write the list at the same time, and the last one wins: the list is read again after it
    was written, and written again if the entry has gone.

    Raises:
        MalformedError: the tag of the list names something else.
        PycraneError: the list cannot be read or written.
    """

    def with_it(entries: Sequence[Descriptor]) -> list[dict[str, Any]] | None:
        if any(entry.digest == descriptor.digest for entry in entries):
            return None
        return [*(entry.to_json() for entry in entries), _entry(raw, descriptor)]

    tag = repository.tag(fallback_tag(subject))
    with doing(f"listing {descriptor.digest} under {tag}"):
        _change(session, tag, subject, with_it)


def remove_referrer(session: Session, repository: Repository, subject: Digest, digest: Digest) -> None:
    """Remove a deleted manifest from the list of its subject's referrers.

    Content under the tag of the list that is not a list stays. Raises PycraneError as `add_referrer` does.
    """

    def without_it(entries: Sequence[Descriptor]) -> list[dict[str, Any]] | None:
        kept = [entry.to_json() for entry in entries if entry.digest != digest]
        return kept if len(kept) < len(entries) else None

    tag = repository.tag(fallback_tag(subject))
    with doing(f"removing the deleted {digest} from the list under {tag}"):
        try:
            _change(session, tag, subject, without_it)
        except (MalformedError, UnsupportedError):
            return


def _change(
    session: Session,
    tag: Reference,
    subject: Digest,
    changed: Callable[[Sequence[Descriptor]], list[dict[str, Any]] | None],
) -> None:
    """Write the list until `changed` returns None: until it has the entries that it should have."""
    for _ in range(session.limits.attempts):
        listed = _fallback_list(session, tag, subject)
        entries = changed(listed.manifests)
        if entries is None:
            return
        index = go_json.dumps({**listed.raw, "manifests": entries})
        put_manifest(session, tag, index, listed.media_type)
    raise PycraneError("the referrers list kept changing", hint="try again later")


def _fallback_list(session: Session, tag: Reference, subject: Digest) -> IndexManifest:
    """Read the list; return an empty one if there is none."""
    try:
        raw, descriptor = get_manifest(session, tag)
    except NotFoundError:
        return _empty()
    if descriptor.digest == subject:
        # Some registries take such a tag for the digest.
        return _empty()
    index = parse_manifest(raw, descriptor.media_type, str(tag))
    if not isinstance(index, IndexManifest):
        raise MalformedError(f"{tag} is an image, expected an index of referrers")
    return index


def _empty() -> IndexManifest:
    raw = {"schemaVersion": 2, "mediaType": media_types.OCI_INDEX, "manifests": []}
    return IndexManifest(media_types.OCI_INDEX, (), {}, None, "", raw)


def _entry(raw: bytes, descriptor: Descriptor) -> dict[str, Any]:
    """Return the entry of a manifest: its descriptor with its artifact type and all its annotations."""
    manifest = parse_manifest(raw, descriptor.media_type)
    kind = manifest.artifact_type
    if not kind and isinstance(manifest, Manifest):
        kind = manifest.config.media_type
    return Descriptor(
        manifest.media_type,
        descriptor.digest,
        len(raw),
        annotations=manifest.annotations or None,
        artifact_type=kind,
    ).to_json()

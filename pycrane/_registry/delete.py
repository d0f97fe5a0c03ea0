"""Deleting, and what to do where a registry cannot delete a tag (distribution spec, Content management)."""

from __future__ import annotations

import uuid
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor

from pycrane._errors import (
    IntegrityError,
    LimitExceededError,
    MalformedError,
    NotFoundError,
    PycraneError,
    RegistryError,
    UnsupportedError,
)
from pycrane._oci import go_json, media_types
from pycrane._oci.digest import Digest
from pycrane._reference import Reference, Repository
from pycrane._registry.lists import list_tags
from pycrane._registry.manifests import (
    delete_manifest,
    find_manifest,
    get_manifest,
    head_manifest,
    put_manifest,
)
from pycrane._registry.referrers import lists_referrers, remove_referrer, subject_of
from pycrane._registry.session import Session

_JOBS = 8
_CANNOT = frozenset({405, 501})
_PLACEHOLDER_NOTE = "io.pycrane.placeholder"


def delete(
    session: Session, reference: Reference, *, subject: Digest | None = None, ignore_missing: bool = False
) -> None:
    """Delete a tag alone, or a manifest with all its tags if the reference is a digest.

    A manifest with a `subject` is then taken off the list of that subject's referrers, where the registry
    does not keep these lists itself (distribution spec, Deleting Manifests).

    Raises:
        UnsupportedError: the registry cannot; its hint names what can be done instead of deleting a tag.
        NotFoundError: there is nothing to delete, without `ignore_missing`.
        PycraneError: as `Session.request` does; or it is deleted, and the list cannot be changed.
    """
    try:
        _delete(session, reference)
    except NotFoundError:
        if not ignore_missing:
            raise
    if subject and reference.digest and not lists_referrers(session, reference.repository, subject):
        remove_referrer(session, reference.repository, subject, reference.digest)


def digest_and_subject(session: Session, reference: Reference) -> tuple[Digest, Digest | None]:
    """The digest that a reference names, and the subject of what is there. One request.

    What cannot be read as what it should be can be deleted all the same: it counts as without a subject.

    Raises:
        NotFoundError: there is no such tag.
        PycraneError: as `Session.request` does.
    """
    try:
        raw, descriptor = get_manifest(session, reference)
    except (RegistryError, IntegrityError, MalformedError, LimitExceededError) as error:
        if reference.digest:
            return reference.digest, None
        if isinstance(error, RegistryError):
            raise
        return head_manifest(session, reference).digest, None
    return descriptor.digest, subject_of(raw, descriptor)


def _delete(session: Session, reference: Reference) -> None:
    try:
        delete_manifest(session, reference)
    except RegistryError as error:
        # Where only digests can be deleted, a tag is a bad request; for a digest that means other things.
        if error.status in _CANNOT or "UNSUPPORTED" in error.codes or (error.status == 400 and reference.tag):
            raise _unsupported(reference, error) from error
        raise


def tags_of_digest(session: Session, repository: Repository, digest: Digest) -> Iterator[str]:
    """The tags that name this digest, all of which go with it when it is deleted. One request for each tag.

    Raises as `list_tags` and `find_manifest` do.
    """

    def names_it(tag: str) -> bool:
        found = find_manifest(session, repository.tag(tag))
        return found is not None and found.digest == digest

    tags = list(list_tags(session, repository))
    with ThreadPoolExecutor(_JOBS) as pool:
        yield from (tag for tag, named in zip(tags, pool.map(names_it, tags), strict=True) if named)


def delete_tag_by_placeholder(session: Session, reference: Reference) -> None:
    """Free a tag alone: push an empty manifest to it, and delete that by its digest.

    What the tag named stays, under its digest and its other tags. If the placeholder cannot be deleted, the
    tag is made to name again what it did.

    Raises:
        NotFoundError: there is no such tag.
        UnsupportedError: the registry deletes nothing.
        PycraneError: as `Session.request` does.
    """
    raw, before = get_manifest(session, reference)
    placeholder = _placeholder()
    digest = put_manifest(session, reference, placeholder, media_types.OCI_INDEX)
    try:
        delete(session, reference.with_digest(digest))
    except BaseException:
        put_manifest(session, reference, raw, before.media_type)
        raise


def _placeholder() -> bytes:
    """An empty index that no other has the digest of: deleting it can harm nothing else."""
    return go_json.dumps(
        {
            "schemaVersion": 2,
            "mediaType": media_types.OCI_INDEX,
            "manifests": [],
            "annotations": {_PLACEHOLDER_NOTE: str(uuid.uuid4())},
        }
    )


def _unsupported(reference: Reference, error: RegistryError) -> PycraneError:
    if reference.digest:
        return UnsupportedError(f"{reference.registry} does not delete: {error}")
    return UnsupportedError(
        f"{reference.registry} cannot delete the tag {reference.tag} alone: {error}",
        hint="delete what it names with all its tags (--by-digest), or free the tag alone by means of a "
        "throw-away manifest (--untag)",
    )

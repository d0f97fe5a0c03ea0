"""Referrers, listed under a tag where a registry does not list them (distribution spec, Referrers)."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from typing import Any

from pycrane._errors import (
    LimitExceededError,
    MalformedError,
    NotFoundError,
    PycraneError,
    UnsupportedError,
    doing,
)
from pycrane._oci import go_json, media_types
from pycrane._oci.descriptor import Descriptor
from pycrane._oci.digest import Digest
from pycrane._oci.manifest import IndexManifest, Manifest, parse_manifest
from pycrane._reference import Reference, Repository
from pycrane._registry.manifests import get_manifest, put_manifest
from pycrane._registry.session import Session

_NO_TAG = re.compile(r"[^A-Za-z0-9._-]")


def subject_of(raw: bytes, descriptor: Descriptor) -> Digest | None:
    """What a manifest says it belongs to; None if nothing, or if it cannot be read as a manifest."""
    if b'"subject"' not in raw:
        return None
    try:
        subject = parse_manifest(raw, descriptor.media_type).subject
    except (MalformedError, UnsupportedError, LimitExceededError):
        return None
    return subject.digest if subject else None


def fallback_tag(subject: Digest) -> str:
    """The tag under which a subject's referrers are listed."""
    return _NO_TAG.sub("-", f"{subject.algorithm[:32]}-{subject.encoded[:64]}")


def add_referrer(
    session: Session, repository: Repository, subject: Digest, raw: bytes, descriptor: Descriptor
) -> None:
    """See to it that a manifest is listed as a referrer of its subject.

    Others may write the list at the same time, and who is last wins: it is read again after it was written,
    and written again if the entry has gone.

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
    """See to it that a manifest, which was deleted, is no longer listed as a referrer of its subject.

    What is under the tag of the list and is no list stays. Raises PycraneError as `add_referrer` does.
    """

    def without_it(entries: Sequence[Descriptor]) -> list[dict[str, Any]] | None:
        kept = [entry.to_json() for entry in entries if entry.digest != digest]
        return kept if len(kept) < len(entries) else None

    tag = repository.tag(fallback_tag(subject))
    with doing(f"taking {digest}, which is deleted, off the list under {tag}"):
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
    """Write the list until it is as it should be: until `changed` gives None and no other entries."""
    for _ in range(session.limits.attempts):
        listed = _listed(session, tag, subject)
        entries = changed(listed.manifests)
        if entries is None:
            return
        index = go_json.dumps({**listed.raw, "manifests": entries})
        put_manifest(session, tag, index, listed.media_type)
    raise PycraneError("others write the list at the same time", hint="try again later")


def _listed(session: Session, tag: Reference, subject: Digest) -> IndexManifest:
    """The list as it is; an empty one if there is none."""
    try:
        raw, descriptor = get_manifest(session, tag)
    except NotFoundError:
        return _empty()
    if descriptor.digest == subject:
        # There are registries that take such a tag for the digest.
        return _empty()
    index = parse_manifest(raw, descriptor.media_type, str(tag))
    if not isinstance(index, IndexManifest):
        raise MalformedError(f"{tag} is an image, expected an index of referrers")
    return index


def _empty() -> IndexManifest:
    raw = {"schemaVersion": 2, "mediaType": media_types.OCI_INDEX, "manifests": []}
    return IndexManifest(media_types.OCI_INDEX, (), {}, None, "", raw)


def _entry(raw: bytes, descriptor: Descriptor) -> dict[str, Any]:
    """How a manifest is listed: with its artifact type and with all its annotations."""
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

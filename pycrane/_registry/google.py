"""Manifests and child repositories in a list of tags, as Google's registries have them.

Google's registries do, in the fields `manifest` and `child` of the list of tags (distribution spec, Listing
tags, has neither).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from pycrane._errors import InvalidReferenceError, MalformedError
from pycrane._oci import json_fields
from pycrane._oci.digest import Digest
from pycrane._reference import Repository, parse_repository
from pycrane._registry.lists import tag_pages
from pycrane._registry.session import Session

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class ManifestInfo:
    """A manifest as a registry of Google's tells of it; None is what it does not tell.

    `size` is in bytes, of the whole image, times are in UTC. `raw` is the object it was read from, unknown
    fields kept.
    """

    digest: Digest
    tags: tuple[str, ...]
    media_type: str
    size: int | None
    created: datetime | None
    uploaded: datetime | None
    raw: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class RepositoryContents:
    """A repository's tags, in the registry's order, and what else it tells: None if it does not tell.

    `manifests` are sorted by digest, also those without a tag; `children` are the repositories right below.
    """

    repository: Repository
    tags: tuple[str, ...]
    manifests: tuple[ManifestInfo, ...] | None = None
    children: tuple[Repository, ...] | None = None


def list_contents(session: Session, repository: Repository) -> RepositoryContents:
    """All that the registry tells of a repository in its list of tags. Manifests are sorted by digest.

    Raises:
        MalformedError: a field that is not what Google has there.
        PycraneError: as `list_tags` does.
    """
    tags: list[str] = []
    manifests: dict[Digest, ManifestInfo] | None = None
    children: dict[Repository, None] | None = None
    where = f"the list of tags of {repository}"
    for page in tag_pages(session, repository):
        tags += page.entries
        answer = page.answer if isinstance(page.answer, dict) else {}
        if answer.get("manifest") is not None:
            manifests = (manifests or {}) | _manifests(answer, where)
        if answer.get("child") is not None:
            children = (children or {}) | dict.fromkeys(_children(repository, answer, where))
    return RepositoryContents(
        repository,
        tuple(tags),
        tuple(sorted(manifests.values(), key=lambda each: str(each.digest)))
        if manifests is not None
        else None,
        tuple(children) if children is not None else None,
    )


def _manifests(answer: Mapping[str, Any], where: str) -> dict[Digest, ManifestInfo]:
    found = json_fields.mapping(answer, "manifest", where)
    try:
        manifests = [
            _manifest(Digest.parse(digest), json_fields.mapping(found, digest, where)) for digest in found
        ]
    except (InvalidReferenceError, ValueError, TypeError) as error:
        raise MalformedError(f"{where} has a manifest that cannot be read: {error}") from error
    return {each.digest: each for each in manifests}


def _manifest(digest: Digest, value: Mapping[str, Any]) -> ManifestInfo:
    return ManifestInfo(
        digest=digest,
        tags=json_fields.texts(value, "tag", f"manifest {digest}"),
        media_type=str(value.get("mediaType") or ""),
        size=_number(value.get("imageSizeBytes")),
        created=_time(value.get("timeCreatedMs")),
        uploaded=_time(value.get("timeUploadedMs")),
        raw=value,
    )


def _children(repository: Repository, answer: Mapping[str, Any], where: str) -> list[Repository]:
    names = json_fields.texts(answer, "child", where)
    try:
        return [parse_repository(f"{repository}/{name}") for name in names]
    except InvalidReferenceError as error:
        raise MalformedError(f"{where} has a child that is not a repository: {error}") from error


def _number(value: object) -> int | None:
    """A number, which Google writes as text."""
    if value is None or value == "":
        return None
    if isinstance(value, str) and len(value) <= 20:
        return int(value)
    if isinstance(value, int):
        return value
    raise TypeError(f"{str(value)[:40]!r} is not a number")


def _time(value: object) -> datetime | None:
    """Milliseconds since 1970; 0 and what no calendar has say nothing."""
    milliseconds = _number(value)
    try:
        return _EPOCH + timedelta(milliseconds=milliseconds) if milliseconds else None
    except OverflowError:
        return None

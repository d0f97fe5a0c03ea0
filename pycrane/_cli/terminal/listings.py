"""The output of `ls`: lines, columns or JSON."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from datetime import datetime
from typing import TYPE_CHECKING, Any

from pycrane._client.tag_choice import TagChoice
from pycrane._client.versions import counting_key
from pycrane._oci import go_json

if TYPE_CHECKING:
    from pycrane._registry.google import ManifestInfo, RepositoryContents

_MANIFEST_FIELDS = ("imageSizeBytes", "mediaType", "timeCreatedMs", "timeUploadedMs", "tag")


class Listing:
    """Selects tags and orders them: `registry`, `name` or `version`."""

    def __init__(self, choice: TagChoice, order: str) -> None:
        self._choice = choice
        self._order = order

    def tags(self, tags: Iterable[str]) -> Iterable[str]:
        """Select and order tags."""
        wanted = self._choice.of(tags)
        if self._order == "registry":
            return wanted
        return sorted(wanted, key=counting_key if self._order == "version" else None)

    def lines(self, contents: RepositoryContents) -> Iterator[str]:
        """Yield manifests by digest, each followed by its tags; without manifests, tags alone."""
        name = contents.repository
        for manifest, tags in self._manifests(contents):
            if manifest is not None:
                yield f"{name}@{manifest.digest}"
            yield from (f"{name}:{tag}" for tag in tags)

    def long(self, contents: RepositoryContents, *, children: bool) -> Iterator[str]:
        """Yield reference, size, times and tags in columns; with `children` the child repositories first."""
        if children:
            yield from (child.name for child in contents.children or ())
        for manifest, tags in self._manifests(contents):
            if manifest is None:
                yield from (f"{contents.repository}:{tag} - - - {tag}" for tag in tags)
                continue
            size = "-" if manifest.size is None else manifest.size
            times = f"{_shown(manifest.uploaded):<20} {_shown(manifest.created):<20}"
            yield f"{contents.repository}@{manifest.digest} {size:>12} {times} {','.join(tags) or '-'}"

    def json(self, contents: RepositoryContents) -> bytes:
        """Return the contents as one line of JSON, in Google's fields."""
        start = f"{contents.repository}/"
        children = contents.children
        manifests: dict[str, Any] | None = None
        if contents.manifests is not None:
            chosen = self._manifests(contents)
            manifests = {str(each.digest): _fields(each, tags) for each, tags in chosen if each is not None}
        document = {
            "child": None if children is None else [child.name.removeprefix(start) for child in children],
            "manifest": manifests,
            "name": contents.repository.path,
            "tags": list(self.tags(contents.tags)),
        }
        return json_line(document)

    def _manifests(self, contents: RepositoryContents) -> Iterator[tuple[ManifestInfo | None, list[str]]]:
        """Yield manifests with their selected tags; those without any only if all tags are selected."""
        if contents.manifests is None:
            yield None, list(self.tags(contents.tags))
            return
        tags = [tag for manifest in contents.manifests for tag in manifest.tags]
        wanted = self.tags(dict.fromkeys([*contents.tags, *tags]))
        rank = {tag: number for number, tag in enumerate(wanted)}
        for manifest in contents.manifests:
            tags = sorted((tag for tag in manifest.tags if tag in rank), key=rank.__getitem__)
            if tags or not self._choice.chooses:
                yield manifest, tags


def json_line(document: object) -> bytes:
    """Return a document as one line of JSON, in which control characters are escapes."""
    text = go_json.dumps(document).decode()
    return "".join(char if char.isprintable() else json.dumps(char)[1:-1] for char in text).encode() + b"\n"


def _fields(manifest: ManifestInfo, tags: list[str]) -> dict[str, Any]:
    raw = {**manifest.raw, "tag": tags}
    known = {field: raw[field] for field in _MANIFEST_FIELDS if field in raw}
    return known | raw


def _shown(time: datetime | None) -> str:
    return "-" if time is None else f"{time:%Y-%m-%dT%H:%M:%SZ}"

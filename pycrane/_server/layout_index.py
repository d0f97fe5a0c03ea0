"""A layout's `index.json` (OCI image spec, image-layout.md) as a repository's contents, and back."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from pycrane._errors import InvalidReferenceError, PycraneError
from pycrane._limits import Limits
from pycrane._oci import media_types
from pycrane._oci.annotations import CONTAINERD_NAME, REF_NAME
from pycrane._oci.descriptor import Descriptor
from pycrane._oci.digest import Digest
from pycrane._reference import check_tag, parse_reference
from pycrane._server.contents import Contents, StoredManifest, read_manifest

_PLAIN = frozenset({"mediaType", "digest", "size"})

Index = Mapping[str, Any]
ReadBytes = Callable[[Digest], bytes | None]
"""The bytes of a manifest in the layout; None if they are not there or too many."""

EMPTY: Index = {"schemaVersion": 2, "mediaType": media_types.OCI_INDEX, "manifests": []}


def read_contents(index: Index, read: ReadBytes, limits: Limits) -> Contents:
    """The manifests that the index lists and those below them, and its tags.

    Listed entries that cannot be read as manifests are skipped.
    """
    manifests: dict[Digest, StoredManifest] = {}
    level = [descriptor for entry in _entries(index) if (descriptor := _descriptor(entry))]
    for _ in range(limits.index_depth):
        found = [manifest for child in level if (manifest := _load(child, read, manifests, limits))]
        level = [child for manifest in found for child in manifest.children]
    return Contents(manifests, _tags(index, manifests))


def render(index: Index, before: Contents, after: Contents, depth: int) -> Index:
    """Return the index with the changes of `after`. Entries and fields without a change stay as they are.

    A manifest without a tag is listed only where reading, `depth` levels deep, would not find it otherwise,
    or could find it with another media type.
    """
    covered = _covered(after)
    entries: list[Mapping[str, Any]] = []
    listed: set[Digest] = set()
    tags: set[str] = set()
    for entry in _entries(index):
        digest, tag = _digest(entry), entry_tag(entry)
        if digest in before.manifests and digest not in after.manifests:
            continue
        if tag and before.tags.get(tag) != after.tags.get(tag) != digest:
            entry, tag = _untagged(entry), None
        if (
            digest
            and (manifest := after.manifests.get(digest))
            and _media_type(digest, before) != manifest.media_type
        ):
            entry = {**entry, "mediaType": manifest.media_type}
        if digest in after.manifests and not tag and set(entry) <= _PLAIN:
            continue  # A plain entry is added again below if it is needed.
        entries.append(entry)
        listed.update((digest,) if digest else ())
        tags.update((tag,) if tag else ())
    for tag, digest in after.tags.items():
        if tag not in tags:
            entries.append(_entry(after.manifests[digest], tag))
            listed.add(digest)
    roots = (manifest for digest, manifest in after.manifests.items() if digest not in listed | covered)
    entries.extend(_entry(manifest, None) for manifest in roots)
    found = _reached({digest for entry in entries if (digest := _digest(entry))}, after, depth)
    entries.extend(_entry(after.manifests[digest], None) for digest in after.manifests if digest not in found)
    return {**index, "manifests": entries}


def _covered(contents: Contents) -> set[Digest]:
    """The children of indexes, without those to which an index gives another media type than they have."""
    children = [child for manifest in contents.manifests.values() for child in manifest.children]
    other = {child.digest for child in children if _media_type(child.digest, contents) != child.media_type}
    return {child.digest for child in children} - other


def _media_type(digest: Digest, contents: Contents) -> str | None:
    """The media type of a manifest in the contents; None if it is not there."""
    manifest = contents.manifests.get(digest)
    return manifest.media_type if manifest else None


def _reached(roots: set[Digest], contents: Contents, depth: int) -> set[Digest]:
    """The digests that reading finds from these, as `read_contents` goes."""
    found: set[Digest] = set()
    level = roots
    for _ in range(depth):
        here = {digest for digest in level if digest in contents.manifests} - found
        found |= here
        level = {child.digest for digest in here for child in contents.manifests[digest].children}
    return found


def listed_digests(index: Index) -> set[Digest]:
    """The digests of all entries."""
    return {digest for entry in _entries(index) if (digest := _digest(entry))}


def entry_tag(entry: Mapping[str, Any]) -> str | None:
    """The tag of an index entry: its reference name, which may be a tag alone or a whole reference."""
    annotations = entry.get("annotations")
    name = annotations.get(REF_NAME) if isinstance(annotations, dict) else None
    if not isinstance(name, str):
        return None
    try:
        return check_tag(name)
    except InvalidReferenceError:
        pass
    try:
        return parse_reference(name, default_tag="").tag or None
    except InvalidReferenceError:
        return None


def _entries(index: Index) -> list[Mapping[str, Any]]:
    manifests = index.get("manifests")
    return [entry for entry in manifests if isinstance(entry, dict)] if isinstance(manifests, list) else []


def _descriptor(entry: Mapping[str, Any]) -> Descriptor | None:
    try:
        return Descriptor.from_json(entry, "manifests")
    except PycraneError:
        return None


def _digest(entry: Mapping[str, Any]) -> Digest | None:
    descriptor = _descriptor(entry)
    return descriptor.digest if descriptor else None


def _load(
    descriptor: Descriptor, read: ReadBytes, known: dict[Digest, StoredManifest], limits: Limits
) -> StoredManifest | None:
    """Read a manifest that is not known yet and remember it."""
    if descriptor.digest in known or not descriptor.digest.verifiable:
        return None
    data = read(descriptor.digest)
    if data is None:
        return None
    try:
        manifest = read_manifest(data, descriptor.media_type, descriptor.digest, limits)
    except PycraneError:
        return None
    known[descriptor.digest] = manifest
    return manifest


def _tags(index: Index, manifests: Mapping[Digest, StoredManifest]) -> dict[str, Digest]:
    """The tags; where two entries have one tag the first of them counts, as it does for platforms."""
    tags: dict[str, Digest] = {}
    for entry in _entries(index):
        tag, digest = entry_tag(entry), _digest(entry)
        if tag and digest and digest in manifests:
            tags.setdefault(tag, digest)
    return tags


def _entry(manifest: StoredManifest, tag: str | None) -> dict[str, Any]:
    entry: dict[str, Any] = {
        "mediaType": manifest.media_type,
        "digest": str(manifest.digest),
        "size": manifest.size,
    }
    if tag:
        entry["annotations"] = {REF_NAME: tag}
    return entry


def _untagged(entry: Mapping[str, Any]) -> Mapping[str, Any]:
    annotations = {
        key: text for key, text in entry["annotations"].items() if key not in (REF_NAME, CONTAINERD_NAME)
    }
    rest = {key: value for key, value in entry.items() if key != "annotations"}
    return {**rest, "annotations": annotations} if annotations else rest

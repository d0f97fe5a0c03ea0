"""Contents of a repository as an immutable value: manifests, their children and blobs, tags."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from pycrane._errors import MalformedError
from pycrane._limits import DEFAULT_LIMITS, Limits
from pycrane._oci import go_json, media_types
from pycrane._oci.descriptor import Descriptor, read_annotations
from pycrane._oci.digest import Digest
from pycrane._oci.manifest import read_artifact_type, read_descriptors, read_subject

_WHAT = "the manifest"
_TYPE = re.compile(r"[A-Za-z0-9][A-Za-z0-9!#$&^_.+-]{0,126}/[A-Za-z0-9][A-Za-z0-9!#$&^_.+-]{0,126}")


@dataclass(frozen=True, slots=True)
class StoredManifest:
    """A stored manifest: its descriptor, its subject, and the digests it names."""

    digest: Digest
    media_type: str
    size: int
    subject: Digest | None = None
    artifact_type: str = ""
    annotations: Mapping[str, str] | None = None
    children: tuple[Descriptor, ...] = ()
    blobs: tuple[Digest, ...] = ()

    def referrer(self) -> dict[str, Any]:
        """The descriptor that the referrers list shows (distribution spec, Listing Referrers)."""
        return Descriptor(
            self.media_type,
            self.digest,
            self.size,
            annotations=self.annotations or None,
            artifact_type=self.artifact_type,
        ).to_json()


@dataclass(frozen=True, slots=True)
class Contents:
    """The manifests and tags of one repository."""

    manifests: Mapping[Digest, StoredManifest] = field(default_factory=dict)
    tags: Mapping[str, Digest] = field(default_factory=dict)

    def find(self, reference: Digest | str) -> StoredManifest | None:
        """The manifest of a digest or tag."""
        digest = self.tags.get(reference) if isinstance(reference, str) else reference
        return self.manifests.get(digest) if digest else None

    def referrers(self, subject: Digest) -> list[StoredManifest]:
        """The manifests with this subject, sorted by digest."""
        found = (manifest for manifest in self.manifests.values() if manifest.subject == subject)
        return sorted(found, key=lambda manifest: manifest.digest)

    def with_manifest(self, manifest: StoredManifest, tags: Iterable[str]) -> Contents:
        """The contents with this manifest in them, and these tags on it."""
        return Contents(
            {**self.manifests, manifest.digest: manifest},
            {**self.tags, **dict.fromkeys(tags, manifest.digest)},
        )

    def without_manifest(self, digest: Digest) -> Contents:
        """The contents without this manifest and the tags on it; the same object if it is not there."""
        if digest not in self.manifests:
            return self
        return Contents(
            {key: manifest for key, manifest in self.manifests.items() if key != digest},
            {tag: target for tag, target in self.tags.items() if target != digest},
        )

    def without_tag(self, tag: str) -> Contents:
        """The contents without this tag; its manifest stays. The same object if the tag is not there."""
        if tag not in self.tags:
            return self
        return replace(self, tags={name: target for name, target in self.tags.items() if name != tag})


def read_manifest(
    data: bytes, media_type: str, digest: Digest, limits: Limits = DEFAULT_LIMITS
) -> StoredManifest:
    """Read a manifest for the registry. An empty `media_type` is taken from the manifest.

    Any JSON object of any media type is accepted, as artifacts need; known fields must be well formed.

    Raises:
        MalformedError: not a JSON object, manifest and index at once, or a malformed field.
        LimitExceededError: JSON nested too deeply, or with too many values.

    """
    value = go_json.load_object(data, _WHAT, limits)
    stated = value.get("mediaType")
    media_type = media_type or (stated if isinstance(stated, str) else "") or _guess(value)
    if stated is not None and stated != media_type:
        raise MalformedError(f"mediaType is {stated!r} and Content-Type is {media_type!r}")
    if not _TYPE.fullmatch(media_type):
        raise MalformedError(f"{media_type!r} is not a media type")
    if "manifests" in value and ("layers" in value or "config" in value):
        raise MalformedError("a manifest has both manifests and layers or a config")
    subject, config = read_subject(value, _WHAT), _config(value)
    return StoredManifest(
        digest=digest,
        media_type=media_type,
        size=len(data),
        subject=subject.digest if subject else None,
        artifact_type=read_artifact_type(value, _WHAT) or (config.media_type if config else ""),
        annotations=read_annotations(value, _WHAT),
        children=read_descriptors(value, "manifests", _WHAT),
        blobs=tuple(
            blob.digest for blob in (*filter(None, (config,)), *read_descriptors(value, "layers", _WHAT))
        ),
    )


def _guess(value: Mapping[str, Any]) -> str:
    is_index = isinstance(value.get("manifests"), list)
    return media_types.OCI_INDEX if is_index else media_types.OCI_MANIFEST


def _config(value: Mapping[str, Any]) -> Descriptor | None:
    found = value.get("config")
    return None if found is None else Descriptor.from_json(found, f"config of {_WHAT}")

"""Manifests and indexes read (OCI image spec, manifest.md and image-index.md; Docker image manifest v2.2).

Raw bytes stay what they are; these values are for reading. `raw` keeps every field in the order it came.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from pycrane._errors import LimitExceededError, MalformedError, UnsupportedError, expect
from pycrane._limits import DEFAULT_LIMITS, Limits
from pycrane._oci import go_json, json_fields, media_types
from pycrane._oci.descriptor import Descriptor, read_annotations
from pycrane._oci.frozen_json import frozen


@dataclass(frozen=True, slots=True)
class Manifest:
    """An image or artifact: its config and its layers, the base first (OCI image spec, manifest.md).

    `subject` is the manifest that it is about, `artifact_type` empty if it is not said. `raw` is the JSON
    object it was read from.
    """

    media_type: str
    config: Descriptor
    layers: tuple[Descriptor, ...]
    annotations: Mapping[str, str]
    subject: Descriptor | None
    artifact_type: str
    raw: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class IndexManifest:
    """An index: its manifests, in order (OCI image spec, image-index.md). Fields are as with `Manifest`."""

    media_type: str
    manifests: tuple[Descriptor, ...]
    annotations: Mapping[str, str]
    subject: Descriptor | None
    artifact_type: str
    raw: Mapping[str, Any]


def parse_manifest(
    raw: bytes, media_type: str = "", what: str = "manifest", limits: Limits = DEFAULT_LIMITS
) -> Manifest | IndexManifest:
    """Read a manifest or index. `media_type` is what the outside says it is, `what` names it in errors.

    Raises:
        MalformedError: not a manifest, ambiguous (both an image and an index), or of another type than said.
        UnsupportedError: Docker's schema 1.
        LimitExceededError: more layers or manifests than `limits` allow.
    """
    expect(limits, Limits, "limits")
    value = frozen(go_json.load_object(raw, what, limits))
    if value.get("schemaVersion") == 1:
        raise UnsupportedError(
            f"{what} is a Docker schema 1 manifest", hint="schema 1 can be shown and not copied"
        )
    if type(value.get("schemaVersion")) is not int or value["schemaVersion"] != 2:
        raise MalformedError(f"{what} has schemaVersion {value.get('schemaVersion')!r}, expected 2")
    kind = media_types.of_manifest(value, media_type, what)
    if kind in media_types.INDEXES:
        return _index(value, kind, what, limits)
    return _manifest(value, kind, what, limits)


def _manifest(value: dict[str, Any], kind: str, what: str, limits: Limits) -> Manifest:
    layers = read_descriptors(value, "layers", what, limits.layers)
    return Manifest(
        media_type=kind,
        config=Descriptor.from_json(value.get("config"), f"config of {what}"),
        layers=layers,
        annotations=read_annotations(value, what) or {},
        subject=read_subject(value, what),
        artifact_type=read_artifact_type(value, what),
        raw=value,
    )


def _index(value: dict[str, Any], kind: str, what: str, limits: Limits) -> IndexManifest:
    return IndexManifest(
        media_type=kind,
        manifests=read_descriptors(value, "manifests", what, limits.index_entries),
        annotations=read_annotations(value, what) or {},
        subject=read_subject(value, what),
        artifact_type=read_artifact_type(value, what),
        raw=value,
    )


def read_descriptors(
    value: Mapping[str, Any], key: str, what: str, limit: int | None = None
) -> tuple[Descriptor, ...]:
    """The descriptors that a manifest lists under a key, none if it has no such key.

    Raises:
        MalformedError: they are no list of descriptors.
        LimitExceededError: there are more than `limit`.
    """
    items = json_fields.array(value, key, what)
    if limit is not None and len(items) > limit:
        raise LimitExceededError(f"{what} has {len(items)} {key}, more than {limit}")
    return tuple(
        Descriptor.from_json(item, f"{key}[{number}] of {what}") for number, item in enumerate(items)
    )


def read_subject(value: Mapping[str, Any], what: str) -> Descriptor | None:
    """The subject of a manifest, if it has one. Raises MalformedError."""
    subject = value.get("subject")
    return Descriptor.from_json(subject, f"subject of {what}") if subject is not None else None


def read_artifact_type(value: Mapping[str, Any], what: str) -> str:
    """The artifact type that a manifest gives itself, empty without one. Raises MalformedError."""
    return json_fields.text(value, "artifactType", what)

"""Images and indexes converted between OCI's and Docker's formats: media types change and nothing else.

OCI image spec, manifest.md, image-index.md and media-types.md; Docker image manifest v2, schema 2. The
configuration keeps its bytes, and unknown fields stay, so that a conversion there and back gives the first
digest again wherever the first manifest named its media type.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from enum import StrEnum
from typing import Any

from pycrane._errors import LimitExceededError, UnsupportedError
from pycrane._image.content import limits_of
from pycrane._image.view import Image, Index, View, is_manifest, platform_of
from pycrane._mutate.each_image import ImageOrIndex, contained, is_attestation
from pycrane._mutate.lazy import deferred
from pycrane._mutate.overlay import Overlay
from pycrane._mutate.rebuild import is_runnable, redescribed
from pycrane._oci import go_json, media_types
from pycrane._oci.descriptor import Descriptor
from pycrane._oci.digest import Digest
from pycrane._oci.json_style import dumps_like

_ATTESTED = "vnd.docker.reference.digest"  # the annotation by which BuildKit's attestations name their image
_OCI_ONLY = ("annotations", "subject", "artifactType")


class Family(StrEnum):
    """A family of media types: OCI's, or Docker's of schema 2."""

    OCI = "oci"
    DOCKER = "docker"


def convert(view: ImageOrIndex, family: Family | str, *, lossy: bool = False) -> ImageOrIndex:
    """The image or index with the media types of this family, also of everything below an index.

    A view that is of the family stays as it is. Attestations are converted with the rest, and the digests by
    which they name their images follow. Docker's format has no annotations of manifests and layers, no
    subject and no artifact type: with `lossy` they are left out, else they are an error.

    Raises, when the result is read:
        UnsupportedError: the family cannot hold the image; the message names each part that it cannot.
        LimitExceededError: indexes are nested too deeply.
        PycraneError: a manifest or configuration cannot be read.
    """
    converter = _Converter(Family(family), lossy)
    return deferred(view, lambda _: converter.converted(view, limits_of(view.content).index_depth))


class _Converter:
    def __init__(self, family: Family, lossy: bool) -> None:
        self._family = family
        self._lossy = lossy
        self._converted: dict[Digest, View] = {}  # indexes may share what is below them
        self._to_family = media_types.as_oci if family is Family.OCI else media_types.as_docker

    def converted(self, view: View, depth: int) -> View:
        if isinstance(view, Image):
            return self._image(view)
        if depth == 0:
            raise LimitExceededError(f"indexes below {view.digest} are nested too deeply")
        return self._index(view, depth)

    def _image(self, image: Image, *, attestation: bool = False) -> Image:
        if media_types.is_oci(image.media_type) is (self._family is Family.OCI):
            return image
        fields = dict(image.manifest.raw)
        if self._family is Family.DOCKER and not attestation:
            self._check_docker_holds(image)
            fields = self._without_oci_fields(fields)
        fields = _with_media_type(fields, self._to_family(image.media_type))
        fields["config"] = self._retyped(fields["config"], attestation=attestation)
        fields["layers"] = [self._retyped(layer, attestation=attestation) for layer in fields["layers"]]
        raw = dumps_like(image.raw_manifest, fields, go_json.MANIFEST)
        descriptor = Descriptor(
            fields["mediaType"], Digest.of(raw), len(raw), platform=image.descriptor.platform
        )
        return Image(image.content, raw, descriptor)

    def _index(self, index: Index, depth: int) -> Index:
        children: dict[Digest, View] = {}
        entries = index.index_manifest.manifests
        for entry in entries:
            if is_manifest(entry) and entry.digest not in children:
                if entry.digest not in self._converted:
                    self._converted[entry.digest] = self._child(index, entry, depth)
                children[entry.digest] = self._converted[entry.digest]
        moved = {str(old): str(new.digest) for old, new in children.items()}
        fields = {
            **index.index_manifest.raw,
            "manifests": [self._entry(entry, children.get(entry.digest), moved) for entry in entries],
        }
        if self._family is Family.DOCKER:
            self._check_no_loss(index.digest, (name for name in _OCI_ONLY if fields.get(name)))
            fields = {name: value for name, value in fields.items() if name not in _OCI_ONLY}
        fields = _with_media_type(fields, self._to_family(index.media_type))
        if fields == index.index_manifest.raw:
            return index
        raw = dumps_like(index.raw_manifest, fields, go_json.INDEX)
        held = {child.digest: child.raw_manifest for child in children.values()}
        parts = {digest: child.content for child in children.values() for digest in contained(child)}
        return Index(
            Overlay(held, parts, index.content),
            raw,
            Descriptor.of(fields["mediaType"], raw),
        )

    def _child(self, index: Index, entry: Descriptor, depth: int) -> View:
        child = index.child(entry)
        if isinstance(child, Index):
            return self.converted(child, depth - 1)
        return self._image(child, attestation=is_attestation(entry))

    def _entry(self, entry: Descriptor, child: View | None, moved: Mapping[str, str]) -> dict[str, Any]:
        fields = entry.to_json()
        if child is not None:
            fields = {**redescribed(fields, child.raw_manifest), "mediaType": child.media_type}
            fields = self._with_platform(fields, child)
        annotations = dict(fields.get("annotations") or {})
        if annotations.get(_ATTESTED) in moved:
            fields["annotations"] = {**annotations, _ATTESTED: moved[annotations[_ATTESTED]]}
        return fields

    def _with_platform(self, fields: dict[str, Any], child: View) -> dict[str, Any]:
        """The entry with the platform that Docker's lists require of each."""
        if self._family is Family.OCI or fields.get("platform") or isinstance(child, Index):
            return fields
        platform = platform_of(child)
        named = platform.to_json() if platform else {"architecture": "unknown", "os": "unknown"}
        return {**fields, "platform": named}

    def _retyped(self, raw: Mapping[str, Any], *, attestation: bool) -> dict[str, Any]:
        fields = {**raw, "mediaType": self._to_family(raw["mediaType"])}
        return fields if attestation or self._family is Family.OCI else self._without_oci_fields(fields)

    def _without_oci_fields(self, fields: Mapping[str, Any]) -> dict[str, Any]:
        return {name: value for name, value in fields.items() if name not in _OCI_ONLY}

    def _check_docker_holds(self, image: Image) -> None:
        if not is_runnable(image):
            raise UnsupportedError(
                f"{image.digest} is an artifact with a config of type {image.manifest.config.media_type}; "
                "Docker's format holds images only",
                hint="copy it without converting it",
            )
        for number, layer in enumerate(image.manifest.layers):
            if not media_types.as_docker(layer.media_type).startswith("application/vnd.docker."):
                raise UnsupportedError(
                    f"layer {number} of {image.digest} is of type {layer.media_type}, "
                    "which Docker's format cannot hold",
                    hint="compress it with --compression gzip",
                )
        raw = image.manifest.raw
        described = any(layer.get("annotations") for layer in (raw["config"], *raw["layers"]))
        lost = [name for name in _OCI_ONLY if raw.get(name)]
        self._check_no_loss(image.digest, [*lost, *(["annotations of layers"] if described else [])])

    def _check_no_loss(self, digest: Digest, lost: Iterable[str]) -> None:
        names = " and ".join(lost)
        if names and not self._lossy:
            raise UnsupportedError(
                f"{digest} has {names}, which Docker's format cannot hold",
                hint="keep the OCI format, or leave them out with --lossy",
            )


def _with_media_type(fields: Mapping[str, Any], media_type: str) -> dict[str, Any]:
    """The fields with this media type, which stands behind `schemaVersion` where there was none."""
    if "mediaType" in fields:
        return {**fields, "mediaType": media_type}
    first = {"schemaVersion": fields["schemaVersion"], "mediaType": media_type}
    return {**first, **{name: value for name, value in fields.items() if name not in first}}

"""Validation of an image or index with all below it (OCI image spec; Docker image spec v2.2).

Sizes, digests, media types, platforms, fields of configurations, the counts of layers, diff ids and history,
and every layer. One run finds all problems.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

from pycrane._errors import (
    IntegrityError,
    LimitExceededError,
    MalformedError,
    NotFoundError,
    UnsupportedError,
)
from pycrane._image.content import limits_of
from pycrane._image.run import Run, one_by_one
from pycrane._image.validate_config import config_problems
from pycrane._image.validate_layer import examine
from pycrane._image.view import Image, Index, Layer, View, is_manifest
from pycrane._oci import media_types
from pycrane._oci.config import ConfigFile
from pycrane._oci.descriptor import Descriptor
from pycrane._oci.digest import Digest

_NO_TYPE = "its descriptor has no mediaType"
FAULTS = (IntegrityError, LimitExceededError, MalformedError, NotFoundError, UnsupportedError)
"""Errors about the image itself, and not about the connection to it."""

Look = Callable[[Layer, Digest | None], list[str]]
"""Checks a layer with this diff id, or a blob without one; returns the problems found."""


def validate(view: View, look: Look = examine, run: Run = one_by_one) -> list[str]:
    """Return the problems of a view and all below it, one line each; nothing if it is well-formed.

    `look` checks each layer and other blob, once for all images that have it; a manifest that several indexes
    name is read once.

    Raises:
        PycraneError: content cannot be read, for a reason outside of the image.
    """
    findings = [_Finding()]
    level: list[_Place] = [_Place("", view)]
    seen: set[Digest] = set()
    for _ in range(limits_of(view.content).index_depth):
        found = run(_inspected, level)
        findings += found
        level = [child for finding in found for child in finding.children if _is_new(child.view, seen)]
        if not level:
            break
    else:
        findings[0].problems.append("its indexes are nested too deeply")
    blobs = [blob for finding in findings for blob in finding.blobs]
    return [problem for finding in findings for problem in finding.problems] + _looked_at(blobs, look, run)


def _is_new(view: View, seen: set[Digest]) -> bool:
    """Whether a view is an image, or an index that was not inspected yet: indexes may share others."""
    if isinstance(view, Image):
        return True
    new = view.digest not in seen
    seen.add(view.digest)
    return new


@dataclass(frozen=True, slots=True)
class _Place:
    """A view, and its place, which comes before its problems."""

    where: str
    view: View


@dataclass(frozen=True, slots=True)
class _Blob:
    where: str
    layer: Layer
    diff_id: Digest | None


@dataclass(slots=True)
class _Finding:
    problems: list[str] = field(default_factory=list)
    blobs: list[_Blob] = field(default_factory=list)
    children: list[_Place] = field(default_factory=list)


def _inspected(place: _Place) -> _Finding:
    finding = _Finding()
    try:
        if isinstance(place.view, Index):
            _inspect_index(place.view, place.where, finding)
        else:
            _inspect_image(place.view, place.where, finding)
    except FAULTS as error:
        finding.problems.append(error.message)
    finding.problems = [place.where + problem for problem in finding.problems]
    return finding


def _inspect_index(index: Index, where: str, finding: _Finding) -> None:
    for number, entry in enumerate(index.index_manifest.manifests):
        inside = f"{where}manifests[{number}]: "
        if not entry.media_type:
            finding.problems.append(inside.removeprefix(where) + _NO_TYPE)
        if not is_manifest(entry):
            finding.blobs.append(_Blob(inside, Layer(index.content, entry), None))
            continue
        try:
            child = index.child(entry)
        except FAULTS as error:
            finding.problems.append(inside.removeprefix(where) + error.message)
        else:
            finding.children.append(_Place(inside, child))


def _inspect_image(image: Image, where: str, finding: _Finding) -> None:
    layers = [Layer(image.content, descriptor) for descriptor in image.manifest.layers]
    if not image.manifest.config.media_type:
        finding.problems.append(f"config: {_NO_TYPE}")
    finding.problems += [
        f"layers[{number}]: {_NO_TYPE}" for number, layer in enumerate(layers) if not layer.media_type
    ]
    diff_ids: Sequence[Digest | None] = [None] * len(layers)
    try:
        config = _config(image)
    except FAULTS as error:
        finding.problems.append(error.message)
        config = None
    if config is not None:
        finding.problems += [*_counts(image, config), *_platform(image.descriptor, config)]
        finding.problems += config_problems(config, f"config {image.config_name}")
        diff_ids = [*config.diff_ids, *diff_ids][: len(layers)]
    finding.blobs += [
        _Blob(f"{where}layers[{number}]: ", layer, diff_id)
        for number, (layer, diff_id) in enumerate(zip(layers, diff_ids, strict=True))
    ]


def _config(image: Image) -> ConfigFile | None:
    """The configuration, verified; None of an artifact, whose config is verified too."""
    if image.manifest.config.media_type in media_types.CONFIGS:
        return image.config_file
    image.raw_config_file  # noqa: B018
    return None


def _counts(image: Image, config: ConfigFile) -> list[str]:
    problems = []
    layers, diff_ids = len(image.manifest.layers), len(config.diff_ids)
    rootfs = config.raw.get("rootfs") or {}
    if rootfs.get("type") != "layers":
        problems.append(
            f"config {image.config_name} has a rootfs of type {rootfs.get('type')!r}, expected 'layers'"
        )
    if layers != diff_ids:
        problems.append(f"the manifest has {layers} layers, config {image.config_name} has {diff_ids}")
    made = sum(not entry.get("empty_layer") for entry in config.history)
    if config.history and made != diff_ids:
        problems.append(f"config {image.config_name} has {diff_ids} layers, its history tells of {made}")
    return problems


def _platform(descriptor: Descriptor, config: ConfigFile) -> list[str]:
    wanted = descriptor.platform
    if wanted is None or config.platform.serves(wanted):
        return []
    return [f"the index says that it is for {wanted}, its config says {str(config.platform) or 'nothing'}"]


def _looked_at(blobs: Sequence[_Blob], look: Look, run: Run) -> list[str]:
    once = {(blob.layer.descriptor, blob.diff_id): blob for blob in blobs}

    def looked(blob: _Blob) -> list[str]:
        try:
            return look(blob.layer, blob.diff_id)
        except FAULTS as error:
            return [error.message]

    # The largest first: they decide when all are done.
    order = sorted(once, key=lambda key: -key[0].size)
    found = dict(zip(order, run(looked, [once[key] for key in order]), strict=True))
    return [blob.where + problem for blob in blobs for problem in found[blob.layer.descriptor, blob.diff_id]]

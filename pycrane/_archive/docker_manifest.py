"""`manifest.json` of docker-save archives: the entries of each image (Docker image spec 1.2)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Any

from pycrane._errors import ArchiveError, LimitExceededError, MalformedError
from pycrane._image.view import Image
from pycrane._limits import DEFAULT_LIMITS, Limits
from pycrane._oci import go_json, json_fields, media_types
from pycrane._oci.descriptor import Descriptor
from pycrane._oci.go_json import DESCRIPTOR

MANIFEST_JSON = "manifest.json"
_KEYS = ("Config", "RepoTags", "Layers", "LayerSources")


@dataclass(frozen=True, slots=True)
class SavedImage:
    """One image of an archive: its tags, and the names of the entries that are its config and its layers.

    `sources` are descriptors by diff id, of layers that can be had elsewhere or that were stored otherwise.
    """

    config: str
    layers: tuple[str, ...]
    tags: tuple[str, ...] | None = None
    sources: Mapping[str, Descriptor] = field(default_factory=dict)


def write_manifest(images: Sequence[SavedImage]) -> bytes:
    """The bytes of `manifest.json`."""
    return go_json.dumps([_entry(image) for image in images])


def _entry(image: SavedImage) -> dict[str, Any]:
    entry: dict[str, Any] = {
        "Config": image.config,
        "RepoTags": None if image.tags is None else list(image.tags),
        "Layers": list(image.layers),
    }
    if image.sources:
        entry["LayerSources"] = {
            diff_id: go_json.ordered(descriptor.to_json(), DESCRIPTOR)
            for diff_id, descriptor in sorted(image.sources.items())
        }
    return entry


def foreign_sources(image: Image) -> dict[str, Descriptor]:
    """The layers of an image that are not to be distributed, by diff id."""
    if not any(layer.media_type in media_types.FOREIGN_LAYERS for layer in image.manifest.layers):
        return {}
    foreign = (layer for layer in image.layers if layer.media_type in media_types.FOREIGN_LAYERS)
    return {str(layer.diff_id): layer.descriptor for layer in foreign}


def read_manifest(raw: bytes, limits: Limits = DEFAULT_LIMITS) -> list[SavedImage]:
    """The images that a `manifest.json` names.

    Raises:
        MalformedError: not JSON, or not a list of images as Docker writes them.
        LimitExceededError: it lists more images, or more layers of one, than `limits` allow.
    """
    entries = go_json.loads(raw, MANIFEST_JSON, limits)
    if not isinstance(entries, list) or not entries:
        raise ArchiveError(f"{MANIFEST_JSON} is not a list of images")
    if len(entries) > limits.index_entries:
        raise LimitExceededError(
            f"{MANIFEST_JSON} lists {len(entries)} images, more than {limits.index_entries}"
        )
    images = [_saved(entry, f"entry {number} of {MANIFEST_JSON}") for number, entry in enumerate(entries)]
    if (most := max(len(image.layers) for image in images)) > limits.layers:
        raise LimitExceededError(f"an image of {MANIFEST_JSON} has {most} layers, more than {limits.layers}")
    return images


def _saved(entry: object, what: str) -> SavedImage:
    known = _known_keys(entry) if isinstance(entry, dict) else {}
    config = json_fields.text(known, "Config", what, ArchiveError)
    if not config:
        raise ArchiveError(f"{what} names no config")
    tags = json_fields.texts(known, "RepoTags", what, ArchiveError)
    return SavedImage(
        config=config,
        layers=json_fields.texts(known, "Layers", what, ArchiveError),
        tags=None if known.get("RepoTags") is None else tags,
        sources=_sources(known, what),
    )


def _known_keys(entry: Mapping[str, Any]) -> dict[str, Any]:
    """The fields of an entry by Docker's spelling of their keys.

    Go takes any case, so some programs write other cases (older jib). Docker's own counts first.
    """
    folded = {key.lower(): value for key, value in entry.items()}
    return {key: entry.get(key, folded.get(key.lower())) for key in _KEYS}


def _sources(entry: Mapping[str, Any], what: str) -> dict[str, Descriptor]:
    sources = {}
    for diff_id, source in json_fields.mapping(entry, "LayerSources", what, ArchiveError).items():
        # An archive can be read without them, so an invalid one is left out.
        with suppress(MalformedError):
            sources[diff_id] = Descriptor.from_json(source, f"LayerSources of {what}")
    return sources

"""Layers as Docker's first image format has them: each a directory named by an id, chained to its parent's.

Docker image spec 1.0 and 1.1; the ids are chained as crane chains them, so that both write the same files.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from pycrane._errors import MalformedError
from pycrane._image.view import Image
from pycrane._oci import go_json
from pycrane._oci.config import ConfigFile, parse_config
from pycrane._oci.descriptor import Descriptor
from pycrane._oci.go_json import CONFIG_FILE, Field, Struct

_CONFIG = next(field for field in CONFIG_FILE.fields if field.name == "config").inside
_LAYER_CONFIG = Struct(
    (
        *CONFIG_FILE.fields,
        Field("container_config", True, {}, _CONFIG),
        *(Field(name) for name in ("id", "parent", "throwaway", "comment")),
    )
)
_FROM_IMAGE = ("architecture", "container", "created", "docker_version", "os", "config")


@dataclass(frozen=True, slots=True)
class LegacyLayer:
    """A layer's directory name, the bytes of its `json`, and the layer itself."""

    id: str
    json: bytes
    descriptor: Descriptor


def legacy_layers(image: Image, raw_config: bytes) -> Iterator[LegacyLayer]:
    """The layers of an image, the base first; the top one carries the image's configuration.

    Raises:
        MalformedError: the configuration cannot be read, or its history or layers are of another number.
    """
    config = parse_config(raw_config, f"config {image.config_name}")
    layers = image.manifest.layers
    history = _history(config, len(layers))
    if len(config.diff_ids) != len(layers):
        raise MalformedError(f"{image.digest} has {len(layers)} layers, its config {len(config.diff_ids)}")
    parent = ""
    for number, layer in enumerate(layers):
        top = number == len(layers) - 1
        layer_id = _layer_id(layer, parent, raw_config if top else b"")
        value = _layer_config(history[number], layer_id, parent, config.raw if top else {})
        yield LegacyLayer(layer_id, value, layer)
        parent = layer_id


def _history(config: ConfigFile, count: int) -> Sequence[Mapping[str, Any]]:
    """The history entry of each layer; empty ones if the config has no history."""
    history = [entry for entry in config.history if not entry.get("empty_layer")]
    if history and len(history) != count:
        raise MalformedError(f"config has a history of {len(history)} layers, its image has {count}")
    return history or [{}] * count


def _layer_id(layer: Descriptor, parent: str, raw_config: bytes) -> str:
    text = f"{layer.digest.encoded} {parent}".encode() + (b" " + raw_config if raw_config else b"")
    return hashlib.sha256(text, usedforsecurity=False).hexdigest()


def _layer_config(history: Mapping[str, Any], layer_id: str, parent: str, image: Mapping[str, Any]) -> bytes:
    value = {
        "created": history.get("created"),
        "author": history.get("author"),
        "container_config": {"Cmd": [history.get("created_by") or ""]},
        "id": layer_id,
        "parent": parent,
        "comment": history.get("comment"),
    }
    value.update((key, image[key]) for key in _FROM_IMAGE if image.get(key) is not None)
    return go_json.dumps(go_json.ordered(value, _LAYER_CONFIG))

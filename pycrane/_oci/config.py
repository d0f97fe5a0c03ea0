"""An image's configuration read (OCI image spec, config.md). `raw` keeps every field in the order it came."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from pycrane._errors import InvalidReferenceError, LimitExceededError, MalformedError
from pycrane._limits import DEFAULT_LIMITS, Limits
from pycrane._oci import go_json, json_fields
from pycrane._oci.digest import Digest
from pycrane._oci.frozen_json import frozen
from pycrane._oci.platform import Platform


@dataclass(frozen=True, slots=True)
class ConfigFile:
    """An image's platform, settings to run it, and layers (OCI image spec, config.md).

    `created` is RFC 3339, empty if it is not said; `config` says how a container runs (`Env`, `Cmd`, `Labels`
    …); `history` is one object for each step, the first first; `diff_ids` are the digests of the uncompressed
    layers, the base first. `raw` is the JSON object it was read from.
    """

    platform: Platform
    created: str
    author: str
    config: Mapping[str, Any]
    history: tuple[Mapping[str, Any], ...]
    diff_ids: tuple[Digest, ...]
    raw: Mapping[str, Any]


def parse_config(raw: bytes, what: str = "config", limits: Limits = DEFAULT_LIMITS) -> ConfigFile:
    """Read a configuration; `what` names it in errors.

    Raises:
        MalformedError: not JSON, a field of a wrong type, or a rootfs that is not a list of layers.
        LimitExceededError: too many layers, or JSON values.
    """
    value = frozen(go_json.load_object(raw, what, limits))
    rootfs = json_fields.mapping(value, "rootfs", what)
    if rootfs.get("type") not in (None, "", "layers"):
        raise MalformedError(f"{what} has a rootfs of type {rootfs['type']!r}, expected 'layers'")
    history = json_fields.mappings(value, "history", what)
    if len(rootfs.get("diff_ids") or ()) > limits.layers:
        raise LimitExceededError(f"{what} has more than {limits.layers} layers")
    return ConfigFile(
        platform=_platform(value, what),
        created=json_fields.text(value, "created", what),
        author=json_fields.text(value, "author", what),
        config=json_fields.mapping(value, "config", what),
        history=tuple(history),
        diff_ids=_diff_ids(json_fields.array(rootfs, "diff_ids", what), what),
        raw=value,
    )


def _platform(value: Mapping[str, Any], what: str) -> Platform:
    keys = ("os", "architecture", "variant", "os.version", "os.features")
    return Platform.from_json({key: value.get(key) for key in keys}, what)


def _diff_ids(items: list[Any], what: str) -> tuple[Digest, ...]:
    try:
        return tuple(Digest.parse(item) for item in items)
    except (InvalidReferenceError, TypeError) as error:
        raise MalformedError(f"{what} has diff_ids that are not digests: {error}") from error

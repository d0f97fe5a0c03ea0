"""`index.json` of a layout changed: entries added, names moved, two writers kept apart (image-layout.md)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from pycrane._image.view import Index
from pycrane._io.lock import locked
from pycrane._io.whole_file import write_whole
from pycrane._oci import go_json, media_types
from pycrane._oci.annotations import REF_NAME
from pycrane._oci.go_json import DESCRIPTOR, INDEX

LAYOUT_VERSION = go_json.dumps({"imageLayoutVersion": "1.0.0"}, indent=4)
_INDENT = 3


def add_entries(raw: bytes | None, entries: Sequence[Mapping[str, Any]], *, replace: bool = False) -> bytes:
    """An `index.json` with more entries; `raw` is the present one, None if there is none.

    An entry of the same digest and name is replaced where it stands. A name that another manifest had moves
    to the new one; the other stays, without a name, or with `replace` goes.

    Raises:
        MalformedError: `raw` is not JSON.
    """
    index: dict[str, Any] = {"schemaVersion": 2, "mediaType": media_types.OCI_INDEX}
    if raw is not None:
        index = go_json.load_object(raw, "index.json")
    manifests = list(index.get("manifests") or [])
    for entry in entries:
        _add(manifests, dict(entry), replace)
    return go_json.dumps(go_json.ordered({**index, "manifests": manifests}, INDEX), indent=_INDENT)


def replace_entries(directory: Path, index: Index) -> None:
    """Make this index the `index.json` of a layout. Raises PycraneError if it cannot be written."""
    value = go_json.ordered(index.index_manifest.raw, INDEX)
    with locked(directory):
        write_whole(directory / "index.json", go_json.dumps(value, indent=_INDENT), 0o777)


def _add(manifests: list[dict[str, Any]], entry: dict[str, Any], replace: bool) -> None:
    name = _name(entry)
    for position, other in enumerate(manifests):
        if _name(other) == name and other.get("digest") == entry["digest"]:
            manifests[position] = entry
            return
        if name is not None and _name(other) == name:
            manifests[position] = entry if replace else _nameless(other)
            if replace:
                return
    manifests.append(entry)


def _name(entry: Mapping[str, Any]) -> str | None:
    name: str | None = (entry.get("annotations") or {}).get(REF_NAME)
    return name


def _nameless(entry: Mapping[str, Any]) -> dict[str, Any]:
    rest = {key: value for key, value in entry["annotations"].items() if key != REF_NAME}
    changed = {key: value for key, value in entry.items() if key != "annotations"}
    return go_json.ordered({**changed, "annotations": rest} if rest else changed, DESCRIPTOR)

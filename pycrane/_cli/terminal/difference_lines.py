"""The difference of two images as lines, and as JSON."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

from pycrane._cli.terminal.file_lines import fields, long_line
from pycrane._cli.terminal.sizes import human
from pycrane._client.difference import Difference
from pycrane._oci.descriptor import Descriptor
from pycrane._oci.frozen_json import thawed


def difference_lines(found: Difference) -> Iterator[str]:
    """Yield lines that begin with `-` for what is in the first alone, `+` for the second, `=` for both."""
    for name, (before, after) in found.config.items():
        if before is not None:
            yield f"- {name} {_json(before)}"
        if after is not None:
            yield f"+ {name} {_json(after)}"
    for sign, layers in (("=", found.common), ("-", found.removed), ("+", found.added)):
        yield from (f"{sign} layer {layer.digest} {human(layer.size)}" for layer in layers)
    yield from (f"- {long_line(entry)}" for entry in found.removed_files or ())
    yield from (f"+ {long_line(entry)}" for entry in found.added_files or ())
    for changed in found.changed_files or ():
        yield f"- {long_line(changed.before)}"
        yield f"+ {long_line(changed.after)}"


def difference_value(found: Difference) -> dict[str, Any]:
    """Return the difference as an object for JSON."""
    value: dict[str, Any] = {
        "before": str(found.before),
        "after": str(found.after),
        "same": found.same,
        "config": {
            name: {"before": thawed(old), "after": thawed(new)} for name, (old, new) in found.config.items()
        },
        "layers": {
            "common": [_layer(layer) for layer in found.common],
            "removed": [_layer(layer) for layer in found.removed],
            "added": [_layer(layer) for layer in found.added],
        },
    }
    if found.changed_files is not None:
        value["files"] = {
            "removed": [fields(entry) for entry in found.removed_files or ()],
            "added": [fields(entry) for entry in found.added_files or ()],
            "changed": [
                {"before": fields(each.before), "after": fields(each.after)} for each in found.changed_files
            ],
        }
    return value


def _layer(layer: Descriptor) -> dict[str, Any]:
    return {"digest": str(layer.digest), "size": layer.size}


def _json(value: object) -> str:
    return json.dumps(value, ensure_ascii=False)

"""JSON documents written again in the style they came in: an edit taken back gives the first bytes again."""

from __future__ import annotations

import itertools
import json
from collections.abc import Mapping
from typing import Any, NamedTuple

from pycrane._oci import go_json
from pycrane._oci.go_json import Struct


class _Style(NamedTuple):
    """Spelling of a JSON document: indent and separators, optional escapes, a newline at the end."""

    layout: tuple[int | str | None, str, str]
    ascii_only: bool
    go_escapes: bool
    end: str

    def dumps(self, value: Any) -> bytes:
        indent, comma, colon = self.layout
        text = json.dumps(value, indent=indent, separators=(comma, colon), ensure_ascii=self.ascii_only)
        return ((text.translate(go_json.ESCAPES) if self.go_escapes else text) + self.end).encode()


_LAYOUTS = ((None, ",", ":"), *((indent, ",", ": ") for indent in (3, 2, 4, "\t", 1)), (None, ", ", ": "))
_STYLES = tuple(
    itertools.starmap(_Style, itertools.product(_LAYOUTS, (False, True), (False, True), ("", "\n")))
)


def dumps_like(raw: bytes, value: Mapping[str, Any], struct: Struct) -> bytes:
    """Return the object `value` as JSON in the style of the document `raw`.

    A document in a style of its own is written as Go writes `struct`.
    """
    before = json.loads(raw)
    for style in _STYLES:
        if style.dumps(before) == raw:
            return style.dumps(value)
    return go_json.dumps(go_json.ordered(value, struct))

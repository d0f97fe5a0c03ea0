"""Values of output templates, and their text as Go's packages fmt and encoding/json print them."""

from __future__ import annotations

import json
import math
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from pycrane._errors import PycraneError

MOST_OUTPUT = 16 * 1024 * 1024
"""Characters of one text that a template makes, and of all it prints."""
_LINE_SEPARATORS = str.maketrans({char: f"\\u{ord(char):04x}" for char in "\u2028\u2029"})


class TemplateError(PycraneError):
    """A template that cannot be read, or does not fit the value that it is applied to."""


@dataclass(frozen=True, slots=True)
class Record:
    """A struct of Go: fields by name, in their order. Another name is an error, unlike with a map.

    `keys` are the names of fields in JSON where they differ, `optional` the fields that JSON leaves out when
    they are empty.
    """

    kind: str
    fields: Mapping[str, Any]
    keys: Mapping[str, str] = field(default_factory=dict)
    optional: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class GoTime:
    """A time of Go: its text in templates, and its text in JSON."""

    text: str
    json: str


class NilMap(dict[str, Any]):
    """A map of Go that was not made: it is empty, and `null` in JSON."""


class NilSlice(list[Any]):
    """A slice of Go that was not made: it is empty, and `null` in JSON."""


def kind_of(value: object) -> str:
    """Return the name of a value's type, as messages of Go have it."""
    match value:
        case None:
            return "<nil>"
        case Record():
            return value.kind
        case bool():
            return "bool"
        case dict():
            return "map[string]string" if has_texts(value) else "map[string]interface {}"
        case list() | tuple():
            return "[]string" if all(isinstance(each, str) for each in value) else "[]interface {}"
        case GoTime():
            return "time.Time"
    return {int: "int", float: "float64", str: "string"}.get(type(value), type(value).__name__)


def has_texts(value: Mapping[str, Any]) -> bool:
    """Return whether a map holds nothing but texts."""
    return all(isinstance(each, str) for each in value.values())


def octets(text: str) -> bytes:
    """Return a text's bytes; a byte that is not part of UTF-8 is itself."""
    try:
        return text.encode("utf-8", "surrogateescape")
    except UnicodeEncodeError:
        return text.encode("utf-8", "replace")


def text_of(raw: bytes) -> str:
    """Return the text of bytes, which `octets` turns into the bytes again."""
    return raw.decode("utf-8", "surrogateescape")


def printed(value: object, *, names: bool = False) -> str:
    """Return the text of a value as the verb `%v` has it; with `names` the fields of structs are named."""
    pieces: list[str] = []
    length = 0
    for piece in _pieces(value, names):
        pieces.append(piece)
        length += len(piece)
        check_length(length)
    return "".join(pieces)


def check_length(length: int) -> None:
    """Raise TemplateError for a text that is too long."""
    if length > MOST_OUTPUT:
        raise TemplateError(f"a template makes more than {MOST_OUTPUT} characters")


def _pieces(value: object, names: bool) -> Iterator[str]:
    match value:
        case None:
            yield "<nil>"
        case bool():
            yield "true" if value else "false"
        case str():
            yield value
        case float():
            yield float_text(value)
        case GoTime():
            yield value.text
        case Record():
            labels = (f"{name}:" if names else "" for name in value.fields)
            yield from _joined("{", zip(labels, value.fields.values(), strict=True), names)
        case dict():
            items = ((f"{printed(key)}:", each) for key, each in sorted(value.items()))
            yield from _joined("map[", items, names)
        case list() | tuple():
            yield from _joined("[", (("", each) for each in value), names)
        case _:
            yield str(value)


def _joined(start: str, items: Iterator[tuple[str, object]], names: bool) -> Iterator[str]:
    yield start
    for number, (label, each) in enumerate(items):
        yield f" {label}" if number else label
        yield from _pieces(each, names)
    yield "}" if start == "{" else "]"


def float_text(value: float) -> str:
    """Return the shortest text of a float that reads as the same (strconv, format g)."""
    if not math.isfinite(value):
        return {math.inf: "+Inf", -math.inf: "-Inf"}.get(value, "NaN")
    if value == 0:
        return "-0" if math.copysign(1, value) < 0 else "0"
    mantissa, _, exponent = repr(value).partition("e")
    sign, mantissa = ("-", mantissa[1:]) if mantissa.startswith("-") else ("", mantissa)
    whole, _, fraction = mantissa.partition(".")
    digits = (whole + fraction).lstrip("0")
    point = len(whole) + int(exponent or 0) - (len(whole + fraction) - len(digits))
    digits = digits.rstrip("0")
    if point - 1 not in range(-4, 6):
        tail = f".{digits[1:]}" if digits[1:] else ""
        return f"{sign}{digits[0]}{tail}e{'-' if point < 1 else '+'}{abs(point - 1):02d}"
    if point <= 0:
        return f"{sign}0.{'0' * -point}{digits}"
    padded = digits.ljust(point, "0")
    return sign + padded[:point] + (f".{padded[point:]}" if padded[point:] else "")


def plain_json(value: object) -> Any:
    """Return a value as objects, arrays and texts that `json.dumps` takes, fields in their order."""
    match value:
        case NilMap() | NilSlice():
            return None
        case Record():
            return {
                value.keys.get(name, name): plain_json(each)
                for name, each in value.fields.items()
                if name not in value.optional or not _empty(each)
            }
        case GoTime():
            return value.json
        case dict():
            return {key: plain_json(each) for key, each in sorted(value.items())}
        case list() | tuple():
            return [plain_json(each) for each in value]
        case str():
            return octets(value).decode("utf-8", "replace")
        case float() if not math.isfinite(value):
            raise TemplateError(f"JSON has no number {printed(value)}")
        case float() if value.is_integer() and abs(value) < 1e21:
            return int(value)
    return value


def _empty(value: object) -> bool:
    return not isinstance(value, Record | GoTime) and not value


def json_text(value: object) -> str:
    """Return a value as compact JSON; `<`, `>` and `&` stay, as in the function `json` of templates."""
    text = json.dumps(plain_json(value), ensure_ascii=False, separators=(",", ":"))
    check_length(len(text))
    return text.translate(_LINE_SEPARATORS)

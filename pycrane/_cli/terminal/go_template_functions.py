"""Functions of output templates: Go's own (text/template), and those that docker, podman and skopeo add."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any
from urllib.parse import quote_plus

from pycrane._cli.terminal.go_printf import formatted
from pycrane._cli.terminal.go_template_values import (
    GoTime,
    NilSlice,
    Record,
    TemplateError,
    check_length,
    has_texts,
    json_text,
    kind_of,
    octets,
    printed,
    text_of,
)

_HTML = str.maketrans({'"': "&#34;", "'": "&#39;", "&": "&amp;", "<": "&lt;", ">": "&gt;", "\0": "\ufffd"})
_JS = str.maketrans(
    {
        "\\": "\\\\",
        "'": "\\'",
        '"': '\\"',
        **{char: f"\\u{ord(char):04X}" for char in "<>&="},
        **{chr(code): f"\\u{code:04X}" for code in range(32)},
    }
)


def is_true(value: object) -> bool:
    """Return whether a value counts as true: it is not empty, and structs and times always do."""
    return isinstance(value, Record | GoTime) or bool(value)


def call(name: str, arguments: Sequence[object]) -> Any:
    """Call a function. Raises TemplateError if the arguments do not fit."""
    function, least, most = FUNCTIONS[name]
    if not least <= len(arguments) <= (len(arguments) if most is None else most):
        expected = (
            str(least) if most == least else f"at least {least}" if most is None else f"{least} or {most}"
        )
        raise TemplateError(f"a template calls {name} with {len(arguments)} arguments, expected {expected}")
    result = function(*arguments)
    if isinstance(result, str):
        check_length(len(result))
    return result


def _length(value: object) -> int:
    if isinstance(value, str):
        return len(octets(value))
    if isinstance(value, list | tuple | dict):
        return len(value)
    raise TemplateError(f"len of type {kind_of(value)}")


def _index(value: object, *keys: object) -> Any:
    for key in keys:
        if isinstance(value, Mapping):
            if not isinstance(key, str):
                raise TemplateError(f"index of a map by {printed(key)}, expected a string")
            value = value.get(key, "" if has_texts(value) else None)
            continue
        items: Any = octets(value) if isinstance(value, str) else value
        if not isinstance(items, list | tuple | bytes):
            raise TemplateError(f"cannot index a value of type {kind_of(value)}")
        value = items[_position(key, len(items) - 1)]
    return value


def _slice(value: object, *bounds: object) -> Any:
    items: Any = octets(value) if isinstance(value, str) else value
    if not isinstance(items, list | tuple | bytes) or (len(bounds) > 2 and isinstance(items, bytes)):
        raise TemplateError(f"cannot slice a value of type {kind_of(value)}")
    start, end, *_ = [*(_position(bound, len(items)) for bound in bounds), 0, len(items)][
        : max(2, len(bounds))
    ]
    if len(bounds) < 2:
        start, end = (_position(bounds[0], len(items)) if bounds else 0), len(items)
    if start > end:
        raise TemplateError(f"slice from {start} to {end}")
    return text_of(items[start:end]) if isinstance(items, bytes) else items[start:end]


def _position(value: object, most: int) -> int:
    if type(value) is not int:
        raise TemplateError(f"cannot index with type {kind_of(value)}")
    if not 0 <= value <= most:
        raise TemplateError(f"index out of range: {value}")
    return value


def _equal(first: object, *others: object) -> bool:
    return any([_same(first, other) for other in others])  # noqa: C419 - wrong types further on are errors too


def _same(first: object, second: object) -> bool:
    kinds = {_basic(each) for each in (first, second) if each is not None}
    if len(kinds) > 1:
        raise TemplateError(f"incompatible types for comparison: {kind_of(first)} and {kind_of(second)}")
    if kinds & {None}:
        raise TemplateError(f"a value of type {kind_of(first)} cannot be compared")
    return first == second


def _basic(value: object) -> type | None:
    return next((kind for kind in (bool, int, float, str, GoTime) if isinstance(value, kind)), None)


def _less(first: Any, second: Any) -> bool:
    kinds = {_basic(first), _basic(second)}
    if len(kinds) > 1 or not kinds <= {int, float, str}:
        raise TemplateError(f"incompatible types for comparison: {kind_of(first)} and {kind_of(second)}")
    return bool(octets(first) < octets(second)) if isinstance(first, str) else bool(first < second)


def _print(*values: object) -> str:
    pieces: list[str] = []
    length = 0
    for number, value in enumerate(values):
        spaced = number > 0 and not isinstance(value, str) and not isinstance(values[number - 1], str)
        pieces.append(f" {printed(value)}" if spaced else printed(value))
        length += len(pieces[-1])
        check_length(length)
    return "".join(pieces)


def _println(*values: object) -> str:
    check_length(sum(len(each) for each in values if isinstance(each, str)))
    return f"{' '.join(map(printed, values))}\n"


def _printf(form: object, *values: object) -> str:
    return formatted(_text(form, "printf"), values)


def _join(items: object, separator: object) -> str:
    if not isinstance(items, list | tuple) or not all(isinstance(each, str) for each in items):
        raise TemplateError(f"join of type {kind_of(items)}, expected a list of strings")
    between = _text(separator, "join")
    check_length(sum(map(len, items)) + len(between) * len(items))
    return between.join(items)


def _split(text: object, separator: object) -> list[str]:
    whole, between = _text(text, "split"), _text(separator, "split")
    return whole.split(between) if between else list(whole) or NilSlice()


def _truncate(text: object, length: object) -> str:
    raw = octets(_text(text, "truncate"))
    return text_of(
        raw[: length if type(length) is int and length > len(raw) else _position(length, len(raw))]
    )


def _pad(text: object, before: object, behind: object) -> str:
    whole = _text(text, "pad")
    left, right = (_position(each, 1_000_000) for each in (before, behind))
    return f"{' ' * left}{whole}{' ' * right}" if whole else whole


def _title(text: object) -> str:
    whole = _text(text, "title")
    starts = (
        not (number and (whole[number - 1].isalnum() or whole[number - 1] == "_"))
        for number in range(len(whole))
    )
    return "".join(char.title() if start else char for char, start in zip(whole, starts, strict=True))


def _text(value: object, name: str) -> str:
    if not isinstance(value, str):
        raise TemplateError(f"{name} of type {kind_of(value)}, expected a string")
    return value


def _js(*values: object) -> str:
    text = _print(*values).translate(_JS)
    return "".join(char if char.isprintable() else f"\\u{ord(char):04X}" for char in text)


def _html(*values: object) -> str:
    return _print(*values).translate(_HTML)


def _urlquery(*values: object) -> str:
    return quote_plus(octets(_print(*values)), safe="~")


FUNCTIONS: Mapping[str, tuple[Callable[..., Any], int, int | None]] = {
    "eq": (_equal, 2, None),
    "ge": (lambda first, second: not _less(first, second), 2, 2),
    "gt": (lambda first, second: _less(second, first), 2, 2),
    "html": (_html, 1, None),
    "index": (_index, 1, None),
    "join": (_join, 2, 2),
    "js": (_js, 1, None),
    "json": (json_text, 1, 1),
    "le": (lambda first, second: not _less(second, first), 2, 2),
    "len": (_length, 1, 1),
    "lower": (lambda text: _text(text, "lower").lower(), 1, 1),
    "lt": (_less, 2, 2),
    "ne": (lambda first, second: not _same(first, second), 2, 2),
    "not": (lambda value: not is_true(value), 1, 1),
    "pad": (_pad, 3, 3),
    "print": (_print, 0, None),
    "printf": (_printf, 1, None),
    "println": (_println, 0, None),
    "slice": (_slice, 1, 4),
    "split": (_split, 2, 2),
    "title": (_title, 1, 1),
    "truncate": (_truncate, 2, 2),
    "upper": (lambda text: _text(text, "upper").upper(), 1, 1),
    "urlquery": (_urlquery, 1, None),
}
"""Functions by name, each with the fewest and most arguments; None for any number.

`and` and `or` are not here: they leave arguments unread.
"""

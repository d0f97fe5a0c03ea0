"""Typed fields of JSON objects that come from elsewhere. A field that is null counts as absent.

Each function takes the object, the key, and a name for the object in errors. `error` makes the error that is
raised for a value of another type.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from pycrane._errors import MalformedError, PycraneError

MakeError = Callable[[str], PycraneError]


def text(value: Mapping[str, Any], key: str, what: str, error: MakeError = MalformedError) -> str:
    """Return a string, empty if absent."""
    found: str = _typed(value, key, str, "a string", what, error)
    return found


def mapping(
    value: Mapping[str, Any], key: str, what: str, error: MakeError = MalformedError
) -> dict[str, Any]:
    """Return an object, empty if absent."""
    found: dict[str, Any] = _typed(value, key, dict, "an object", what, error)
    return found


def array(value: Mapping[str, Any], key: str, what: str, error: MakeError = MalformedError) -> list[Any]:
    """Return a list, empty if absent."""
    found: list[Any] = _typed(value, key, list, "a list", what, error)
    return found


def texts(
    value: Mapping[str, Any], key: str, what: str, error: MakeError = MalformedError
) -> tuple[str, ...]:
    """Return a list of strings, empty if absent."""
    return tuple(_list_of(value, key, str, "strings", what, error))


def mappings(
    value: Mapping[str, Any], key: str, what: str, error: MakeError = MalformedError
) -> list[dict[str, Any]]:
    """Return a list of objects, empty if absent."""
    return _list_of(value, key, dict, "objects", what, error)


def text_mapping(
    value: Mapping[str, Any], key: str, what: str, error: MakeError = MalformedError
) -> dict[str, str]:
    """Return an object of strings, empty if absent."""
    found = mapping(value, key, what, error)
    for name, item in found.items():
        if not isinstance(item, str):
            raise error(f"{name!r} in {key!r} of {what} is not a string")
    return found


def _typed(value: Mapping[str, Any], key: str, kind: type, wanted: str, what: str, error: MakeError) -> Any:
    item = value.get(key)
    if item is None:
        return kind()
    if not isinstance(item, kind):
        raise error(f"{key!r} of {what} is not {wanted}")
    return item


def _list_of(
    value: Mapping[str, Any], key: str, kind: type, wanted: str, what: str, error: MakeError
) -> list[Any]:
    items = array(value, key, what, error)
    if not all(isinstance(item, kind) for item in items):
        raise error(f"{key!r} of {what} is not a list of {wanted}")
    return items

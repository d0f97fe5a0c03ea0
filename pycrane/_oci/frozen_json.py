"""Immutable JSON: the objects and arrays of documents that were read, so that views of them do not change.

They are dicts and lists to whoever reads them. A copy, shallow or deep, is an ordinary one, which may be
changed.
"""

from __future__ import annotations

import copy
from typing import Any, NoReturn


def frozen(value: Any) -> Any:
    """The JSON value with all objects and arrays in it made so."""
    if isinstance(value, dict):
        return FrozenObject((name, frozen(each)) for name, each in value.items())
    if isinstance(value, list):
        return FrozenArray(map(frozen, value))
    return value


def thawed(value: Any) -> Any:
    """The JSON value with ordinary objects and arrays."""
    if isinstance(value, dict):
        return {name: thawed(each) for name, each in value.items()}
    if isinstance(value, list):
        return [thawed(each) for each in value]
    return value


def _refused(self: object, *_: object, **__: object) -> NoReturn:
    raise TypeError("what was read is not changed; copy.deepcopy() gives a copy that can be")


class FrozenObject(dict[str, Any]):
    """A JSON object that is not changed."""

    __setitem__ = __delitem__ = __ior__ = _refused
    clear = pop = popitem = setdefault = update = _refused

    def __copy__(self) -> dict[str, Any]:
        return dict(self)

    def __deepcopy__(self, memo: dict[int, Any], /) -> dict[str, Any]:
        return {name: copy.deepcopy(each, memo) for name, each in self.items()}

    def __reduce__(self) -> tuple[Any, ...]:
        return frozen, (thawed(self),)


class FrozenArray(list[Any]):
    """A JSON array that is not changed."""

    __setitem__ = __delitem__ = __iadd__ = __imul__ = _refused
    append = clear = extend = insert = pop = remove = reverse = sort = _refused

    def __copy__(self) -> list[Any]:
        return list(self)

    def __deepcopy__(self, memo: dict[int, Any], /) -> list[Any]:
        return [copy.deepcopy(each, memo) for each in self]

    def __reduce__(self) -> tuple[Any, ...]:
        return frozen, (thawed(self),)

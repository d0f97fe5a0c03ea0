"""Scopes of tokens, `type:name:action[,action]*` (distribution, Token Scope Documentation)."""

from __future__ import annotations

from collections.abc import Iterable
from typing import NamedTuple, Self

from pycrane._reference import Repository

_ORDER = {"pull": 0, "push": 1, "delete": 2}
_REPOSITORY = "repository"


class Scope(NamedTuple):
    """Actions allowed on one resource, each once and in one order."""

    kind: str
    name: str
    actions: tuple[str, ...]

    @classmethod
    def of(cls, repository: Repository, *actions: str) -> Self:
        """These actions on a repository."""
        return cls(_REPOSITORY, repository.path, _ordered(actions))

    @property
    def writes(self) -> bool:
        """Whether it is about changing a repository."""
        return self.kind == _REPOSITORY and any(action != "pull" for action in self.actions)

    def covers(self, wish: Scope) -> bool:
        """Whether who has this has `wish`."""
        same = (self.kind, self.name) == (wish.kind, wish.name)
        return same and set(wish.actions) <= set(self.actions)

    def __str__(self) -> str:
        return f"{self.kind}:{self.name}:{','.join(self.actions)}"


CATALOG = Scope("registry", "catalog", ("*",))
"""Listing the repositories of a registry."""


def parse_scopes(text: str) -> tuple[Scope, ...]:
    """The scopes of a challenge, separated by spaces; words that are none are left out.

    A name may hold colons (`host:port/path`), so it lies between the first colon and the last.
    """
    scopes = []
    for word in text.split():
        kind, _, rest = word.partition(":")
        name, _, actions = rest.rpartition(":")
        wanted = [action for action in actions.split(",") if action]
        if kind and name and wanted:
            scopes.append(Scope(kind, name, _ordered(wanted)))
    return tuple(scopes)


def merge(scopes: Iterable[Scope]) -> tuple[Scope, ...]:
    """Each resource once, with all its actions, in the order in which resources are first named.

    Some token servers keep only one of two scopes for the same repository.
    """
    merged: dict[tuple[str, str], Scope] = {}
    for scope in scopes:
        key = (scope.kind, scope.name)
        before = merged[key].actions if key in merged else ()
        merged[key] = Scope(scope.kind, scope.name, _ordered((*before, *scope.actions)))
    return tuple(merged.values())


def cover(have: Iterable[Scope], wish: Iterable[Scope]) -> bool:
    """Whether who has `have` has all of `wish`."""
    held = tuple(have)
    return all(any(scope.covers(wanted) for scope in held) for wanted in wish)


def _ordered(actions: Iterable[str]) -> tuple[str, ...]:
    return tuple(sorted(dict.fromkeys(actions), key=lambda action: (_ORDER.get(action, 3), action)))

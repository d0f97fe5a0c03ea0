"""Existing names that are similar to one that a registry does not have: tags, or repositories."""

from __future__ import annotations

from collections.abc import Iterable
from difflib import get_close_matches
from itertools import islice
from typing import TYPE_CHECKING

from pycrane._errors import NotFoundError, PycraneError
from pycrane._reference import Reference, Repository, parse_reference

if TYPE_CHECKING:
    from pycrane._registry.client import RegistryClient

_LOOKED_AT = 1000  # names of a list, the first page of most registries
_SHOWN = 3


def near_names(client: RegistryClient, error: NotFoundError) -> str | None:
    """Return a hint with names similar to the one of the error, from one more list of the registry.

    None if the error is not about a tag or repository of a registry, or the registry has no such list.
    """
    if not error.url or error.reference is None:
        return None
    name = parse_reference(error.reference)
    try:
        if "/manifests/" in error.url and "NAME_UNKNOWN" not in error.codes:
            try:
                return _near_tags(client, name)
            except NotFoundError:
                pass  # the repository does not exist either
        return _near_repositories(client, name.repository)
    except PycraneError:
        return None


def _near_tags(client: RegistryClient, name: Reference) -> str | None:
    tags = sorted(islice(client.tags(name.repository), _LOOKED_AT))
    if name.digest is not None or name.tag is None or not tags:
        return None
    near = _near(name.tag, tags)
    if not near:
        return (
            f"{name.repository} has {', '.join(tags[-_SHOWN:])}{' and others' if len(tags) > _SHOWN else ''}"
        )
    return f"did you mean {' or '.join(str(name.repository.tag(tag)) for tag in near)}?"


def _near_repositories(client: RegistryClient, repository: Repository) -> str | None:
    paths = islice(client.repositories(repository.registry), _LOOKED_AT)
    near = _near(repository.path, paths)
    return f"did you mean {' or '.join(f'{repository.registry}/{path}' for path in near)}?" if near else None


def _near(word: str, names: Iterable[str]) -> list[str]:
    """Return the names that are most similar, then those that contain the word."""
    names = list(names)
    close = get_close_matches(word, names, n=_SHOWN, cutoff=0.6)
    longer = sorted((name for name in names if word in name), key=len)
    return list(dict.fromkeys([*close, *longer]))[:_SHOWN]

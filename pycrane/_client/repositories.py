"""Repositories with those below them, as far as the registry tells of them."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import suppress
from typing import TYPE_CHECKING

from pycrane._errors import LimitExceededError, NotFoundError, RegistryError
from pycrane._events import Warned
from pycrane._reference import Repository, parse_repository

if TYPE_CHECKING:
    from pycrane._registry.client import RegistryClient
    from pycrane._registry.google import RepositoryContents


def walk(client: RegistryClient, root: Repository) -> Iterator[RepositoryContents]:
    """The contents of a repository and of all below it, each before those below.

    Google's registries tell what is below; with others the list of all repositories does. Where there is
    none either, that is a warning.

    Raises:
        NotFoundError: there is no such repository and none below.
        PycraneError: a list cannot be read.
    """
    missing: NotFoundError | None = None
    try:
        top = client.contents(root)
    except NotFoundError as error:
        missing = error
    else:
        yield top
        if top.children is not None or top.manifests is not None:
            yield from _below(client, top)
            return
    repositories = _listed(client, root)
    if missing is not None and not repositories:
        raise missing
    for repository in repositories:
        with suppress(NotFoundError):  # registries list repositories that have become empty
            yield client.contents(repository)


def _below(client: RegistryClient, top: RepositoryContents) -> Iterator[RepositoryContents]:
    left = client.session.limits.repositories
    todo = [*reversed(top.children or ())]
    while todo:
        left -= 1
        if left < 0:
            raise LimitExceededError(
                f"more than {client.session.limits.repositories} repositories are below {top.repository}"
            )
        contents = client.contents(todo.pop())
        yield contents
        todo += reversed(contents.children or ())


def _listed(client: RegistryClient, root: Repository) -> list[Repository]:
    """Repositories below one, from the list of all repositories."""
    start = f"{root.path}/"
    try:
        names = [name for name in client.repositories(root.registry) if name.startswith(start)]
    except RegistryError as error:
        told = f"{root.registry} does not tell which repositories are below {root.path}: {error}"
        client.session.listener(Warned(told))
        return []
    if len(names) > client.session.limits.repositories:
        raise LimitExceededError(
            f"more than {client.session.limits.repositories} repositories are below {root}"
        )
    return sorted(parse_repository(f"{root.registry}/{name}") for name in names)


def moved(repository: Repository, source: Repository, target: Repository) -> Repository:
    """Return the place below `target` of a repository below `source`. Raises InvalidReferenceError."""
    return parse_repository(f"{target}{repository.name.removeprefix(source.name)}")

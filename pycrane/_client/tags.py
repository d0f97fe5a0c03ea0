"""Tags and repositories, listed for programs."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import TYPE_CHECKING

from pycrane._client import repositories
from pycrane._client.inputs import choice_of
from pycrane._reference import Repository, as_repository

if TYPE_CHECKING:
    from pycrane._client.base import Base
    from pycrane._registry.google import RepositoryContents


def list_tags(
    client: Base,
    repository: Repository | str,
    *,
    glob: str | None = None,
    regex: str | re.Pattern[str] | None = None,
    versions: str | None = None,
    newest: int | None = None,
) -> list[str]:
    """List the tags of a repository, in the registry's order. `registry.tags` gives them page by page.

    Tags have to match all that is given: the whole tag a shell pattern (`glob`), any part of it an expression
    (`regex`), its version a range such as `^1.2` or `>=1 <3` (`versions`). Of these, `newest` leaves so many
    with the highest versions.

    Raises:
        NotFoundError: there is no such repository.
        InvalidRangeError: `versions` is not a valid range.
    """
    choice = choice_of(glob, regex, versions, newest)
    return list(choice.of(client.registry.tags(repository)))


def walk(client: Base, repository: Repository | str) -> Iterator[RepositoryContents]:
    """Walk a repository and all below it, each with its tags and what else the registry tells of it.

    Google's registries tell what is below; with others the list of all repositories does. Where there is no
    list either, the listener gets a warning.

    Raises:
        NotFoundError: there is no such repository and none below.
    """
    return repositories.walk(client.registry, as_repository(repository))


def catalog(client: Base, registry: str) -> list[str]:
    """List the repositories of a registry (`host[:port]`); many registries refuse.

    Raises:
        RegistryError: the registry refuses.
    """
    return list(client.registry.repositories(registry))

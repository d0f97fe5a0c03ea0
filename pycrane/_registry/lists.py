"""Lists that come in pages: the tags of a repository, the repositories of a registry.

Distribution spec, Listing tags; for the catalog, which it leaves out, distribution, HTTP API V2.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from pycrane._errors import MalformedError, RegistryError
from pycrane._reference import Repository
from pycrane._registry.auth.scope import CATALOG, Scope
from pycrane._registry.http.redaction import one_line, safe_url
from pycrane._registry.paging import Page, next_page, pages
from pycrane._registry.session import Session

_PAGE_SIZE = "?n=1000"
_TOO_MANY = "PAGINATION_NUMBER_INVALID"
_JSON = {"Accept": "application/json"}


def list_tags(session: Session, repository: Repository) -> Iterator[str]:
    """The tags of a repository, in the registry's order, page by page as they are read.

    Raises:
        NotFoundError: there is no such repository.
        MalformedError: a page that is not a list of tags, or pages without an end.
        PycraneError: as `Session.request` does.
    """
    return (name for page in tag_pages(session, repository) for name in page.entries)


def tag_pages(session: Session, repository: Repository) -> Iterator[Page]:
    """The same list as the pages it comes in, whatever else they say. Raises as `list_tags` does."""
    scopes = (Scope.of(repository, "pull"),)
    return _pages(session, repository, f"tags/list{_PAGE_SIZE}", scopes, "tags")


def list_repositories(session: Session, registry: str) -> Iterator[str]:
    """The repositories of a registry that lists them, page by page as they are read.

    Raises as `list_tags` does; many registries answer that they do not list.
    """
    found = _pages(session, Repository(registry, ""), f"/v2/_catalog{_PAGE_SIZE}", (CATALOG,), "repositories")
    return (name for page in found for name in page.entries)


def _pages(
    session: Session, repository: Repository, path: str, scopes: tuple[Scope, ...], key: str
) -> Iterator[Page]:
    def read(path: str) -> Page:
        try:
            return _page(session, repository, path, scopes, key)
        except RegistryError as error:
            if _TOO_MANY not in error.codes or not path.endswith(_PAGE_SIZE):
                raise
            # This registry allows smaller pages only; it chooses their size where none is named.
            return _page(session, repository, path.removesuffix(_PAGE_SIZE), scopes, key)

    what = f"the list of {key} at {repository.registry}"
    return pages(read, path, what, session.limits.list_pages)


def _page(session: Session, repository: Repository, path: str, scopes: tuple[Scope, ...], key: str) -> Page:
    limit = session.limits.list_page
    with session.request(
        "GET", repository, path, actions=(), also=scopes, headers=_JSON, limit=limit
    ) as response:
        where = f"GET {safe_url(response.url)}: the list of {key}"
        answer = response.json(limit, where)
        return Page(_names(answer, key, where), answer, next_page(response))


def _names(answer: Any, key: str, where: str) -> list[str]:
    names = answer.get(key) if isinstance(answer, dict) else answer
    if names is None and isinstance(answer, dict):
        return []
    if not isinstance(names, list) or not all(isinstance(name, str) for name in names):
        raise MalformedError(f"{where} is not a list of names")
    return [name if name.isprintable() else one_line(name) for name in names]

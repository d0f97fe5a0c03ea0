"""Lists that come in pages: the tags of a repository, the repositories of a registry.

Distribution spec, Listing tags; for the catalog, which it leaves out, distribution, HTTP API V2.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, NamedTuple

from pycrane._errors import LimitExceededError, MalformedError, RegistryError
from pycrane._reference import Repository
from pycrane._registry.auth.scope import CATALOG, Scope
from pycrane._registry.http.redaction import one_line, safe_url
from pycrane._registry.paging import next_link
from pycrane._registry.session import Session

_WISH = "?n=1000"
_TOO_MANY = "PAGINATION_NUMBER_INVALID"
_JSON = {"Accept": "application/json"}


class Page(NamedTuple):
    """One page of a list: its names, the whole answer they stand in, and the URL of the next page."""

    names: list[str]
    answer: Any
    following: str | None


def list_tags(session: Session, repository: Repository) -> Iterator[str]:
    """The tags of a repository, in the registry's order, page by page as they are read.

    Raises:
        NotFoundError: there is no such repository.
        MalformedError: a page that is no list of tags, or pages without an end.
        PycraneError: as `Session.request` does.
    """
    return (name for page in tag_pages(session, repository) for name in page.names)


def tag_pages(session: Session, repository: Repository) -> Iterator[Page]:
    """The same list as the pages it comes in, whatever else they say. Raises as `list_tags` does."""
    scopes = (Scope.of(repository, "pull"),)
    return _pages(session, repository, f"tags/list{_WISH}", scopes, "tags")


def list_repositories(session: Session, registry: str) -> Iterator[str]:
    """The repositories of a registry that lists them, page by page as they are read.

    Raises as `list_tags` does; many registries answer that they do not list.
    """
    pages = _pages(session, Repository(registry, ""), f"/v2/_catalog{_WISH}", (CATALOG,), "repositories")
    return (name for page in pages for name in page.names)


def _pages(
    session: Session, repository: Repository, path: str, scopes: tuple[Scope, ...], key: str
) -> Iterator[Page]:
    seen: set[str] = set()
    last: list[str] = []
    for _ in range(session.limits.list_pages):
        try:
            page = _page(session, repository, path, scopes, key)
        except RegistryError as error:
            if _TOO_MANY not in error.codes or not path.endswith(_WISH):
                raise
            # This registry allows smaller pages only; without a wish it chooses.
            page = _page(session, repository, path.removesuffix(_WISH), scopes, key)
        following = page.following
        if following in seen or (following and page.names and page.names == last):
            raise MalformedError(f"the list of {key} at {repository.registry} goes round in a circle")
        yield page
        if following is None:
            return
        seen.add(following)
        path, last = following, page.names
    raise LimitExceededError(f"the list of {key} at {repository.registry} has too many pages")


def _page(session: Session, repository: Repository, path: str, scopes: tuple[Scope, ...], key: str) -> Page:
    limit = session.limits.list_page
    with session.request(
        "GET", repository, path, actions=(), also=scopes, headers=_JSON, limit=limit
    ) as response:
        link = next_link(response.headers.get("Link", ""))
        where = f"GET {safe_url(response.url)}: the list of {key}"
        answer = response.json(limit, where)
        return Page(_names(answer, key, where), answer, response.join(link) if link else None)


def _names(answer: Any, key: str, where: str) -> list[str]:
    names = answer.get(key) if isinstance(answer, dict) else answer
    if names is None and isinstance(answer, dict):
        return []
    if not isinstance(names, list) or not all(isinstance(name, str) for name in names):
        raise MalformedError(f"{where} is not a list of names")
    return [name if name.isprintable() else one_line(name) for name in names]

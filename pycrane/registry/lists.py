"""Lists that come in pages: the tags of a repository, the repositories of a registry.

Distribution spec, Listing tags; for the catalog, which it leaves out, distribution, HTTP API V2.
"""

from __future__ import annotations

from collections.abc import Iterator

from pycrane.errors import LimitExceededError, MalformedError, RegistryError
from pycrane.reference import Repository
from pycrane.registry.links import next_link
from pycrane.registry.redact import one_line, safe_url
from pycrane.registry.response import Response
from pycrane.registry.scope import CATALOG, Scope
from pycrane.registry.session import Session

_WISH = "?n=1000"
_TOO_MANY = "PAGINATION_NUMBER_INVALID"
_JSON = {"Accept": "application/json"}


def list_tags(session: Session, repository: Repository) -> Iterator[str]:
    """The tags of a repository, in the registry's order, page by page as they are read.

    Raises:
        NotFoundError: there is no such repository.
        MalformedError: a page that is no list of tags, or pages without an end.
        PycraneError: as `Session.request` does.
    """
    scopes = (Scope.of(repository, "pull"),)
    return _pages(session, repository, f"tags/list{_WISH}", scopes, "tags")


def list_repositories(session: Session, registry: str) -> Iterator[str]:
    """The repositories of a registry that lists them, page by page as they are read.

    Raises as `list_tags` does; many registries answer that they do not list.
    """
    return _pages(session, Repository(registry, ""), f"/v2/_catalog{_WISH}", (CATALOG,), "repositories")


def _pages(
    session: Session, repository: Repository, path: str, scopes: tuple[Scope, ...], key: str
) -> Iterator[str]:
    seen: set[str] = set()
    last: list[str] = []
    for _ in range(session.limits.list_pages):
        try:
            names, following = _page(session, repository, path, scopes, key)
        except RegistryError as error:
            if _TOO_MANY not in error.codes or not path.endswith(_WISH):
                raise
            # This registry allows smaller pages only; without a wish it chooses.
            names, following = _page(session, repository, path.removesuffix(_WISH), scopes, key)
        if following in seen or (following and names and names == last):
            raise MalformedError(f"the list of {key} at {repository.registry} goes round in a circle")
        yield from names
        if following is None:
            return
        seen.add(following)
        path, last = following, names
    raise LimitExceededError(f"the list of {key} at {repository.registry} has too many pages")


def _page(
    session: Session, repository: Repository, path: str, scopes: tuple[Scope, ...], key: str
) -> tuple[list[str], str | None]:
    """The names of one page, and the URL of the next."""
    limit = session.limits.list_page
    with session.request(
        "GET", repository, path, actions=(), also=scopes, headers=_JSON, limit=limit
    ) as response:
        link = next_link(response.headers.get("Link", ""))
        return _names(response, key, limit), response.join(link) if link else None


def _names(response: Response, key: str, limit: int) -> list[str]:
    where = f"GET {safe_url(response.url)}: the list of {key}"
    value = response.json(limit, where)
    names = value.get(key) if isinstance(value, dict) else value
    if names is None and isinstance(value, dict):
        return []
    if not isinstance(names, list) or not all(isinstance(name, str) for name in names):
        raise MalformedError(f"{where} is not a list of names")
    return [name if name.isprintable() else one_line(name) for name in names]

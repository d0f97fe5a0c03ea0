"""Lists that come in pages, linked by their Link headers (RFC 8288; distribution spec, Listing tags)."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence
from typing import Any, NamedTuple
from urllib.parse import urlsplit, urlunsplit

from pycrane._errors import LimitExceededError, MalformedError
from pycrane._registry.http.redaction import one_line, safe_url
from pycrane._registry.http.response import Response

_LONGEST_HEADER = 8 * 1024
_TARGET = re.compile(r"[\s,]*<([^<>]*)>")
_PARAMETER = re.compile(r"\s*;\s*([^\s=;,\"<>]*)\s*(?:=\s*(?:\"([^\"]*)\"|([^\s;,\"<>]*)))?")


class Page(NamedTuple):
    """One page of a list: its entries, the whole answer they stand in, and the URL of the next page."""

    entries: Sequence[Any]
    answer: Any
    following: str | None


def pages(read: Callable[[str], Page], first: str, what: str, limit: int) -> Iterator[Page]:
    """Yield the pages of a list from the one at `first` on; `what` names the list in errors.

    Raises:
        MalformedError: a page comes again, so that the list would not end.
        LimitExceededError: more than `limit` pages.
    """
    seen: set[str] = {first}
    path, last = first, Page((), None, None)
    for _ in range(limit):
        page = read(path)
        if page.following in seen or (page.following and page.entries and page.entries == last.entries):
            raise MalformedError(f"{what} repeats a page")
        yield page
        if page.following is None:
            return
        seen.add(page.following)
        path, last = page.following, page
    raise LimitExceededError(f"{what} has more than {limit} pages")


def next_page(response: Response) -> str | None:
    """Return the URL of the page after this one; None on the last page.

    A link to the registry's host that leaves out its port is taken for one to the registry, since proxies in
    front of registries write such links.

    Raises:
        MalformedError: the header cannot be read, or points to something that is no URL.
    """
    where = f"{response.method} {safe_url(response.url)}"
    link = next_link(response.headers.get("Link", ""), where)
    if not link:
        return None
    url = response.join(link)
    here, there = urlsplit(response.url), urlsplit(url)
    if there.port is None and there.hostname == here.hostname:
        return urlunsplit(there._replace(scheme=here.scheme, netloc=here.netloc))
    return url


def next_link(header: str, where: str = "the answer") -> str | None:
    """Return the target of the link whose relation is `next`; None without one.

    A link without a relation counts as the next page, and angle brackets may be missing, as some registries
    write them. `where` names the answer in errors.

    Raises:
        MalformedError: the header is longer than 8 KiB, or not a list of links.
    """
    if len(header) > _LONGEST_HEADER:
        raise MalformedError(f"{where}: its Link header is longer than {_LONGEST_HEADER} bytes")
    bare = bool(header.strip()) and "<" not in header and ">" not in header
    if bare:
        target, _, parameters = header.partition(";")
        header = f"<{target.strip()}>;{parameters}"
    unrelated = None
    for target, relations in _links(header, where):
        if bare and not relations:
            raise _unreadable(header, where)
        if relations is None:
            unrelated = unrelated or target
        elif "next" in relations:
            return target
    return unrelated or None


def _links(header: str, where: str) -> Iterator[tuple[str, list[str] | None]]:
    """Yield each target with its relations, None where it has no `rel`."""
    position = 0
    while header[position:].strip(" \t,"):
        match = _TARGET.match(header, position)
        if match is None:
            raise _unreadable(header, where)
        target, relations = match[1].strip(), None
        position = match.end()
        while parameter := _PARAMETER.match(header, position):
            position = parameter.end()
            if parameter[1].lower() == "rel" and relations is None:
                relations = (parameter[2] or parameter[3] or "").lower().split()
                if not relations:
                    raise _unreadable(header, where)
        if header[position:].strip() and not header[position:].lstrip().startswith(","):
            raise _unreadable(header, where)
        yield target, relations


def _unreadable(header: str, where: str) -> MalformedError:
    return MalformedError(
        f"{where}: its Link header is not valid: {one_line(header, 200)}",
        hint="the list may be longer; a proxy in front of the registry may have changed the header",
    )

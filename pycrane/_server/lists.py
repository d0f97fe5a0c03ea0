"""Lists, page by page: tags and referrers (distribution spec, Content Discovery), repositories."""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Any
from urllib.parse import urlencode

from pycrane._oci.media_types import OCI_INDEX
from pycrane._server.exchange import Exchange
from pycrane._server.messages import Response
from pycrane._server.refusals import Code, Refusal
from pycrane._server.store import JSONObject

_PAGE = 10_000
"""Names on one page at most."""
_REFERRERS_PAGE = 4_000_000
"""Bytes of descriptors on one page at most: clients bound a page as a manifest."""


def tags(exchange: Exchange) -> Response:
    """The tags of a repository, in the order of their bytes."""
    found = exchange.store.tags(exchange.repository)
    if found is None:
        raise Refusal(Code.NAME_UNKNOWN, "this registry has no such repository")
    names, link = _page(exchange, found)
    return _json({"name": exchange.repository, "tags": names}, link)


def repositories(exchange: Exchange) -> Response:
    """The names of all repositories."""
    names, link = _page(exchange, exchange.store.repositories())
    return _json({"repositories": names}, link)


def referrers(exchange: Exchange) -> Response:
    """An index of the manifests with this subject, which need not be in the registry itself."""
    subject = exchange.digest()
    wanted = exchange.request.parameter("artifactType")
    last = exchange.request.parameter("last") or ""
    found = [
        descriptor
        for descriptor in exchange.store.referrers(exchange.repository, subject)
        if descriptor["digest"] > last and (not wanted or descriptor.get("artifactType") == wanted)
    ]
    page = _fitting(found)
    headers = [("OCI-Filters-Applied", "artifactType")] if wanted else []
    if len(page) < len(found):
        headers.append(_link(exchange, last=page[-1]["digest"], artifactType=wanted))
    index = {"schemaVersion": 2, "mediaType": OCI_INDEX, "manifests": page}
    return Response(200, (("Content-Type", OCI_INDEX), *headers), json.dumps(index).encode())


def _page(exchange: Exchange, names: Sequence[str]) -> tuple[Sequence[str], tuple[tuple[str, str], ...]]:
    """The names behind `last`, `n` at most, and the Link header if there are more."""
    last = exchange.request.parameter("last")
    rest = [name for name in names if last is None or name > last]
    count = min(_count(exchange.request.parameter("n")), _PAGE)
    if count == 0 or len(rest) <= count:
        return rest[:count], ()
    return rest[:count], (_link(exchange, last=rest[count - 1], n=str(count)),)


def _count(text: str | None) -> int:
    if text is None:
        return _PAGE
    if not (text.isascii() and text.isdigit() and len(text) < 20):
        raise Refusal(Code.PAGINATION_NUMBER_INVALID, "n is not a number")
    return int(text)


def _fitting(found: list[JSONObject]) -> list[JSONObject]:
    """The first descriptors that fit on a page, at least one."""
    size = 0
    for position, descriptor in enumerate(found):
        size += len(json.dumps(descriptor))
        if size > _REFERRERS_PAGE and position:
            return found[:position]
    return found


def _link(exchange: Exchange, **query: str | None) -> tuple[str, str]:
    text = urlencode({key: value for key, value in query.items() if value is not None})
    return "Link", f'<{exchange.request.path}?{text}>; rel="next"'


def _json(value: dict[str, Any], headers: tuple[tuple[str, str], ...]) -> Response:
    return Response(200, (("Content-Type", "application/json"), *headers), json.dumps(value).encode())

"""The Link header with which lists come in pages (RFC 8288; distribution spec, Listing tags)."""

from __future__ import annotations

import re

_LINK = re.compile(r"<([^<>]*)>((?:\s*;\s*[^\s=;,]+\s*(?:=\s*(?:\"[^\"]*\"|[^\s;,\"]*))?)*)")
_REL = re.compile(r"(?:^|;)\s*rel\s*=\s*(?:\"([^\"]*)\"|([^\s;,\"]+))", re.IGNORECASE)
_BARE = re.compile(r"([^\s<>;,]+)\s*;\s*rel\s*=\s*\"?next\"?\s*$", re.IGNORECASE)


def next_link(header: str) -> str | None:
    """The target of the link whose relation is `next`, as it stands there; None without one.

    One registry forgets the angle brackets, which is understood.
    """
    for target, parameters in _LINK.findall(header):
        relation = _REL.search(parameters)
        if relation and "next" in (relation[1] or relation[2] or "").lower().split():
            return str(target)
    bare = _BARE.search(header) if "<" not in header else None
    return bare[1] if bare else None

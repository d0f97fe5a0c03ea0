"""Web pages in place of a response: of a sign-in, a proxy, a server that is not a registry."""

from __future__ import annotations

import html
import re

from pycrane._registry.http.redaction import one_line

_BEGINNING = 64 * 1024  # bytes looked at
_PAGE = re.compile(rb"(?:<!--[^>]{0,1000}-->\s*)?<(?:!doctype\s+html|html|head|body)\b", re.IGNORECASE)
_TITLE = re.compile(r"<title[^<>]{0,200}>([^<>]{0,400})", re.IGNORECASE)
_TAGS = re.compile(r"<[^<>]*>")


def is_web_page(data: bytes) -> bool:
    """Whether the bytes begin as an HTML document does."""
    beginning = data[:_BEGINNING].lstrip().removeprefix(b"\xef\xbb\xbf").lstrip()
    return _PAGE.match(beginning) is not None


def page_text(data: bytes) -> str:
    """Return the title of a web page on one line, else the beginning of its text."""
    text = data[:_BEGINNING].decode("utf-8", "replace")
    title = _TITLE.search(text)
    return one_line(html.unescape(title[1] if title and title[1].strip() else _TAGS.sub(" ", text)), 200)

"""Text from outside made safe to show: no control characters, no secrets, no endless length."""

from __future__ import annotations

import base64
import json
import re
from collections.abc import Collection, Mapping
from contextlib import suppress
from urllib.parse import parse_qsl, quote, urlsplit

REDACTED = "REDACTED"
_OPEN_QUERY = frozenset({"scope", "service", "mount", "from", "digest", "n", "last"})
_SECRET_HEADERS = frozenset(
    {"authorization", "proxy-authorization", "cookie", "set-cookie", "x-amz-security-token"}
)
_URL_HEADERS = frozenset({"location", "content-location", "link", "referer", "docker-upload-location"})
_ESCAPE_SEQUENCE = re.compile(r"\x1b(?:\[[0-?]*[ -/]*[@-~]|\][^\x07\x1b]*(?:\x07|\x1b\\)?|[@-Z\\-_])")
_OPENSSL_PLACES = re.compile(r"^\[[^]]*\] ?| \(_ssl\.c:\d+\)$")
_SHORTEST_SECRET = 3  # what is shorter stands in any text
_MOST_SHOWN = 4000  # characters of a header
_URL = re.compile(r"[^\s<>\"]+\?[^\s<>\"]*")


def one_line(text: str, limit: int = 400) -> str:
    """The text without terminal sequences and control characters, on one line of that length at most."""
    plain = _ESCAPE_SEQUENCE.sub("", text[: 4 * limit])
    words = "".join(char if char.isprintable() else " " for char in plain).split()
    line = " ".join(words)
    return line if len(line) <= limit else f"{line[: limit - 1]}…"


def said(error: OSError) -> str:
    """Return the message of the system or OpenSSL, without the locations in OpenSSL's code."""
    text = error.strerror or str(error)
    return one_line(_OPENSSL_PLACES.sub("", text) or text)


def safe_url(url: str, limit: int = 2000) -> str:
    """A URL to show: no userinfo, no fragment, and of its query only values known to be no secrets."""
    try:
        parts = urlsplit(url)
    except ValueError:
        return REDACTED
    netloc = parts.netloc.rpartition("@")[2]
    query = "&".join(_pair(name, value) for name, value in parse_qsl(parts.query, keep_blank_values=True))
    head = f"{parts.scheme}://{netloc}" if parts.scheme else netloc and f"//{netloc}"
    return one_line(f"{head}{parts.path}{'?' if query else ''}{query}", limit)


def safe_header(name: str, value: str, secret: Collection[str] = ()) -> str:
    """`Name: value` of a header to show. `secret` names further headers (lower-case) that are not shown."""
    lower, value = name.lower(), value[:_MOST_SHOWN]
    if lower in ("authorization", "proxy-authorization") and " " in value:
        value = f"{value.partition(' ')[0]} {REDACTED}"
    elif lower in _SECRET_HEADERS or lower in secret:
        value = REDACTED
    elif lower in _URL_HEADERS:
        value = _URL.sub(lambda match: safe_url(match[0]), value) if lower == "link" else safe_url(value)
    return one_line(f"{name}: {value}", 2000)


def safe_headers(headers: Mapping[str, str], secret: Collection[str] = ()) -> list[str]:
    """All headers to show, in their order."""
    return [safe_header(name, value, secret) for name, value in headers.items()]


def secrets_in(headers: Mapping[str, str]) -> frozenset[str]:
    """Return what request headers hold that no message may repeat: values, tokens, passwords."""
    found: set[str] = set()
    for name, value in headers.items():
        found |= {value, value.rpartition(" ")[2]}
        if name.lower() == "authorization" and value.startswith("Basic "):
            with suppress(ValueError):
                pair = base64.b64decode(value[6:]).decode("utf-8", "replace")
                found |= {pair, pair.partition(":")[2]}
    return frozenset(text for text in found if len(text) >= _SHORTEST_SECRET)


def hidden(text: str, secrets: Collection[str]) -> str:
    """Return the text with every secret in it replaced, as it stands and as JSON or a URL would write it."""
    for secret in sorted(secrets, key=len, reverse=True):
        for written in {secret, json.dumps(secret)[1:-1], quote(secret, safe="")}:
            text = text.replace(written, REDACTED)
    return text


def _pair(name: str, value: str) -> str:
    shown = quote(value, safe=":/,*@") if name in _OPEN_QUERY else REDACTED
    return f"{quote(name, safe='')}={shown}"

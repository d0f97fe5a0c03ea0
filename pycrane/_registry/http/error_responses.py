"""Answers that are no success become errors (distribution spec, Error Codes)."""

from __future__ import annotations

from http import HTTPStatus
from typing import Any

from pycrane._errors import (
    DeniedError,
    LimitExceededError,
    MalformedError,
    NotFoundError,
    RateLimitedError,
    RegistryError,
    RegistryProblem,
    TransportError,
    UnauthorizedError,
    UnavailableError,
)
from pycrane._limits import DEFAULT_LIMITS, Limits
from pycrane._oci import go_json
from pycrane._registry.http.redaction import hidden, one_line, safe_url
from pycrane._registry.http.response import Response
from pycrane._registry.http.retries import retry_after
from pycrane._registry.http.web_pages import is_web_page, page_text

_KINDS: dict[int, type[RegistryError]] = {
    401: UnauthorizedError,
    403: DeniedError,
    404: NotFoundError,
    429: RateLimitedError,
    502: UnavailableError,
    503: UnavailableError,
    504: UnavailableError,
}
_PROBLEMS_SHOWN = 5
_LONGEST_NUMBER = 10  # digits
_REQUEST_IDS = ("X-Request-Id", "X-Amzn-RequestId", "X-Ms-Correlation-Request-Id", "Docker-Request-Id")


def error_from(response: Response, doing: str = "", limits: Limits = DEFAULT_LIMITS) -> RegistryError:
    """The error that an answer is; the answer is closed. `doing` comes first in its message, if given.

    The message is `METHOD URL: CODE: message`, or the status and the beginning of a body that is no JSON.
    """
    text = _excerpt(response, limits)
    response.close()
    problems = _problems(text)
    url = safe_url(response.url)
    shown = _listed(problems) or _unlisted(response, text)
    message = f"{response.method} {url}: {shown}"
    return _KINDS.get(response.status, RegistryError)(
        f"{doing}: {message}" if doing else message,
        status=response.status,
        method=response.method,
        url=url,
        problems=problems,
        request_id=_request_id(response),
        retry_after=retry_after(response),
        hint=_hint(response, problems),
    )


def _excerpt(response: Response, limits: Limits) -> bytes:
    try:
        text = response.excerpt(limits.error_body)
    except TransportError:
        return b""
    shown = hidden(text.decode("utf-8", "surrogateescape"), response.secrets)
    return shown.encode("utf-8", "surrogateescape")


def _problems(text: bytes) -> tuple[RegistryProblem, ...]:
    try:
        value = go_json.loads(text, "error") if text[:1].strip() in (b"", b"{") else None
    except (MalformedError, LimitExceededError):
        return ()
    entries = value.get("errors") if isinstance(value, dict) else None
    if not isinstance(entries, list):
        return _other_problem(value)
    return tuple(_entry(entry) for entry in entries[:1000] if isinstance(entry, dict))


def _other_problem(value: Any) -> tuple[RegistryProblem, ...]:
    """Read the errors of token servers and proxies: an `error` or a text at the top."""
    if not isinstance(value, dict):
        return ()
    code = value.get("error") or value.get("code") or ""
    text = value.get("error_description") or value.get("details") or value.get("message") or ""
    found = [one_line(part) if isinstance(part, str) else "" for part in (code, text)]
    return (RegistryProblem(found[0], found[1]),) if any(found) else ()


def _entry(entry: dict[str, Any]) -> RegistryProblem:
    code, message = entry.get("code"), entry.get("message")
    return RegistryProblem(
        one_line(code, 100) if isinstance(code, str) else "",
        one_line(message) if isinstance(message, str) else "",
        entry.get("detail"),
    )


def _listed(problems: tuple[RegistryProblem, ...]) -> str:
    texts = [_one(entry) for entry in problems[:_PROBLEMS_SHOWN]]
    more = len(problems) - len(texts)
    return "; ".join([*texts, f"and {more} more"] if more else texts)


def _one(entry: RegistryProblem) -> str:
    text = ": ".join(part for part in (entry.code, entry.message) if part) or "an error without a name"
    if entry.detail in (None, "", {}, []):
        return text
    detail = entry.detail if isinstance(entry.detail, str) else go_json.dumps(entry.detail).decode()
    return f"{text}; {one_line(detail)}"


def _unlisted(response: Response, text: bytes) -> str:
    try:
        phrase = HTTPStatus(response.status).phrase
    except ValueError:
        phrase = one_line(hidden(response.reason, response.secrets), 100)
    status = f"unexpected status {response.status} {phrase}".rstrip()
    if is_web_page(text):
        return f"{status}: a web page (text/html): {page_text(text)}"
    words = one_line(text.decode("utf-8", "replace"), 200)
    return f"{status}: {words}" if words else status


def _hint(response: Response, problems: tuple[RegistryProblem, ...]) -> str | None:
    host = response.registry
    if response.status == 401 and host and response.known:
        shown = f"pycrane auth explain {host} shows where it comes from"
        return f"the login is refused: {shown}, pycrane auth login {host} makes a new one"
    if response.status == 401 and host:
        return f"log in with: pycrane auth login {host}"
    if response.status == 403 and host:
        return f"see who you are there with: pycrane auth explain {host}"
    if response.status == 429:
        return _rate_limit(response)
    if response.status == 413:
        return "a proxy or the registry limits the size of what is uploaded"
    return None


def _rate_limit(response: Response) -> str:
    parts = []
    limit, left = response.headers.get("RateLimit-Limit"), response.headers.get("RateLimit-Remaining")
    if limit:
        count, _, window = limit.partition(";w=")
        known = window.isascii() and window.isdigit() and len(window) < _LONGEST_NUMBER
        parts.append(f"the limit is {one_line(count, 20)}{f' in {_duration(int(window))}' if known else ''}")
    if left:
        parts.append(f"{one_line(left.partition(';')[0], 20)} are left")
    after = response.headers.get("Retry-After")
    if after:
        seconds = after.isascii() and after.isdigit() and len(after) < _LONGEST_NUMBER
        parts.append(f"try again after {_duration(int(after)) if seconds else one_line(after, 40)}")
    if not response.known and response.registry:
        parts.append(f"log in for a higher limit: pycrane auth login {response.registry}")
    return ", ".join(parts) or "wait and try again"


def _duration(seconds: int) -> str:
    """Return a time in the largest unit that divides it."""
    for unit, length in (("hours", 3600), ("minutes", 60)):
        if seconds and seconds % length == 0:
            return f"{seconds // length} {unit}"
    return f"{seconds} seconds"


def _request_id(response: Response) -> str | None:
    found = (response.headers.get(name) for name in _REQUEST_IDS)
    return next((one_line(hidden(value, response.secrets), 100) for value in found if value), None)

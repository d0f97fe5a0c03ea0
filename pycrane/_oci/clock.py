"""Times as configurations have them (RFC 3339), and the clock, which SOURCE_DATE_EPOCH may set."""

from __future__ import annotations

import os
import re
import time
from datetime import UTC, datetime

from pycrane._errors import MalformedError

SOURCE_DATE_EPOCH = "SOURCE_DATE_EPOCH"
_RFC3339 = re.compile(
    r"[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}(\.[0-9]{1,9})?(Z|[+-][0-9]{2}:[0-9]{2})"
)
_LATEST = 253402300799  # the last second of the year 9999


def now() -> str:
    """The present second in UTC, or the one that SOURCE_DATE_EPOCH names, if it is set.

    Raises:
        MalformedError: SOURCE_DATE_EPOCH is not a count of seconds.
    """
    given = os.environ.get(SOURCE_DATE_EPOCH)
    return from_epoch(given, SOURCE_DATE_EPOCH) if given else _format(int(time.time()))


def from_epoch(text: str, what: str) -> str:
    """The second that is so many seconds after 1970. Raises MalformedError, which says what `text` is of."""
    if not text.isascii() or not text.isdigit() or int(text) > _LATEST:
        raise MalformedError(f"{what} is {text!r}, expected seconds since 1970")
    return _format(int(text))


def parse_time(text: str) -> str:
    """A time as it is typed, in RFC 3339: that itself, `now`, or `@` and seconds since 1970.

    Raises:
        MalformedError: no time.
    """
    if text == "now":
        return now()
    if text.startswith("@"):
        return from_epoch(text[1:], f"time {text}")
    try:
        if _RFC3339.fullmatch(text):
            datetime.fromisoformat(re.sub(r"\.[0-9]+", "", text))
            return text
    except ValueError:
        pass
    raise MalformedError(f"{text!r} is not a time: expected 2006-01-02T15:04:05Z, now, or @SECONDS")


def _format(seconds: int) -> str:
    return datetime.fromtimestamp(seconds, UTC).strftime("%Y-%m-%dT%H:%M:%SZ").rjust(20, "0")

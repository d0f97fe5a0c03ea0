"""Retries: exponential backoff with full jitter, Retry-After, a budget."""

from __future__ import annotations

import random
import time
from collections.abc import Callable, Container
from datetime import UTC, datetime

from pycrane._events import Listener, Retrying
from pycrane._limits import Limits
from pycrane._registry.http.network_errors import Fault, FaultError
from pycrane._registry.http.redaction import safe_url
from pycrane._registry.http.response import Response

RETRIED_STATUSES = frozenset({408, 429, 499, 500, 502, 503, 504, 522})
"""Answers that often are others a moment later."""

_UNAVAILABLE = 503
UNPROCESSED = frozenset({429, _UNAVAILABLE})
"""Answers of who has not acted on a request: 429, and 503 with a Retry-After."""

_FEW_TRIES = {Fault.REFUSED: 2, Fault.CONNECT_TIMEOUT: 3, Fault.READ_TIMEOUT: 3}
"""What is unlikely to go away, or costs a long wait each time."""


class RetryBudget:
    """Retry budget for one operation: attempts and waiting time left. Not shared between threads."""

    def __init__(
        self,
        limits: Limits,
        listener: Listener,
        *,
        sleep: Callable[[float], None] = time.sleep,
        chance: Callable[[], float] = random.random,
    ) -> None:
        self._limits = limits
        self._listener = listener
        self._sleep = sleep
        self._chance = chance
        self._waits = 0
        self._budget = limits.retry_budget

    @property
    def waited(self) -> bool:
        """Whether something was tried more than once."""
        return self._waits > 0

    def wait(self, reason: str, *, at_least: float | None = None, tries: int | None = None) -> bool:
        """Wait for the next try and say so in an event; False, at once, if there is none.

        `at_least` is what the other side asked for, in seconds; `tries` lowers how many there are in all.
        """
        if self._waits + 1 >= min(tries or self._limits.attempts, self._limits.attempts):
            return False
        delay = self._delay(at_least)
        if delay > self._budget:
            return False
        self._waits += 1
        self._budget -= delay
        self._listener(Retrying(reason, delay))
        self._sleep(delay)
        return True

    def _delay(self, at_least: float | None) -> float:
        ceiling = min(self._limits.backoff * 2.0**self._waits, self._limits.backoff_cap)
        jitter = ceiling * self._chance()
        if at_least is None:
            return jitter
        # Jitter on top: all who were told the same time must not come back together.
        return min(at_least, self._limits.retry_after_cap) + min(jitter, 1.0)


def send_with_retries(
    attempt: Callable[[], Response],
    retries: RetryBudget,
    *,
    repeatable: bool,
    unprocessed: Container[int] = UNPROCESSED,
    accept: Container[int] = (),
) -> Response:
    """Return the first response that a retry would not improve, or the last that the budget allows.

    What is not `repeatable` is tried again only where the other side cannot have acted on it: for a fault, or
    for those of UNPROCESSED that are in `unprocessed`. `accept` are statuses that are wanted as they are.

    Raises:
        TransportError: no answer, after all tries that made sense.
    """
    while True:
        try:
            response = attempt()
        except FaultError as failed:
            if not _may_repeat(failed.fault, repeatable) or not retries.wait(
                str(failed), tries=_FEW_TRIES.get(failed.fault)
            ):
                raise failed.error from failed.__cause__
            continue
        status = response.status
        response.repeated = retries.waited
        if status not in RETRIED_STATUSES or status in accept:
            return response
        after = retry_after(response)
        if not (repeatable or (status in unprocessed and (status != _UNAVAILABLE or after is not None))):
            return response
        reason = f"{response.method} {safe_url(response.url)}: status {status}"
        if not retries.wait(reason, at_least=after):
            return response
        response.close()


def _may_repeat(fault: Fault, repeatable: bool) -> bool:
    return fault.passing and (repeatable or fault.before_sending)


def retry_after(response: Response, now: datetime | None = None) -> float | None:
    """Seconds that an answer's Retry-After asks for (RFC 9110, 10.2.3); None if it says nothing usable."""
    text = response.headers.get("Retry-After", "").strip()
    if text.isascii() and text.isdigit():
        return float(text[:12])
    if not text:
        return None
    from email.utils import parsedate_to_datetime

    try:
        date = parsedate_to_datetime(text)
    except (ValueError, TypeError, IndexError, OverflowError):
        return None
    if date.tzinfo is None:
        date = date.replace(tzinfo=UTC)
    return max(0.0, (date - (now or datetime.now(UTC))).total_seconds())

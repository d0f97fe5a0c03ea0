"""Warnings that a registry sends along: `Warning: 299 - "text"` (distribution spec, Warnings)."""

from __future__ import annotations

import re

from pycrane._events import Listener, Warned
from pycrane._io.process import ForkLock
from pycrane._limits import Limits
from pycrane._registry.http.redaction import one_line

_WARNING = re.compile(r'299 - "((?:[^"\\]|\\.)*+)"')
_ESCAPE = re.compile(r"\\(.)")
_LIMIT_OF_ALL = 1000


class WarningHeaders:
    """Passes on each warning of each host once."""

    def __init__(self, limits: Limits, listener: Listener) -> None:
        self._limits = limits
        self._listener = listener
        self._seen: set[tuple[str, str]] = set()
        self._lock = ForkLock()

    def note(self, host: str, header: str) -> None:
        """Pass on what is new in the Warning header of an answer of `host`; several are joined by commas."""
        for match in _WARNING.finditer(header[: self._limits.warnings]):
            text = one_line(_ESCAPE.sub(r"\1", match[1]), self._limits.warnings)
            if text and self._new(host, text):
                self._listener(Warned(text, host))

    def _new(self, host: str, text: str) -> bool:
        with self._lock:
            if (host, text) in self._seen or len(self._seen) >= _LIMIT_OF_ALL:
                return False
            self._seen.add((host, text))
            return True

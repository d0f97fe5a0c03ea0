"""The message of a credential helper that failed: one short line, without what may be a secret.

Helpers written with Docker's library print it on standard output, where a secret would stand too; others on
standard error.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

_MOST = 300  # characters of a message that are shown
_REDACTED = "REDACTED"
_ESCAPE_SEQUENCE = re.compile(r"\x1b(?:\[[0-?]*[ -/]*[@-~]|[@-Z\\-_])")
_NAMED = re.compile(r"(?i)((?:secret|passwor[dt]|passwd|token|api[-_]?key|credentials?)[\"']?\s?[=:]\s?)\S+")
_USERINFO = re.compile(r"(://)[^\s/@]+@")
_LONG_WORD = re.compile(r"[A-Za-z0-9+_=~-]{40,}|(?=[A-Za-z+_=~-]*[0-9])[A-Za-z0-9+_=~-]{20,}|\beyJ[\w.-]+")


def message(output: bytes, errors: bytes, secrets: Sequence[str]) -> str:
    """Return what a helper says is wrong, empty if it says nothing that may be shown.

    Not shown are JSON, which is an answer, and a single word, which may be a secret; `secrets` and what looks
    like one are replaced.
    """
    for raw in (errors, output):
        text = raw.decode(errors="replace")
        for secret in filter(None, secrets):
            text = text.replace(secret, _REDACTED)
        text = _one_line(text)
        if " " in text and "{" not in text:
            return _redacted(text)
    return ""


def _one_line(text: str) -> str:
    plain = _ESCAPE_SEQUENCE.sub("", text)
    return " ".join("".join(char if char.isprintable() else " " for char in plain).split())


def _redacted(text: str) -> str:
    text = _NAMED.sub(rf"\1{_REDACTED}", text[: 4 * _MOST])
    text = _LONG_WORD.sub(_REDACTED, _USERINFO.sub(rf"\1{_REDACTED}@", text))
    return text if len(text) <= _MOST else f"{text[: _MOST - 1]}…"

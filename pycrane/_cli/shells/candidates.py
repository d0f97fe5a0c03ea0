"""Candidates for a word, as the completion scripts take them."""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import NamedTuple

COMPLETE = "_PYCRANE_COMPLETE"
"""The variable in which a script names its shell, with `-plain` behind it for no descriptions."""

_SAFE = re.compile(r"[A-Za-z0-9@%+=:,./_\[\]-]+")
"""Text that no shell reads as anything but itself."""


class Candidate(NamedTuple):
    """One candidate for a word, or files.

    `kind` is `plain`, `part` (the word goes on behind it), or `file`, `dir` or `command`: the shell then
    completes these itself, and `value` is what stands before them in the word.
    """

    kind: str
    value: str
    text: str = ""


def plain(names: Iterable[str], word: str, text: str = "") -> list[Candidate]:
    """Return the names that begin with a word. Names that a shell would interpret are left out."""
    return [Candidate("plain", name, text) for name in names if is_safe(name) and name.startswith(word)]


def parts(names: Iterable[str], word: str, text: str = "") -> list[Candidate]:
    """Return the same, as beginnings of longer words."""
    return [each._replace(kind="part") for each in plain(names, word, text)]


def is_safe(name: str) -> bool:
    """Whether every shell reads a name as it stands, wherever it comes from."""
    return _SAFE.fullmatch(name) is not None

"""The completion scripts, files beside this module."""

from __future__ import annotations

import re
from pathlib import Path

SHELLS = ("bash", "zsh", "fish", "powershell")
"""Supported shells."""

COMPLETE = "_PYCRANE_COMPLETE"
"""The variable in which a script names its shell, with `-plain` behind it for no descriptions."""


def script(shell: str, *, descriptions: bool = True) -> str:
    """Return the script that makes a shell ask the program for completions."""
    text = Path(__file__).with_name(f"pycrane.{shell}").read_text(encoding="utf-8")
    return text if descriptions else re.sub(rf"({COMPLETE}[= ]'?{shell})", r"\1-plain", text)

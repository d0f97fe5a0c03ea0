"""The completion scripts, files beside this module."""

from __future__ import annotations

import re
from pathlib import Path

from pycrane._cli.shells.candidates import COMPLETE

SHELLS = ("bash", "zsh", "fish", "powershell")
"""Supported shells."""


def script(shell: str, *, descriptions: bool = True) -> str:
    """Return the script that makes a shell ask the program for completions."""
    text = Path(__file__).with_name(f"pycrane.{shell}").read_text(encoding="utf-8")
    return text if descriptions else re.sub(rf"({COMPLETE}[= ]'?{shell})", r"\1-plain", text)

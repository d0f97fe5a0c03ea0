"""Paths of images to complete, with and without a transport, and names in layouts and archives."""

from __future__ import annotations

from pathlib import Path

from pycrane._cli.shells.candidates import Candidate, parts, plain
from pycrane._transports.table import TRANSPORTS

_FILES = tuple(f"{name}:" for name in TRANSPORTS if not name.startswith("docker-d") and name != "docker")


def is_place(word: str) -> bool:
    """Whether a word begins as a path or with a transport of files, and so is not a name in a registry."""
    return word.startswith((".", "/", "~", *_FILES))


def places(word: str) -> list[Candidate]:
    """Return files, or directories behind `oci:`; behind a path and a colon the names that are there."""
    prefix = next((each for each in _FILES if word.startswith(each)), "")
    path, colon, _ = word.removeprefix(prefix).partition(":")
    if colon and Path(path).exists():
        return plain((f"{prefix}{path}:{each}" for each in _names(path)), word)
    kind = "dir" if prefix == "oci:" else "file"
    return [*(parts(_FILES, word) if word and not prefix else ()), Candidate(kind, prefix)]


def _names(path: str) -> list[str]:
    from pycrane._cli.shells.asking import in_time

    def listed() -> list[str]:
        from pycrane._archive.source import open_path

        with open_path(path) as source:
            return [name for entry in source.entries for name in entry.names]

    return in_time(listed)

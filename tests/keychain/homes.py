"""Homes of one's own and credential helpers of every manner, for the tests of keychains."""

from __future__ import annotations

import base64
import json
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

SECRET = "s3cret-Value"


def basic(username: str, password: str = SECRET) -> dict[str, str]:
    """An entry of `auths` as Docker writes it."""
    return {"auth": base64.b64encode(f"{username}:{password}".encode()).decode()}


class Home:
    """A home folder, the environment that leads there, and nothing of the person who runs the tests."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.programs = folder / "bin"
        self.programs.mkdir(parents=True)
        self.docker = folder / ".docker/config.json"
        self.session = folder / "run/containers/auth.json"
        self.lasting = folder / ".config/containers/auth.json"
        self.env = {
            "HOME": str(folder),
            "PATH": f"{self.programs}:/usr/bin:/bin",
            "XDG_RUNTIME_DIR": str(folder / "run"),
        }

    def write(self, path: Path, document: Mapping[str, Any] | str) -> Path:
        """Write a credentials file."""
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(document if isinstance(document, str) else json.dumps(document))
        return path

    def helper(self, name: str, body: str) -> Path:
        """Put `docker-credential-NAME` on PATH: Python, with `verb` and `text` (standard input) at hand.

        It writes down its calls in `calls-NAME`.
        """
        program = self.programs / f"docker-credential-{name}"
        calls = self.folder / f"calls-{name}"
        program.write_text(
            f"#!{sys.executable} -IS\n"
            "import json, os, subprocess, sys, time\n"
            "verb, text = sys.argv[1], sys.stdin.read()\n"
            f"open({str(calls)!r}, 'a').write(json.dumps([verb, text]) + '\\n')\n"
            f"{body}\n"
        )
        program.chmod(0o755)
        return program

    def calls(self, name: str) -> list[list[str]]:
        """Verb and standard input of each call of a helper."""
        calls = self.folder / f"calls-{name}"
        return [json.loads(line) for line in calls.read_text().splitlines()] if calls.exists() else []

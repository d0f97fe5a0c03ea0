"""A credential helper: a process of its own that speaks the protocol of docker-credential-helpers.

`get`, `store` and `erase` read standard input; `list` reads nothing. Credentials live in a JSON file.
"""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import NamedTuple

_SCRIPT = """#!{python} -IS
import json, pathlib, sys

folder = pathlib.Path({folder!r})
store, calls, fault = folder / "store.json", folder / "calls.jsonl", folder / "fault.json"
verb = sys.argv[1] if len(sys.argv) == 2 else ""
text = sys.stdin.read() if verb != "list" else ""
with calls.open("a") as log:
    log.write(json.dumps([verb, text]) + "\\n")
if fault.exists():
    output, status = json.loads(fault.read_text())
    sys.stdout.write(output)
    sys.exit(status)
kept = json.loads(store.read_text())
if verb == "get":
    server = text.strip()
    if server not in kept:
        print("credentials not found in native keychain")
        sys.exit(1)
    print(json.dumps({{"ServerURL": server, **kept[server]}}))
elif verb == "list":
    print(json.dumps({{server: entry["Username"] for server, entry in kept.items()}}))
elif verb == "store":
    entry = json.loads(text)
    kept[entry.pop("ServerURL")] = entry
    store.write_text(json.dumps(kept))
elif verb == "erase":
    kept.pop(text.strip(), None)
    store.write_text(json.dumps(kept))
else:
    print("Usage: " + sys.argv[0] + " <store|get|erase|list>")
    sys.exit(1)
"""


class HelperCall(NamedTuple):
    """One call of the helper: its argument and its standard input."""

    verb: str
    stdin: str


class CredentialHelper:
    """`docker-credential-NAME` in `folder`, and what it keeps and has been asked."""

    def __init__(self, folder: Path, name: str = "of-the-tests") -> None:
        folder.mkdir(parents=True)
        self.folder = folder
        self.name = name
        self._store, self._calls = folder / "store.json", folder / "calls.jsonl"
        self._fault = folder / "fault.json"
        self._store.write_text("{}")
        program = folder / f"docker-credential-{name}"
        program.write_text(_SCRIPT.format(python=sys.executable, folder=str(folder)))
        program.chmod(0o755)

    def keep(self, server: str, username: str, secret: str) -> None:
        """Have the helper know a credential, under exactly this server name."""
        kept = self.kept()
        kept[server] = {"Username": username, "Secret": secret}
        self._store.write_text(json.dumps(kept))

    def kept(self) -> dict[str, dict[str, str]]:
        """What the helper knows: `Username` and `Secret` by server."""
        kept: dict[str, dict[str, str]] = json.loads(self._store.read_text())
        return kept

    def calls(self) -> list[HelperCall]:
        """The calls so far."""
        if not self._calls.exists():
            return []
        return [HelperCall(*json.loads(line)) for line in self._calls.read_text().splitlines()]

    def fail(self, output: str, status: int = 1) -> None:
        """Have each further call print `output` and end with `status` (0 for a broken answer)."""
        self._fault.write_text(json.dumps([output, status]))

"""A real docker-registry as a process: its configuration, its start, its access log, its end.

The access log is written when a request is over, sometimes after the client has read the answer. The
debug log tells when one begins ("authorizing request"), always before the answer. Reading the requests
therefore waits until each one that began is in the access log.
"""

from __future__ import annotations

import json
import re
import socket
import subprocess
import time
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import IO, Any, NamedTuple

from peers.issuer import TokenIssuer

PATIENCE = 30.0
"""Seconds that a start, an end or a log line may take before the test fails."""

_ACCESS_LINE = re.compile(r'^\S+ - .* \[[^\]]+\] "(?P<method>\S+) (?P<uri>\S+) [^"]*" (?P<status>\d{3}) ')


class Seen(NamedTuple):
    """One request as the registry logged it. It equals the plain tuple of its fields."""

    method: str
    path: str
    status: int


@dataclass(frozen=True, slots=True)
class Registry:
    """A running docker-registry.

    `host` is "127.0.0.1:PORT". `username` and `password` are empty where none are asked for. `ca_file` is
    the bundle that verifies its certificate, None on plain HTTP; `client_cert` and `client_key` are what it
    wants from its clients, if it does. `root` is the folder it stores in. `issuer` signs its tokens.
    """

    host: str
    root: Path
    process: RegistryProcess = field(repr=False)
    username: str = ""
    password: str = field(default="", repr=False)
    ca_file: Path | None = None
    client_cert: Path | None = None
    client_key: Path | None = None
    issuer: TokenIssuer | None = None

    @property
    def url(self) -> str:
        """Scheme and host, without a path."""
        return f"{'http' if self.ca_file is None else 'https'}://{self.host}"

    def requests(self, *, query: bool = False) -> list[Seen]:
        """Requests since the last `reset`, in the order in which they ended; paths without their query."""
        seen = self.process.log.since_mark()
        return seen if query else [entry._replace(path=entry.path.partition("?")[0]) for entry in seen]

    def reset(self) -> None:
        """Forget the requests so far."""
        self.process.log.mark()
        if self.issuer:
            self.issuer.reset()


class AccessLog:
    """The requests of one registry, out of its two log files."""

    def __init__(self, stdout: Path, stderr: Path) -> None:
        self._ended = _Tail(stdout)
        self._began = _Tail(stderr)
        self._seen: list[Seen] = []
        self._open: Counter[tuple[str, str]] = Counter()
        self._mark = 0

    def since_mark(self) -> list[Seen]:
        self._settle()
        return self._seen[self._mark :]

    def mark(self) -> None:
        self._settle()
        self._mark = len(self._seen)

    def _settle(self) -> None:
        """Wait until every request that began has its access line."""
        deadline = time.monotonic() + PATIENCE
        while True:
            self._read()
            waiting = +self._open
            if not waiting:
                return
            if time.monotonic() > deadline:
                raise AssertionError(f"the registry is still busy with {dict(waiting)}")
            time.sleep(0.002)

    def _read(self) -> None:
        # An end may be read before its beginning, and a path that is no route has no beginning: counts
        # may go below zero, and only those above it are waited for.
        for line in self._ended.lines():
            if found := _ACCESS_LINE.match(line):
                self._seen.append(Seen(found["method"], found["uri"], int(found["status"])))
                self._open[found["method"], found["uri"]] -= 1
        for line in self._began.lines():
            entry = json.loads(line) if line.startswith("{") else {}
            if entry.get("msg") == "authorizing request":
                self._open[entry["http.request.method"], entry["http.request.uri"]] += 1


class _Tail:
    """New whole lines of a growing file."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._offset = 0

    def lines(self) -> Iterator[str]:
        with self._path.open("rb") as file:
            file.seek(self._offset)
            whole = file.read().rpartition(b"\n")[0]
        self._offset += len(whole) + 1 if whole else 0
        yield from whole.decode(errors="replace").splitlines()


class RegistryProcess:
    """One `docker-registry serve`, listening when the constructor returns."""

    def __init__(self, program: str, folder: Path, configuration: dict[str, Any]) -> None:
        self._stdout, self._stderr = folder / "stdout", folder / "stderr"
        config = folder / "config.yml"
        config.write_text(json.dumps(configuration))  # JSON is YAML
        with self._stdout.open("wb") as out, self._stderr.open("wb") as err:
            self._process = _serve(program, config, folder, out, err)
        self.log = AccessLog(self._stdout, self._stderr)
        try:
            self.host = self._wait_until_listening()
        except BaseException:
            self.end()
            raise

    @property
    def pid(self) -> int:
        return self._process.pid

    def end(self) -> None:
        """Stop the process by its id and wait for it."""
        self._process.terminate()
        try:
            self._process.wait(PATIENCE)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()

    def excerpt(self, lines: int = 20) -> str:
        """The last lines of both logs, for a failure message."""
        texts = (path.read_text(errors="replace").splitlines() for path in (self._stdout, self._stderr))
        return "\n".join(line for text in texts for line in text[-lines:])

    def _wait_until_listening(self) -> str:
        deadline = time.monotonic() + PATIENCE
        listening = re.compile(r'listening on (127\.0\.0\.1):(\d+)(?:, tls)?"')
        while time.monotonic() < deadline and self._process.poll() is None:
            if found := listening.search(self._stderr.read_text(errors="replace")):
                with socket.create_connection((found[1], int(found[2])), timeout=PATIENCE):
                    return f"{found[1]}:{found[2]}"
            time.sleep(0.01)
        state = self._process.poll()
        ended = "does not listen" if state is None else f"ended with {state}"
        raise AssertionError(f"docker-registry {ended}\n{self.excerpt()}")


def _serve(
    program: str, config: Path, folder: Path, out: IO[bytes], err: IO[bytes]
) -> subprocess.Popen[bytes]:
    return subprocess.Popen(
        [program, "serve", str(config)],
        stdin=subprocess.DEVNULL,
        stdout=out,
        stderr=err,
        cwd=folder,
        env={"HOME": str(folder), "OTEL_TRACES_EXPORTER": "none"},
    )


def configuration(
    root: Path,
    *,
    delete: bool = True,
    auth: dict[str, Any] | None = None,
    tls: dict[str, Any] | None = None,
    http: dict[str, Any] | None = None,
    storage: dict[str, Any] | None = None,
) -> dict[str, Any]:
    """A configuration on an ephemeral port of the loopback (docker-registry's configuration reference).

    `http` and `storage` are merged into the sections of these names.
    """
    settings: dict[str, Any] = {
        "version": 0.1,
        "log": {"level": "debug", "formatter": "json", "accesslog": {"disabled": False}},
        "storage": {
            "filesystem": {"rootdirectory": str(root)},
            "delete": {"enabled": delete},
            "maintenance": {"uploadpurging": {"enabled": False}},
            **(storage or {}),
        },
        "http": {"addr": "127.0.0.1:0", "secret": "known to the tests", **(http or {})},
        "validation": {"disabled": True},
    }
    if tls:
        settings["http"]["tls"] = tls
    if auth:
        settings["auth"] = auth
    return settings

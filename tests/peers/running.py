"""pycrane as a person runs it, in a process and a home of its own."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

import pytest
from peers.programs import Argument, Process, private_environment
from peers.warm import Warm, warm

_PROXIES = ("http_proxy", "https_proxy", "no_proxy", "all_proxy", "ftp_proxy")


@dataclass(frozen=True, slots=True)
class Result:
    """What a run left behind."""

    args: tuple[str, ...]
    returncode: int
    stdout: bytes
    stderr: str

    @property
    def text(self) -> str:
        """Standard output as text, without the last newline."""
        return self.stdout.decode().removesuffix("\n")

    @property
    def lines(self) -> list[str]:
        """Standard output, line by line."""
        return self.stdout.decode().splitlines()


class Pycrane:
    """Runs pycrane. `env` is the environment of every run; a run may add to it, or remove with None.

    Runs to the end are of the program's `main`, kept warm. `start` and `command` are the installed program.
    """

    def __init__(self, waiting: Warm, env: dict[str, str], cwd: Path) -> None:
        self._waiting = waiting
        self.env = env
        self.cwd = cwd
        script = Path(sys.executable).with_name("pycrane")
        self.command = (str(script),) if script.exists() else (sys.executable, "-m", "pycrane")

    def __call__(
        self,
        *args: Argument,
        stdin: bytes | None = None,
        env: Mapping[str, str | None] | None = None,
        cwd: Path | None = None,
        check: bool = True,
        timeout: float = 120,
    ) -> Result:
        """Run to the end; with `check` a failure raises AssertionError with what pycrane said."""
        words = tuple(os.fspath(arg) for arg in args)
        code, out, err = self._waiting.run(
            words, env=self._environment(env), cwd=cwd or self.cwd, stdin=stdin or b"", timeout=timeout
        )
        result = Result(words, code, out, err.decode(errors="replace"))
        if check and result.returncode:
            raise AssertionError(f"pycrane {' '.join(words)}: exit {result.returncode}\n{result.stderr}")
        return result

    def start(
        self, *args: Argument, env: Mapping[str, str | None] | None = None, cwd: Path | None = None
    ) -> Process[bytes]:
        """Start without waiting, with pipes on all three streams. Use it as a context manager."""
        return Process(
            [*self.command, *(os.fspath(arg) for arg in args)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            env=self._environment(env),
            cwd=cwd or self.cwd,
        )

    def _environment(self, env: Mapping[str, str | None] | None) -> dict[str, str]:
        changed = {**self.env, "PATH": os.environ["PATH"], **(env or {})}
        return {name: value for name, value in changed.items() if value is not None}


@pytest.fixture
def home(tmp_path: Path) -> Path:
    """The test's own home folder."""
    folder = tmp_path / "home"
    (folder / "run").mkdir(parents=True, mode=0o700)
    (folder / ".docker").mkdir()
    return folder


@pytest.fixture
def docker_config(home: Path) -> Path:
    """Where Docker's configuration file is looked for; it does not exist until a test writes it."""
    return home / ".docker" / "config.json"


@pytest.fixture(autouse=True)
def isolated(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Let no test see the configuration, the credentials or the proxies of the person who runs it."""
    for name in _PROXIES:
        monkeypatch.delenv(name, raising=False)
        monkeypatch.delenv(name.upper(), raising=False)
    for name in ("REGISTRY_AUTH_FILE", "DOCKER_AUTH_CONFIG", "SSL_CERT_FILE", "SSL_CERT_DIR"):
        monkeypatch.delenv(name, raising=False)
    for name in [name for name in os.environ if name.startswith("PYCRANE_")]:
        monkeypatch.delenv(name)
    for name, value in private_environment(home).items():
        monkeypatch.setenv(name, value)


@pytest.fixture(scope="session")
def waiting() -> Iterator[Warm]:
    """pycrane with its modules loaded, for any run."""
    with warm() as waits:
        yield waits


@pytest.fixture
def pycrane(waiting: Warm, home: Path, tmp_path: Path) -> Pycrane:
    """The program; it runs in the test's temporary folder."""
    return Pycrane(waiting, private_environment(home), tmp_path)

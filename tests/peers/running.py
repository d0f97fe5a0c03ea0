"""pycrane as a person runs it: the installed program, in a process and a home of its own."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import pytest
from peers.programs import Argument, private_environment

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
    """Runs pycrane. `env` is the environment of every run; a run may add to it, or remove with None."""

    def __init__(self, env: dict[str, str], cwd: Path) -> None:
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
        with self.start(*args, env=env, cwd=cwd) as process:
            try:
                out, err = process.communicate(stdin or b"", timeout)
            except BaseException:
                process.kill()
                raise
        words = tuple(os.fspath(arg) for arg in args)
        result = Result(words, process.returncode, out, err.decode(errors="replace"))
        if check and result.returncode:
            raise AssertionError(f"pycrane {' '.join(words)}: exit {result.returncode}\n{result.stderr}")
        return result

    def start(
        self, *args: Argument, env: Mapping[str, str | None] | None = None, cwd: Path | None = None
    ) -> subprocess.Popen[bytes]:
        """Start without waiting, with pipes on all three streams. Use it as a context manager."""
        changed = {**self.env, "PATH": os.environ["PATH"], **(env or {})}
        return subprocess.Popen(
            [*self.command, *(os.fspath(arg) for arg in args)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            env={name: value for name, value in changed.items() if value is not None},
            cwd=cwd or self.cwd,
        )


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


@pytest.fixture
def pycrane(home: Path, tmp_path: Path) -> Pycrane:
    """The installed program; it runs in the test's temporary folder."""
    return Pycrane(private_environment(home), tmp_path)

"""Other people's programs: finding them, running them, and what happens when one is not there."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import Any, AnyStr

import pytest

Argument = str | os.PathLike[str]
_ENDING = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)


@contextmanager
def default_signals() -> Iterator[None]:
    """Within the context, processes are started with default signals, also where the tests ignore some.

    A process that a shell starts with `&`, or that `nohup` starts, ignores signals, and so do its children.
    """
    ignored = [number for number in _ENDING if signal.getsignal(number) is signal.SIG_IGN]
    for number in ignored:
        signal.signal(number, signal.SIG_DFL)
    try:
        yield
    finally:
        for number in ignored:
            signal.signal(number, signal.SIG_IGN)


class Process(subprocess.Popen[AnyStr]):
    """A process that starts with default signals and does not outlive its context."""

    def __init__(self, *args: Any, **options: Any) -> None:
        with default_signals():
            super().__init__(*args, **options)

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        if kind is not None:
            self.kill()
        try:
            super().__exit__(kind, error, trace)
        finally:
            self.kill()


def locate(program: str) -> str:
    """Return the path of `program`; without it the test is skipped, or fails where CI is true."""
    found = shutil.which(program)
    if found:
        return found
    if os.environ.get("CI", "").lower() == "true":
        pytest.fail(f"{program} is not installed, and CI runs every test", pytrace=False)
    pytest.skip(f"{program} is not installed")


@dataclass(frozen=True, slots=True)
class Program:
    """A program with the arguments that every call of it begins with, and its own environment."""

    command: tuple[str, ...]
    env: dict[str, str]
    cwd: Path

    def __call__(
        self, *args: Argument, stdin: bytes | None = None, check: bool = True
    ) -> subprocess.CompletedProcess[str]:
        """Run to the end; a failure raises AssertionError with what the program said."""
        command = [*self.command, *(os.fspath(arg) for arg in args)]
        done = subprocess.run(
            command,
            input=stdin,
            stdin=subprocess.DEVNULL if stdin is None else None,
            capture_output=True,
            env={**self.env, "PATH": os.environ["PATH"]},
            cwd=self.cwd,
            check=False,
        )
        out, err = done.stdout.decode(errors="replace"), done.stderr.decode(errors="replace")
        if check and done.returncode:
            raise AssertionError(f"{' '.join(command)}: exit {done.returncode}\n{out}{err}")
        return subprocess.CompletedProcess(command, done.returncode, out, err)


def private_environment(home: Path) -> dict[str, str]:
    """An environment that holds nothing of the person who runs the tests but PATH."""
    return {
        "PATH": os.environ["PATH"],
        "HOME": str(home),
        "LANG": "C.UTF-8",
        "XDG_CONFIG_HOME": str(home / ".config"),
        "XDG_CACHE_HOME": str(home / ".cache"),
        "XDG_DATA_HOME": str(home / ".local/share"),
        "XDG_RUNTIME_DIR": str(home / "run"),
        "DOCKER_CONFIG": str(home / ".docker"),
    }

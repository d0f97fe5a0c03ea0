"""Fixtures for the commands: the program on a terminal of its own."""

from __future__ import annotations

import os
import pty
import subprocess
import threading
from collections.abc import Callable, Mapping
from dataclasses import dataclass

import pytest
from peers.programs import Process
from peers.running import Pycrane


@dataclass(frozen=True, slots=True)
class OnTerminal:
    """What a run left: what it wrote on the terminal is `screen`, what went to a pipe `stdout`."""

    returncode: int
    screen: str
    stdout: bytes


@pytest.fixture
def terminal(pycrane: Pycrane) -> Callable[..., OnTerminal]:
    """Run pycrane with standard error on a terminal, or `all_streams`; `typed` is typed there."""

    def run(
        *args: str,
        env: Mapping[str, str] | None = None,
        typed: bytes = b"",
        all_streams: bool = False,
    ) -> OnTerminal:
        master, slave = pty.openpty()
        process = Process(
            [*pycrane.command, *map(str, args)],
            env={**pycrane.env, **(env or {})},
            cwd=pycrane.cwd,
            stdin=slave if all_streams or typed else subprocess.DEVNULL,
            stdout=slave if all_streams else subprocess.PIPE,
            stderr=slave,
        )
        os.close(slave)
        screen = bytearray()
        reader = threading.Thread(target=_read_all, args=(master, screen))
        reader.start()
        if typed:
            os.write(master, typed)
        stdout, _ = process.communicate(timeout=60)
        reader.join()
        os.close(master)
        return OnTerminal(process.returncode, screen.decode(), stdout or b"")

    return run


def _read_all(master: int, screen: bytearray) -> None:
    try:
        while data := os.read(master, 65536):
            screen.extend(data)
    except OSError:  # a terminal that nobody holds any more reads as an error, not as an end
        return

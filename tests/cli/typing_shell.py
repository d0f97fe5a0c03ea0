"""Shells on a terminal of their own, in which a line is typed, completed and run."""

from __future__ import annotations

import os
import pty
import select
import threading
from collections.abc import Callable
from pathlib import Path

from peers.programs import Process, locate

SCRIPTS = Path(__file__).parents[2] / "completions"
READY = b"\x1b[?2004h"
"""Bytes that each of these shells sends when it waits for a line: pasted text is to be marked."""
STARTS = {
    "bash": (["bash", "--norc", "-i"], f"source {SCRIPTS}/pycrane.bash"),
    "zsh": (
        ["zsh", "-f", "-i"],
        f"fpath=({SCRIPTS} $fpath); autoload -U compinit; compinit -u -D",
    ),
    "fish": (["fish", "-i"], f"source {SCRIPTS}/pycrane.fish"),
}
TAB = "\t"
PROGRAM = """#!/bin/sh
[ -n "$_PYCRANE_COMPLETE" ] && exec {program} "$@"
printf '%s\\n' "$@" > {ran}
"""


class TypingShell:
    """A shell in which `pycrane` completes, and when a line is run tells its arguments."""

    def __init__(self, name: str, program: str, env: dict[str, str], folder: Path) -> None:
        argv, start = STARTS[name]
        argv = [locate(argv[0]), *argv[1:]]
        self._ran = folder / "ran"
        os.mkfifo(self._ran)
        self._fifo = os.open(self._ran, os.O_RDWR | os.O_NONBLOCK)
        programs = folder / "programs"
        programs.mkdir()
        (programs / "pycrane").write_text(PROGRAM.format(program=program, ran=self._ran))
        (programs / "pycrane").chmod(0o755)
        self._changed = threading.Condition()
        env = {**env, "PATH": f"{programs}:{os.environ['PATH']}", "TERM": "xterm"}
        self._start(argv, env, folder)
        for _ in range(2):  # fish hangs now and then before its first line is read
            if self._is_ready(20):
                break
            self._end()
            self._start(argv, env, folder)
        self._type(f"{start}\n")

    def _start(self, argv: list[str], env: dict[str, str], folder: Path) -> None:
        self._master, slave = pty.openpty()
        self._screen = bytearray()
        self._lines = 0
        self._process = Process(
            argv,
            env=env,
            cwd=folder,
            stdin=slave,
            stdout=slave,
            stderr=slave,
            start_new_session=True,
            preexec_fn=_own_terminal,
        )
        os.close(slave)
        threading.Thread(target=self._read, args=(self._master, self._screen), daemon=True).start()

    def _is_ready(self, seconds: float) -> bool:
        with self._changed:
            return self._changed.wait_for(lambda: READY in self._screen, seconds)

    def _end(self) -> None:
        self._process.kill()
        self._process.wait()
        os.close(self._master)

    def run(self, typed: str) -> list[str]:
        """Type a line with tabs and run it. Returns the arguments that the program got."""
        self._type(f"{typed}\n")
        if not select.select([self._fifo], [], [], 30)[0]:
            raise AssertionError(f"the line was not run: {self._screen.decode(errors='replace')}")
        return os.read(self._fifo, 65536).decode().splitlines()

    def completes(self, typed: str, expected: list[str]) -> None:
        """Run a line until it is completed as expected: an answer may come too late, and is then kept."""
        answers = [self.run(typed)]
        while answers[-1] != expected and len(answers) < 10:
            answers.append(self.run(typed))
        assert answers[-1] == expected, answers

    def lists(self, typed: str, *expected: str) -> None:
        """Type a line that ends with tabs, and wait until all of `expected` is on the screen."""
        self._type(typed)
        for text in expected:
            self.shows(text)

    def shows(self, text: str) -> None:
        """Wait until a text is on the screen."""
        self._wait(lambda: text.encode() in self._screen, text)

    def close(self) -> None:
        """End the shell."""
        self._end()
        os.close(self._fifo)

    def _type(self, text: str) -> None:
        """Type when the shell waits for a line."""
        self._lines += 1
        self._wait(lambda: self._screen.count(READY) >= self._lines, "the prompt")
        os.write(self._master, text.encode())

    def _wait(self, condition: Callable[[], bool], what: str) -> None:
        with self._changed:
            if not self._changed.wait_for(condition, 30):
                raise AssertionError(f"{what} is not in {self._screen.decode(errors='replace')!r}")

    def _read(self, master: int, screen: bytearray) -> None:
        try:
            while data := os.read(master, 65536):
                with self._changed:
                    screen.extend(data)
                    self._changed.notify_all()
        except OSError:  # the shell has ended
            return


def _own_terminal() -> None:
    import fcntl
    import termios

    fcntl.ioctl(0, termios.TIOCSCTTY, 0)
    fcntl.ioctl(0, termios.TIOCSWINSZ, b"\x28\x00\x78\x00\x00\x00\x00\x00")

"""pycrane kept ready to run: a run is a process of its own, without the time that imports take."""

from __future__ import annotations

import json
import os
import signal
import socket
import sys
import threading
from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from pathlib import Path

from peers.programs import Process


class Warm:
    """Runs pycrane from processes that wait with all of it loaded. Safe for threads."""

    def __init__(self, orders: socket.socket) -> None:
        self._orders = orders
        self._lock = threading.Lock()

    def run(
        self,
        args: Sequence[str],
        *,
        env: Mapping[str, str],
        cwd: Path,
        stdin: bytes = b"",
        timeout: float = 120,
    ) -> tuple[int, bytes, bytes]:
        """Run to the end, with pipes on all streams: the exit code, what it printed, and its errors.

        Raises:
            TimeoutError: it did not end in `timeout` seconds, and was killed.
        """
        with ExitStack() as stack:
            ours, theirs = socket.socketpair()
            client = stack.enter_context(ours)
            pipes = [os.pipe() for _ in range(3)]
            (read_in, write_in), (read_out, write_out), (read_err, write_err) = pipes
            with self._lock:
                socket.send_fds(self._orders, [b"!"], [theirs.fileno(), read_in, write_out, write_err])
            theirs.close()
            for descriptor in (read_in, write_out, write_err):
                os.close(descriptor)
            client.settimeout(timeout)
            order = {"args": list(args), "env": dict(env), "cwd": str(cwd)}
            client.sendall(json.dumps(order).encode() + b"\n")
            moving = [_Mover(read_out), _Mover(read_err), _Mover(write_in, stdin)]
            code = _exit_code(client)
            for mover in moving:
                mover.join()
        return code, bytes(moving[0].read), bytes(moving[1].read)


def _exit_code(client: socket.socket) -> int:
    with client.makefile() as answers:
        process = int(answers.readline())
        try:
            return int(answers.readline())
        except TimeoutError:
            os.kill(process, signal.SIGKILL)
            raise


class _Mover(threading.Thread):
    """Reads a pipe to its end, or writes `data` to it; closes it."""

    def __init__(self, descriptor: int, data: bytes | None = None) -> None:
        super().__init__()
        self._descriptor = descriptor
        self._data = data
        self.read = bytearray()
        self.start()

    def run(self) -> None:
        with open(self._descriptor, "rb" if self._data is None else "wb", buffering=0) as pipe:
            if self._data is None:
                while piece := pipe.read(1 << 16):
                    self.read += piece
                return
            rest = memoryview(self._data)
            try:
                while rest:
                    rest = rest[pipe.write(rest) :]
            except BrokenPipeError:  # it did not want to read all of it
                return


@contextmanager
def warm() -> Iterator[Warm]:
    """Start what waits for orders; it ends with the context."""
    program = Path(__file__).with_name("warm_program.py")
    ours, theirs = socket.socketpair()
    with ours, Process([sys.executable, "-P", program], stdin=theirs) as process:
        theirs.close()
        yield Warm(ours)
        ours.close()
        process.wait()

"""Container engines to test against: a real Podman, and one that answers as a recorded Docker did."""

from __future__ import annotations

import socket
import ssl
import subprocess
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

import pytest
from peers.programs import locate

from pycrane._archive.daemon import Daemon
from pycrane._errors import PycraneError

Handler = Callable[[str, str, bytes], bytes]
"""Method, target and body of a request; all bytes of the answer."""

_PATIENCE = 15.0


@contextmanager
def podman(folder: Path) -> Iterator[Path]:
    """The socket of a Podman that stores everything in `folder`; the test is skipped where none can run."""
    path = folder / "podman.sock"
    places = [f"--root={folder}/root", f"--runroot={folder}/run", "--storage-driver=vfs"]
    command = [locate("podman"), *places, "system", "service", "--time=0", f"unix://{path}"]
    with (folder / "podman.log").open("wb") as log:
        process = subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=log, stderr=log)
    try:
        end = time.monotonic() + _PATIENCE
        while not _answers(path):
            if process.poll() is not None or time.monotonic() > end:
                pytest.skip("podman cannot serve here")
            time.sleep(0.05)
        yield path
    finally:
        process.terminate()
        process.wait(_PATIENCE)


def _answers(path: Path) -> bool:
    with suppress(PycraneError):
        Daemon(path).ping()
        return True
    return False


class RecordedEngine:
    """An engine on a Unix socket, one request a connection. `requests` are those so far.

    Without a path it is on a TCP port of the loopback, with TLS if it has a context.
    """

    def __init__(self, path: Path | None, handler: Handler, context: ssl.SSLContext | None = None) -> None:
        self.requests: list[tuple[str, str, bytes]] = []
        self._handler = handler
        self._context = context
        self._listener = socket.socket(socket.AF_UNIX if path else socket.AF_INET, socket.SOCK_STREAM)
        self._listener.bind(str(path) if path else ("127.0.0.1", 0))
        self.path = path or Path()
        self.port = 0 if path else self._listener.getsockname()[1]
        self._listener.listen()
        self._thread = threading.Thread(target=self._accept, daemon=True)
        self._thread.start()

    def close(self) -> None:
        self._listener.shutdown(socket.SHUT_RDWR)
        self._listener.close()
        self._thread.join(_PATIENCE)

    def _accept(self) -> None:
        with suppress(OSError):
            while True:
                connection, _ = self._listener.accept()
                with connection, suppress(OSError):
                    if self._context is None:
                        self._serve(connection)
                    else:
                        with self._context.wrap_socket(connection, server_side=True) as protected:
                            self._serve(protected)

    def _serve(self, connection: socket.socket) -> None:
        with connection.makefile("rb") as stream:
            method, target, _ = stream.readline().decode().split(" ")
            length = 0
            while (line := stream.readline().strip().lower()) != b"":
                if line.startswith(b"content-length:"):
                    length = int(line.partition(b":")[2])
            self.requests.append((method, target, stream.read(length)))
        connection.sendall(self._handler(*self.requests[-1]))


def answer(status: str, body: bytes, kind: str = "application/json") -> bytes:
    """A response as Docker sends it: the body in chunks, and headers of its own."""
    head = (
        f"HTTP/1.1 {status}\r\nApi-Version: 1.43\r\nContent-Type: {kind}\r\nDocker-Experimental: false\r\n"
        "Ostype: linux\r\nServer: Docker/24.0.7 (linux)\r\nTransfer-Encoding: chunked\r\n\r\n"
    )
    pieces = (body[start : start + 32768] for start in range(0, len(body), 32768))
    chunks = (b"%x\r\n%b\r\n" % (len(piece), piece) for piece in pieces)
    return head.encode() + b"".join(chunks) + b"0\r\n\r\n"

"""The little that is needed of a container engine's HTTP interface (Docker Engine API 1.24 and later).

Only Unix sockets are spoken to: what an engine says over the network is for Docker's own client.
"""

from __future__ import annotations

import http.client
import json
import os
import socket
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import BinaryIO

from pycrane._errors import (
    ConnectionFailedError,
    NotFoundError,
    PycraneError,
    TimedOutError,
    TransportError,
    UnsupportedError,
)
from pycrane._io.stream import CHUNK
from pycrane._limits import DEFAULT_LIMITS, Limits, timeout_of

DEFAULT_SOCKET = "/var/run/docker.sock"
_START = "is an engine running there? DOCKER_HOST says where else, as in unix:///run/podman/podman.sock"


def engine_socket(env: Mapping[str, str] | None = None) -> Path:
    """Where the engine listens: `DOCKER_HOST`, else Docker's usual place.

    Raises:
        UnsupportedError: `DOCKER_HOST` is no Unix socket.
    """
    host = (os.environ if env is None else env).get("DOCKER_HOST", "")
    scheme, separator, path = host.partition("://")
    if host and not (separator and scheme == "unix" and path.startswith("/")):
        raise UnsupportedError(
            f"DOCKER_HOST is {scheme}://…, and only Unix sockets are spoken to"
            if separator
            else "DOCKER_HOST is no address of a Unix socket",
            hint="give an address as in unix:///var/run/docker.sock",
        )
    return Path(path or DEFAULT_SOCKET)


class EngineAnswer:
    """The body of a successful answer as a stream; it is the connection's end too. The caller closes it."""

    def __init__(self, connection: http.client.HTTPConnection, answer: http.client.HTTPResponse) -> None:
        self._connection = connection
        self._answer = answer

    def read(self, size: int = -1, /) -> bytes:
        """Up to `size` bytes, all that is left with -1.

        Raises:
            TransportError: the engine broke the answer off, or stood still.
        """
        with _reaching("the container engine"):
            data = self._answer.read(None if size < 0 else size)
            # http.client does not mind if less comes than was announced.
            if not data and size and self._answer.length:
                raise http.client.IncompleteRead(b"", self._answer.length)
            return data

    def close(self) -> None:
        """Close the connection. May be called twice."""
        with suppress(OSError):
            self._answer.close()
            self._connection.close()


def ask(
    path: Path,
    method: str,
    target: str,
    body: BinaryIO | None = None,
    length: int = 0,
    limits: Limits = DEFAULT_LIMITS,
) -> EngineAnswer:
    """Ask the engine at the socket `path`; `body` has `length` bytes. The caller closes the answer.

    Raises:
        NotFoundError: the engine has no such image.
        TransportError: no engine answers there.
        PycraneError: the engine says that it cannot.
    """
    connection = _Connection(path, limits)
    headers = {"Content-Type": "application/x-tar", "Content-Length": str(length)} if body else {}
    try:
        with _reaching(f"the container engine at {path}"):
            connection.request(method, target, body, {"Host": "engine", **headers})
            answer = connection.getresponse()
        if answer.status not in range(200, 300):
            raise _refusal(EngineAnswer(connection, answer), answer.status, limits)
    except BaseException:
        connection.close()
        raise
    return EngineAnswer(connection, answer)


def complaint(line: bytes) -> str | None:
    """What an object of an engine's answer complains of: its `error` or `message`; None if of nothing."""
    try:
        value = json.loads(line)
    except (ValueError, RecursionError):
        return None
    if not isinstance(value, dict):
        return None
    text = value.get("error") or value.get("message") or value.get("cause")
    return " ".join(text.split()) if isinstance(text, str) else None


class _Connection(http.client.HTTPConnection):
    """HTTP over a Unix socket."""

    def __init__(self, path: Path, limits: Limits) -> None:
        super().__init__("engine", blocksize=CHUNK)
        self._path = path
        self._limits = limits

    def connect(self) -> None:
        self.sock = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        self.sock.settimeout(timeout_of(self._limits.connect_timeout))
        self.sock.connect(str(self._path))
        self.sock.settimeout(timeout_of(self._limits.engine_timeout))


@contextmanager
def _reaching(what: str) -> Iterator[None]:
    """Turn what goes wrong on the way to `what` into a TransportError."""
    try:
        yield
    except TimeoutError as error:
        raise TimedOutError(f"{what} did not go on in time") from error
    except OSError as error:
        reason = error.strerror or str(error)
        raise ConnectionFailedError(f"{what} cannot be reached: {reason}", hint=_START) from error
    except http.client.IncompleteRead as error:
        raise ConnectionFailedError(f"{what} broke its answer off") from error
    except (http.client.HTTPException, ValueError) as error:
        raise TransportError(f"{what} does not speak HTTP as it should") from error


def _refusal(answer: EngineAnswer, status: int, limits: Limits) -> PycraneError:
    text = complaint(answer.read(limits.engine_answer)) or "it does not say why"
    if status == 404:
        return NotFoundError(f"the container engine does not have it: {text}", status=404)
    return PycraneError(f"the container engine refuses ({status}): {text}")

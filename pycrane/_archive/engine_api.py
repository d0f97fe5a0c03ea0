"""Requests to a container engine (Docker Engine API 1.24 and later)."""

from __future__ import annotations

import http.client
import json
import socket
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import BinaryIO

from pycrane._archive.engine_address import EngineAddress
from pycrane._errors import (
    ConnectionFailedError,
    NotFoundError,
    PycraneError,
    TimedOutError,
    TransportError,
)
from pycrane._io.stream import CHUNK
from pycrane._limits import DEFAULT_LIMITS, Limits, timeout_of

_START = "is an engine running there? DOCKER_HOST says where else, as in unix:///run/podman/podman.sock"


class EngineResponse:
    """The body of a successful response as a stream. The caller closes it, and with it the connection."""

    def __init__(self, connection: http.client.HTTPConnection, response: http.client.HTTPResponse) -> None:
        self._connection = connection
        self._response = response

    def read(self, size: int = -1, /) -> bytes:
        """Up to `size` bytes, all that is left with -1.

        Raises:
            TransportError: the engine closed the connection early, or sent nothing for too long.
        """
        with _network_errors("the container engine"):
            data = self._response.read(None if size < 0 else size)
            # http.client accepts a body that is shorter than announced.
            if not data and size and self._response.length:
                raise http.client.IncompleteRead(b"", self._response.length)
            return data

    def close(self) -> None:
        """Close the connection. May be called twice."""
        with suppress(OSError):
            self._response.close()
            self._connection.close()


def request(
    address: EngineAddress,
    method: str,
    target: str,
    body: BinaryIO | None = None,
    length: int = 0,
    limits: Limits = DEFAULT_LIMITS,
) -> EngineResponse:
    """Send a request to an engine; `body` has `length` bytes. The caller closes the response.

    Raises:
        NotFoundError: the engine has no such image.
        TransportError: no engine responds there.
        PycraneError: the engine reports an error.
    """
    connection = _connection(address, limits)
    headers = {"Content-Type": "application/x-tar", "Content-Length": str(length)} if body else {}
    try:
        with _network_errors(f"the container engine at {address.text}"):
            connection.connect()
            connection.sock.settimeout(timeout_of(limits.engine_timeout))
            connection.request(method, target, body, headers)
            response = connection.getresponse()
        if response.status not in range(200, 300):
            raise _refusal(EngineResponse(connection, response), response.status, limits)
    except BaseException:
        connection.close()
        raise
    return EngineResponse(connection, response)


def error_message(line: bytes) -> str | None:
    """The `error` or `message` of one JSON object of an engine's response; None without one."""
    try:
        value = json.loads(line)
    except (ValueError, RecursionError):
        return None
    if not isinstance(value, dict):
        return None
    text = value.get("error") or value.get("message") or value.get("cause")
    return " ".join(text.split()) if isinstance(text, str) else None


def _connection(address: EngineAddress, limits: Limits) -> http.client.HTTPConnection:
    timeout = timeout_of(limits.connect_timeout)
    if address.path is not None:
        return _SocketConnection(address.path, timeout)
    if address.tls:
        return http.client.HTTPSConnection(
            address.host, address.port, timeout=timeout, context=address.tls_context(), blocksize=CHUNK
        )
    return http.client.HTTPConnection(address.host, address.port, timeout=timeout, blocksize=CHUNK)


class _SocketConnection(http.client.HTTPConnection):
    """HTTP over a Unix socket."""

    def __init__(self, path: Path, timeout: float) -> None:
        super().__init__("engine", timeout=timeout, blocksize=CHUNK)
        self._path = path

    def connect(self) -> None:
        self.sock = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        self.sock.settimeout(self.timeout)
        self.sock.connect(str(self._path))


@contextmanager
def _network_errors(what: str) -> Iterator[None]:
    """Turn network errors on the way to `what` into a TransportError."""
    try:
        yield
    except TimeoutError as error:
        raise TimedOutError(f"{what} sent nothing in time") from error
    except OSError as error:
        reason = error.strerror or str(error)
        raise ConnectionFailedError(f"{what} cannot be reached: {reason}", hint=_START) from error
    except http.client.IncompleteRead as error:
        raise ConnectionFailedError(f"{what} closed the connection before the end of its response") from error
    except (http.client.HTTPException, ValueError) as error:
        raise TransportError(f"{what} sent an invalid HTTP response") from error


def _refusal(response: EngineResponse, status: int, limits: Limits) -> PycraneError:
    text = error_message(response.read(limits.engine_answer)) or "it does not say why"
    if status == 404:
        return NotFoundError(f"the container engine does not have it: {text}", status=404)
    return PycraneError(f"the container engine refuses ({status}): {text}")

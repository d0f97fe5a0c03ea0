"""An HTTP server that does what a test tells it, wrong things included.

It writes raw bytes to the socket (RFC 9112), so it can cut a body, answer nonsense, speak slowly or hang.
A handler takes a `Request` and returns steps; `forward` makes it a front of a real registry, so that a
test can break one answer and leave the rest real.

    def handler(request):
        if request.method == "GET" and "/blobs/" in request.path and server.count("GET", "/blobs/") == 1:
            return cut(forward(request, registry.host), after=1000)
        return forward(request, registry.host)

    with OddServer(handler) as server:
        pycrane("pull", f"{server.host}/repo:tag", "x.tar")
"""

from __future__ import annotations

import contextlib
import http.client
import json
import socket
import ssl
import struct
import threading
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from http import HTTPStatus
from typing import Any, BinaryIO
from urllib.parse import parse_qs, urlsplit

Headers = Mapping[str, str] | Iterable[tuple[str, str]]


@dataclass(frozen=True, slots=True)
class Pause:
    """Wait until `event` is set, or `seconds` at most, or the server stops."""

    seconds: float = 60.0
    event: threading.Event | None = None


@dataclass(frozen=True, slots=True)
class Close:
    """Close the connection; with `reset`, as a crash would (RST instead of FIN)."""

    reset: bool = False


Step = bytes | Pause | Close
Answer = bytes | Iterable[Step]
Handler = Callable[["Request"], Answer]


@dataclass(slots=True)
class Request:
    """One request as it came. `connection` counts connections from 1, so that reuse can be seen."""

    method: str
    target: str
    headers: list[tuple[str, str]]
    connection: int
    stream: BinaryIO = field(repr=False)
    _body: bytes | None = field(default=None, repr=False)

    @property
    def path(self) -> str:
        """The target without its query."""
        return self.target.partition("?")[0]

    @property
    def query(self) -> dict[str, list[str]]:
        return parse_qs(urlsplit(self.target).query, keep_blank_values=True)

    def header(self, name: str) -> str | None:
        """The first value of a header, or None; case does not count."""
        return next((value for key, value in self.headers if key.lower() == name.lower()), None)

    @property
    def body(self) -> bytes:
        """The whole body; it is read when first asked for, or when the handler is done."""
        if self._body is None:
            self._body = b"".join(self._chunks())
        return self._body

    @property
    def unread(self) -> bool:
        """Whether a body was announced that nobody has read."""
        announced = self.header("Content-Length") not in {None, "0"} or self._chunked
        return announced and self._body is None

    def read_some(self, size: int) -> bytes:
        """Read a part of the body from the wire and no more. The connection cannot be used again."""
        self._body = self.stream.read(size)
        return self._body

    @property
    def _chunked(self) -> bool:
        return (self.header("Transfer-Encoding") or "").lower() == "chunked"

    def _chunks(self) -> Iterable[bytes]:
        if not self._chunked:
            yield self.stream.read(int(self.header("Content-Length") or 0))
            return
        while size := int(self.stream.readline().partition(b";")[0], 16):
            yield self.stream.read(size)
            self.stream.readline()
        while self.stream.readline().strip():
            pass


def reply(status: int = 200, body: bytes | str = b"", headers: Headers = ()) -> bytes:
    """A whole answer; Content-Length is added unless `headers` have one or a Transfer-Encoding."""
    data = body.encode() if isinstance(body, str) else body
    pairs = list(headers.items() if isinstance(headers, Mapping) else headers)
    names = {name.lower() for name, _ in pairs}
    if not names & {"content-length", "transfer-encoding"} and status not in {204, 304}:
        pairs.append(("Content-Length", str(len(data))))
    lines = [f"HTTP/1.1 {status} {_reason(status)}", *(f"{name}: {value}" for name, value in pairs)]
    return "\r\n".join([*lines, "", ""]).encode("latin-1") + data


def reply_json(document: Any, status: int = 200, headers: Mapping[str, str] | None = None) -> bytes:
    """A whole answer in JSON."""
    return reply(status, json.dumps(document), {"Content-Type": "application/json", **(headers or {})})


def problem(status: int, code: str, message: str = "", headers: Mapping[str, str] | None = None) -> bytes:
    """An error as registries phrase it (distribution-spec, Error Codes)."""
    return reply_json({"errors": [{"code": code, "message": message}]}, status, headers)


def too_many_requests(retry_after: str | None = "0") -> bytes:
    """429, with Retry-After unless it is None."""
    headers = {} if retry_after is None else {"Retry-After": retry_after}
    return problem(429, "TOOMANYREQUESTS", "slow down", headers)


def redirect(location: str, status: int = 307) -> bytes:
    """A redirect to any address."""
    return reply(status, b"", {"Location": location})


def cut(answer: bytes, *, after: int, reset: bool = False) -> list[Step]:
    """The head of an answer, `after` bytes of its body, and the end of the connection."""
    head, separator, body = answer.partition(b"\r\n\r\n")
    return [head + separator + body[:after], Close(reset=reset)]


def slowly(answer: bytes, *, seconds: float, piece: int) -> list[Step]:
    """An answer in pieces, with a pause of `seconds` before each."""
    pieces = (answer[at : at + piece] for at in range(0, len(answer), piece))
    return [step for part in pieces for step in (Pause(seconds), part)]


def chunked(body: bytes, piece: int = 1000, headers: Mapping[str, str] | None = None) -> bytes:
    """An answer that does not say its length (RFC 9112, section 7.1)."""
    parts = (body[at : at + piece] for at in range(0, len(body), piece))
    coded = b"".join(f"{len(part):x}\r\n".encode() + part + b"\r\n" for part in parts)
    return reply(200, coded + b"0\r\n\r\n", {**(headers or {}), "Transfer-Encoding": "chunked"})


def answers(*steps: Answer) -> Handler:
    """A handler that gives these answers one after another, and the last one for ever."""
    remaining = list(steps)
    lock = threading.Lock()

    def handler(_: Request) -> Answer:
        with lock:
            return remaining.pop(0) if len(remaining) > 1 else remaining[0]

    return handler


def forward(request: Request, host: str) -> bytes:
    """What a real plain-HTTP server at `host` answers to this request, as bytes.

    The Host header stays, so a registry's absolute addresses lead back to the odd server.
    """
    upstream = http.client.HTTPConnection(host, timeout=30)
    with contextlib.closing(upstream):
        upstream.putrequest(request.method, request.target, skip_host=True, skip_accept_encoding=True)
        for name, value in request.headers:
            if name.lower() not in {"transfer-encoding", "content-length", "connection"}:
                upstream.putheader(name, value)
        if request.body or request.method in {"POST", "PUT", "PATCH"}:
            upstream.putheader("Content-Length", str(len(request.body)))
        upstream.endheaders(request.body)
        answer = upstream.getresponse()
        body = answer.read()
    kept = [(name, value) for name, value in answer.getheaders() if name.lower() != "transfer-encoding"]
    return reply(answer.status, body, kept)


class OddServer:
    """A server on an ephemeral port of the loopback; use it as a context manager.

    With `tls` it speaks TLS by that context. `requests` are those so far, in the order in which their
    heads were read. A fault of the handler itself is raised when the server stops.
    """

    def __init__(self, handler: Handler, *, tls: ssl.SSLContext | None = None) -> None:
        self.handler = handler
        self.requests: list[Request] = []
        self.connections = 0
        self._tls = tls
        self._faults: list[BaseException] = []
        self._open: set[socket.socket] = set()
        self._lock = threading.Lock()
        self._stopped = threading.Event()
        self._threads: list[threading.Thread] = []
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.host = f"127.0.0.1:{self._listener.getsockname()[1]}"

    @property
    def url(self) -> str:
        return f"{'https' if self._tls else 'http'}://{self.host}"

    def count(self, method: str, part: str = "") -> int:
        """How many requests so far had this method and this text in their target."""
        with self._lock:
            return sum(one.method == method and part in one.target for one in self.requests)

    def seen(self) -> list[tuple[str, str]]:
        """Method and path of the requests so far."""
        with self._lock:
            return [(one.method, one.path) for one in self.requests]

    def reset(self) -> None:
        """Forget the requests so far."""
        with self._lock:
            self.requests.clear()

    def __enter__(self) -> OddServer:
        self._spawn(self._accept)
        return self

    def __exit__(self, kind: type[BaseException] | None, *_: object) -> None:
        self._stopped.set()
        with contextlib.suppress(OSError):
            self._listener.shutdown(socket.SHUT_RDWR)  # wakes the thread in accept
        self._listener.close()
        with self._lock:
            for connection in self._open:
                with contextlib.suppress(OSError):
                    connection.shutdown(socket.SHUT_RDWR)
        for thread in self._threads:
            thread.join(10)
        if self._faults and kind is None:
            raise self._faults[0]

    def _spawn(self, target: Callable[..., None], *args: object) -> None:
        thread = threading.Thread(target=target, args=args, daemon=True)
        self._threads.append(thread)
        thread.start()

    def _accept(self) -> None:
        while not self._stopped.is_set():
            try:
                connection, _ = self._listener.accept()
            except OSError:
                return
            self.connections += 1
            self._spawn(self._serve, connection, self.connections)

    def _serve(self, plain: socket.socket, number: int) -> None:
        with self._lock:
            self._open.add(plain)
        connection = plain
        try:
            plain.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            if self._tls:
                connection = self._tls.wrap_socket(plain, server_side=True)
            with connection.makefile("rb") as stream:
                while self._exchange(connection, stream, number):
                    pass
        except (OSError, ssl.SSLError):
            pass  # the client went away, or this server did
        except Exception as fault:
            self._faults.append(fault)
        finally:
            with self._lock:
                self._open.discard(plain)
            connection.close()
            plain.close()

    def _exchange(self, connection: socket.socket, stream: BinaryIO, number: int) -> bool:
        """Serve one request; whether the connection may serve another one."""
        request = _read_request(stream, number)
        if request is None:
            return False
        with self._lock:
            self.requests.append(request)
        steps = self.handler(request)
        for step in [steps] if isinstance(steps, bytes) else steps:
            if not self._take(step, connection):
                return False
        if request.unread:
            _ = request.body
        return (request.header("Connection") or "").lower() != "close"

    def _take(self, step: Step, connection: socket.socket) -> bool:
        if isinstance(step, bytes):
            connection.sendall(step)
        elif isinstance(step, Pause):
            self._wait(step)
        else:
            if step.reset:
                linger = struct.pack("ii", 1, 0)
                connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, linger)
            return False
        return True

    def _wait(self, pause: Pause) -> None:
        if pause.event is None:
            self._stopped.wait(pause.seconds)
            return
        left = pause.seconds
        while left > 0 and not pause.event.wait(0.02) and not self._stopped.is_set():
            left -= 0.02


def _read_request(stream: BinaryIO, number: int) -> Request | None:
    line = stream.readline()
    if line.count(b" ") < 2 or line[0] == 22:  # the end, or a client that tries TLS first
        return None
    method, target, _ = line.decode("latin-1").split(" ", 2)
    headers: list[tuple[str, str]] = []
    while text := stream.readline().decode("latin-1").strip():
        name, _, value = text.partition(":")
        headers.append((name, value.strip()))
    return Request(method, target, headers, number, stream)


def _reason(status: int) -> str:
    try:
        return HTTPStatus(status).phrase
    except ValueError:
        return "Odd"

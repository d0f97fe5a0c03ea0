"""A forward proxy: CONNECT (RFC 9110, section 9.3.6) and absolute-form requests (RFC 9112, 3.2.2)."""

from __future__ import annotations

import base64
import contextlib
import select
import socket
import threading
from collections.abc import Callable
from dataclasses import dataclass
from urllib.parse import urlsplit


@dataclass(frozen=True, slots=True)
class Proxied:
    """One request that came to the proxy; `target` is HOST:PORT for CONNECT, else the whole address."""

    method: str
    target: str
    authorization: str


class ForwardProxy:
    """A proxy on an ephemeral port of the loopback; use it as a context manager.

    With `username` it wants Basic Proxy-Authorization. `hosts` maps names to addresses HOST:PORT, so that
    a name which exists nowhere can lead to a registry here. One connection serves one request.
    """

    def __init__(self, username: str = "", password: str = "", hosts: dict[str, str] | None = None) -> None:
        self.requests: list[Proxied] = []
        self._hosts = hosts or {}
        given = base64.b64encode(f"{username}:{password}".encode()).decode()
        self._wanted = f"Basic {given}" if username else ""
        self._credentials = f"{username}:{password}@" if username else ""
        self._listener = socket.create_server(("127.0.0.1", 0))
        self._open: set[socket.socket] = set()
        self._threads: list[threading.Thread] = []
        self.host = f"127.0.0.1:{self._listener.getsockname()[1]}"

    @property
    def url(self) -> str:
        """The address for `HTTP_PROXY`, with the credentials."""
        return f"http://{self._credentials}{self.host}"

    def __enter__(self) -> ForwardProxy:
        self._spawn(self._accept)
        return self

    def __exit__(self, *_: object) -> None:
        with contextlib.suppress(OSError):
            self._listener.shutdown(socket.SHUT_RDWR)  # wakes the thread in accept
        self._listener.close()
        for connection in list(self._open):
            with contextlib.suppress(OSError):
                connection.shutdown(socket.SHUT_RDWR)
        for thread in self._threads:
            thread.join(10)

    def _spawn(self, target: Callable[..., None], *args: object) -> None:
        thread = threading.Thread(target=target, args=args, daemon=True)
        self._threads.append(thread)
        thread.start()

    def _accept(self) -> None:
        while True:
            try:
                connection, _ = self._listener.accept()
            except OSError:
                return
            self._open.add(connection)
            self._spawn(self._serve, connection)

    def _serve(self, client: socket.socket) -> None:
        with client, contextlib.suppress(OSError):
            head, rest = _read_head(client)
            if not head:
                return
            line, *headers = head.decode("latin-1").split("\r\n")
            method, target, _ = line.split(" ", 2)
            fields = {name.lower(): value.strip() for name, _, value in (h.partition(":") for h in headers)}
            self.requests.append(Proxied(method, target, fields.get("proxy-authorization", "")))
            if self._wanted and fields.get("proxy-authorization") != self._wanted:
                client.sendall(_REFUSAL)
                return
            self._relay(client, method, target, headers, rest)
        self._open.discard(client)

    def _relay(
        self, client: socket.socket, method: str, target: str, headers: list[str], rest: bytes
    ) -> None:
        address = target if method == "CONNECT" else urlsplit(target).netloc
        host, _, port = self._hosts.get(address, address).rpartition(":")
        with socket.create_connection((host, int(port)), timeout=30) as server:
            if method == "CONNECT":
                client.sendall(b"HTTP/1.1 200 Connection established\r\n\r\n")
                server.sendall(rest)
            else:
                server.sendall(_origin_form(method, target, headers) + rest)
            _pump(client, server)


_REFUSAL = (
    b"HTTP/1.1 407 Proxy Authentication Required\r\n"
    b'Proxy-Authenticate: Basic realm="the tests"\r\nContent-Length: 0\r\nConnection: close\r\n\r\n'
)


def _origin_form(method: str, target: str, headers: list[str]) -> bytes:
    """The request as an origin server wants it, on a connection that ends with it."""
    parts = urlsplit(target)
    path = parts.path or "/"
    path += f"?{parts.query}" if parts.query else ""
    kept = [h for h in headers if not h.lower().startswith(("proxy-", "connection:"))]
    lines = [f"{method} {path} HTTP/1.1", *kept, "Connection: close", "", ""]
    return "\r\n".join(lines).encode("latin-1")


def _read_head(client: socket.socket) -> tuple[bytes, bytes]:
    data = b""
    while b"\r\n\r\n" not in data:
        more = client.recv(65536)
        if not more:
            return b"", b""
        data += more
    head, _, rest = data.partition(b"\r\n\r\n")
    return head, rest


def _pump(one: socket.socket, other: socket.socket) -> None:
    """Copy both ways until a side is done."""
    ways = {one: other, other: one}
    while True:
        for ready in select.select(list(ways), [], [])[0]:
            data = ready.recv(1 << 16)
            if not data:
                return
            ways[ready].sendall(data)

"""One connection of the registry's HTTP server: requests in, responses out (RFC 9112)."""

from __future__ import annotations

import contextlib
import logging
import re
import socket
import ssl
import time
from collections.abc import Callable, Mapping
from http.server import BaseHTTPRequestHandler
from io import BufferedReader, BytesIO
from typing import BinaryIO, cast
from urllib.parse import parse_qsl, unquote

from pycrane._limits import KIB, MIB
from pycrane._server.bodies import ChunkedBody, LengthBody
from pycrane._server.heads import HeadError, read_head
from pycrane._server.messages import BrokenBodyError, ByteFile, FilePart, Request, Response
from pycrane._server.refusals import Code, Refusal
from pycrane._server.waiting import Waiting, WatchedStream

_log = logging.getLogger("pycrane.server")
_DRAIN = 1 * MIB
"""Bytes read of an unused body, so that the connection can be used again."""
_LINGER = 2.0
"""Seconds that a client that still sends has to read the response."""
_LENGTH = re.compile(r"[0-9]{1,18}")

RequestBody = LengthBody | ChunkedBody


class Connection(BaseHTTPRequestHandler):
    """Carries requests to `answer` and responses back. A subclass sets the class attributes."""

    answer: Callable[[Request], Response]
    tls: ssl.SSLContext | None
    connections: set[Connection]
    """The open connections of the server."""
    head_timeout: float
    """Seconds that a whole request head may take."""
    protocol_version = "HTTP/1.1"
    default_request_version = "HTTP/1.0"
    rbufsize = 64 * KIB
    wbufsize = 64 * KIB
    disable_nagle_algorithm = True
    busy = False
    """Whether a request is being answered."""
    waiting: Waiting
    """Time that the client has been waited for."""

    def setup(self) -> None:
        """Begin, with the TLS handshake, which in this thread delays no other client."""
        self.waiting = Waiting()
        self.connections.add(self)
        try:
            if self.tls:
                self.request.settimeout(self.timeout)
                self.request = self.tls.wrap_socket(self.request, server_side=True)
            super().setup()
        except BaseException:
            self.connections.discard(self)
            raise

    def handle(self) -> None:
        """Answer requests until the connection ends."""
        try:
            super().handle()
        finally:
            self.connections.discard(self)
            self.request.close()

    def break_off(self) -> None:
        """End the connection from another thread."""
        with contextlib.suppress(OSError):
            self.request.shutdown(socket.SHUT_RDWR)

    def handle_one_request(self) -> None:
        """Read one request and answer it."""
        try:
            if self._read_head() and self.parse_request():
                self._exchange()
            self._flush()
        except (OSError, BrokenBodyError, ssl.SSLError):
            self.close_connection = True
        finally:
            self.busy = False

    def _read_head(self) -> bool:
        """Read a head for `parse_request`; false, with the connection at its end, if there is none."""
        self.close_connection = True
        self.requestline = self.request_version = self.command = ""
        stream = cast("BufferedReader", self.rfile)
        try:
            with self.waiting.for_client():
                head = read_head(
                    stream, self.head_timeout, self.timeout or self.head_timeout, self.connection.settimeout
                )
        except HeadError as error:
            self.send_error(error.status, str(error))
            self._linger()
            return False
        self.busy = True
        self.connection.settimeout(self.timeout)
        self.raw_requestline, _, self._fields = head.partition(b"\n")
        return bool(head)

    def parse_request(self) -> bool:
        """Read request line and headers from the head that was received."""
        received, self.rfile = self.rfile, BytesIO(self._fields)
        try:
            return super().parse_request()
        finally:
            self.rfile = received

    def handle_expect_100(self) -> bool:
        """Send no `100 Continue` yet; it is sent when the body is read."""
        return True

    def send_error(self, code: int, message: str | None = None, explain: str | None = None) -> None:
        """Refuse a malformed request and end the connection."""
        self.close_connection = True
        text = f"not an HTTP request: {message}" if message else "not an HTTP request"
        self._send(Refusal(Code.UNSUPPORTED, text, status=code).response(), keep=False)

    def _exchange(self) -> None:
        began = time.monotonic()
        try:
            body = self._body()
            response = type(self).answer(self._request(body))
        except Refusal as refusal:
            body, response = None, refusal.response()
            self.close_connection = True
        try:
            reusable = body is not None and self._settle(body)
            self._send(response, keep=reusable)
        finally:
            if isinstance(response.body, FilePart):
                response.body.file.close()
        self._log_access(response, time.monotonic() - began)
        if not reusable:
            self._linger()

    def _request(self, body: RequestBody) -> Request:
        path, _, query = _origin_form(self.path).partition("#")[0].partition("?")
        return Request(
            method=self.command,
            path=unquote(path),
            query=_query(query),
            headers={name.lower(): value for name, value in self.headers.items()},
            body=body,
            length=None if isinstance(body, ChunkedBody) else body.left,
        )

    def _body(self) -> RequestBody:
        lengths = self.headers.get_all("content-length", [])
        codings = self.headers.get_all("transfer-encoding", [])
        stream = WatchedStream(cast("BufferedReader", self.rfile), self.waiting)
        if codings:
            if lengths or [coding.strip().lower() for coding in codings] != ["chunked"]:
                raise Refusal(Code.UNSUPPORTED, "this transfer coding is not supported", status=400)
            return ChunkedBody(stream, self._go_on)
        if len(set(lengths)) > 1 or not all(_LENGTH.fullmatch(text.strip()) for text in lengths):
            raise Refusal(Code.SIZE_INVALID, "Content-Length is not a number")
        return LengthBody(stream, int(lengths[0]) if lengths else 0, self._go_on)

    def _go_on(self) -> None:
        if self.headers.get("expect", "").lower() == "100-continue":
            self.wfile.write(b"HTTP/1.1 100 Continue\r\n\r\n")
            self._flush()

    def _settle(self, body: RequestBody) -> bool:
        """Read a small rest of the body. Return whether the connection can be used again."""
        if not body.ended and self.headers.get("expect"):
            return False
        left = _DRAIN
        while not body.ended and left > 0:
            left -= body.readinto(memoryview(bytearray(64 * KIB)))
        return body.ended

    def _send(self, response: Response, *, keep: bool) -> None:
        part = response.body
        length = part.length if isinstance(part, FilePart) else len(part)
        self.send_response_only(response.status)
        self.send_header("Date", self.date_time_string())
        for name, value in response.headers:
            self.send_header(name, value)
        if response.status != 204:
            self.send_header("Content-Length", str(length))
        if not keep:
            self.send_header("Connection", "close")
        with self.waiting.for_client():
            self.end_headers()
            if self.command == "HEAD":
                self.wfile.flush()
                return
            if not isinstance(part, FilePart):
                self.wfile.write(part)
                return
        self._send_file(part)

    def _send_file(self, part: FilePart) -> None:
        left = part.length
        if left > 64 * KIB and not isinstance(self.connection, ssl.SSLSocket) and _has_descriptor(part.file):
            self._flush()
            left -= self._send_by_kernel(cast("BinaryIO", part.file), part.offset, left)
        elif left:
            part.file.seek(part.offset)
            while left and (data := part.file.read(min(left, MIB))):
                with self.waiting.for_client():
                    self.wfile.write(data)
                left -= len(data)
        if left:
            _log.error("a stored file is shorter than it was; the connection is closed")
            self.close_connection = True

    def _flush(self) -> None:
        with self.waiting.for_client():
            self.wfile.flush()

    def _send_by_kernel(self, file: BinaryIO, offset: int, length: int) -> int:
        """Send a part of a file in pieces, so that a stalled client is seen; return the bytes sent."""
        sent = 0
        while sent < length:
            with self.waiting.for_client():
                count = self.connection.sendfile(file, offset + sent, min(length - sent, MIB))
            if not count:
                break
            sent += count
        return sent

    def _linger(self) -> None:
        """Let a client that still sends read the response: closing at once would reset its connection."""
        self.close_connection = True
        self._flush()
        with contextlib.suppress(OSError):
            self.connection.shutdown(socket.SHUT_WR)
            self.connection.settimeout(_LINGER)
            end = time.monotonic() + _LINGER
            while time.monotonic() < end and self.connection.recv(64 * KIB):
                pass

    def _log_access(self, response: Response, seconds: float) -> None:
        if _log.isEnabledFor(logging.INFO):
            peer = self.client_address[0]
            line = f"{self.command} {self.path}".encode("unicode_escape").decode()
            _log.info("%s %s %d %.1f ms", peer, line, response.status, seconds * 1000)


def _has_descriptor(file: ByteFile) -> bool:
    """Whether the file has a descriptor, so that the kernel can send it."""
    try:
        cast("BinaryIO", file).fileno()
    except (AttributeError, OSError):
        return False
    return True


def _origin_form(target: str) -> str:
    """The request target without the scheme and host that clients send to proxies."""
    if not target.lower().startswith(("http://", "https://")):
        return target
    _, slash, rest = target.partition("://")[2].partition("/")
    return slash + rest


def _query(text: str) -> Mapping[str, tuple[str, ...]]:
    try:
        pairs = parse_qsl(text, keep_blank_values=True, max_num_fields=1000)
    except ValueError as error:
        raise Refusal(Code.UNSUPPORTED, "the query has too many parameters", status=400) from error
    found: dict[str, tuple[str, ...]] = {}
    for name, value in pairs:
        found[name] = (*found.get(name, ()), value)
    return found

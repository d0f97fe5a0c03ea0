"""Heads of HTTP/1.1 requests read strictly, within a deadline (RFC 9112, sections 3 and 5).

Lenient reading lets two servers in a row see different requests (request smuggling): a name that is followed
by a space, a line without a colon or one that continues the line before it are refused, and so are NUL and a
lone carriage return.
"""

from __future__ import annotations

import re
import time
from collections.abc import Callable
from io import BufferedReader

from pycrane._limits import KIB

LARGEST = 64 * KIB
_MOST_LINES = 128
_END = re.compile(rb"\r?\n\r?\n")
_METHOD = re.compile(rb"[A-Za-z]")
_REQUEST_LINE = re.compile(rb"[!#$%&'*+\-.^_`|~0-9A-Za-z]{1,64} [\x21-\xff]{1,65536} HTTP/[0-9]\.[0-9]")
_FIELD = re.compile(rb"[!#$%&'*+\-.^_`|~0-9A-Za-z]+:[^\x00\r\n]*")


class HeadError(Exception):
    """A head that is refused; `status` is the response to it."""

    def __init__(self, status: int, message: str) -> None:
        super().__init__(message)
        self.status = status


def read_head(
    stream: BufferedReader, seconds: float, idle: float, set_timeout: Callable[[float], None]
) -> bytes:
    """Return one head with the empty line after it, or nothing if the connection ends before it.

    The first byte is waited for as long as the connection allows; `seconds` is the time for the rest, `idle`
    the time for each further byte.

    Raises:
        HeadError: it is too large, comes too slowly, or breaks the grammar.
        OSError: the connection failed.
    """
    head = bytearray()
    deadline = 0.0
    while True:
        try:
            waiting = stream.peek(1)
        except TimeoutError:
            if not head or time.monotonic() < deadline:
                raise
            raise _too_slow(seconds) from None
        if not waiting:
            if head.strip(b"\r\n"):
                raise HeadError(400, "the head ends before its empty line")
            return b""
        if not head:
            empty = len(waiting) - len(waiting.lstrip(b"\r\n"))
            if empty:
                # Empty lines before a request are passed over (RFC 9112, section 2.2).
                stream.read(empty)
                continue
            if not _METHOD.match(waiting):
                # A client that tries TLS waits for a response and sends no more.
                raise HeadError(400, "the request line is not valid")
            deadline = time.monotonic() + seconds
        end = _END.search(bytes(head[-3:]) + waiting)
        size = end.end() - len(head[-3:]) if end else len(waiting)
        head += stream.read(size)
        if len(head) > LARGEST:
            raise HeadError(431, f"the head is larger than {LARGEST} bytes")
        if end:
            check_head(bytes(head))
            return bytes(head)
        left = deadline - time.monotonic()
        if left <= 0:
            raise _too_slow(seconds)
        set_timeout(min(left, idle))


def _too_slow(seconds: float) -> HeadError:
    return HeadError(408, f"the head took longer than {seconds:g} seconds")


def check_head(head: bytes) -> None:
    """Raise HeadError if a head breaks the grammar."""
    request, *fields = (line.removesuffix(b"\r") for line in head.rstrip(b"\r\n").split(b"\n"))
    if not _REQUEST_LINE.fullmatch(request):
        raise HeadError(400, "the request line is not valid")
    if len(fields) > _MOST_LINES:
        raise HeadError(431, f"the head has more than {_MOST_LINES} lines")
    if not all(map(_FIELD.fullmatch, fields)):
        raise HeadError(400, "a header line is not valid")

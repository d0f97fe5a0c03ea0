"""Byte ranges: of downloads (RFC 9110, Range Requests) and of uploaded chunks (distribution spec)."""

from __future__ import annotations

import re

_DOWNLOAD = re.compile(r"bytes[ \t]*=[ \t]*([0-9]{0,19})-([0-9]{0,19})[ \t]*", re.IGNORECASE)
_UPLOAD = re.compile(r"([0-9]{1,19})-([0-9]{1,19})")


class UnsatisfiableRangeError(ValueError):
    """A range that no byte of the content is in."""


def download_range(header: str | None, size: int) -> tuple[int, int] | None:
    """The first byte and the number of bytes that a Range header asks for; None where all are to be sent.

    Several ranges in one header, other units and malformed text count as none, as the RFC allows.

    Raises:
        UnsatisfiableRangeError: nothing of it is there, or it ends before it begins.

    """
    match = _DOWNLOAD.fullmatch(header) if header else None
    if not match or not (match[1] or match[2]):
        return None
    if not match[1]:
        length = min(int(match[2]), size)
        start = size - length
    else:
        start = int(match[1])
        length = min(int(match[2]) + 1 if match[2] else size, size) - start
    if length <= 0:
        raise UnsatisfiableRangeError(header)
    return start, length


def chunk_range(header: str) -> tuple[int, int] | None:
    """The first and the last byte of a chunk's Content-Range, both inclusive; None if it is malformed."""
    match = _UPLOAD.fullmatch(header.strip())
    if not match or int(match[1]) > int(match[2]):
        return None
    return int(match[1]), int(match[2])


def held_range(size: int) -> str:
    """The Range header of a session that holds `size` bytes. None held is written as one held: `0-0`."""
    return f"0-{max(size - 1, 0)}"

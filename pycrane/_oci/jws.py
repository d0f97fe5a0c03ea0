"""Signatures in JSON documents, as libtrust makes them (RFC 7515; Docker image manifest v2, schema 1)."""

from __future__ import annotations

import base64
import binascii
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from pycrane._errors import MalformedError

_TO_STANDARD = str.maketrans("-_", "+/", " \n")


@dataclass(frozen=True, slots=True)
class Schema1Signature:
    """One signature as it came: its `header` with algorithm and key, what it protects, and its bytes."""

    header: Mapping[str, Any]
    protected: str
    signature: bytes


def decode(text: str, what: str) -> bytes:
    """Bytes written in base64url without padding (RFC 7515, section 2), spaces and newlines left out.

    Raises:
        MalformedError: the text is not that; `what` names where it stands.
    """
    standard = text.translate(_TO_STANDARD).rstrip("=")
    try:
        return base64.b64decode(standard + "=" * (-len(standard) % 4), validate=True)
    except (binascii.Error, ValueError) as error:
        raise MalformedError(f"{what} has a signature that is not in base64url") from error

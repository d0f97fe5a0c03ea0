"""Digest of a manifest that is kept in a file (distribution spec, Pulling manifests; Docker's schema 1)."""

from __future__ import annotations

import sys
from pathlib import Path

from pycrane._io.files import open_regular, read_bounded
from pycrane._limits import DEFAULT_LIMITS
from pycrane._oci.digest import Digest
from pycrane._oci.schema1 import payload_digest


def manifest_file_digest(path: Path | None) -> Digest:
    """Return the digest of a file's bytes (None: standard input); of schema 1 without its signatures.

    Raises:
        ArchiveError: it is not a regular file, cannot be read, or is larger than a manifest may be.
    """
    what = "standard input" if path is None else str(path)
    stream = sys.stdin.buffer if path is None else open_regular(path, what, follow=True)
    raw = read_bounded(stream, DEFAULT_LIMITS.manifest_size, what)
    return payload_digest(raw) or Digest.of(raw)

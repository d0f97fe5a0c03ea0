"""`pycrane skopeo standalone-sign`."""

from __future__ import annotations

from pycrane._cli.skopeo.signing import unsupported

standalone_sign = unsupported(
    "standalone-sign", "signatures are not made yet", "-o --output", "--passphrase-file"
)

"""`pycrane skopeo untrusted-signature-dump-without-verification`."""

from __future__ import annotations

from pycrane._cli.skopeo.signing import unsupported

untrusted_signature_dump_without_verification = unsupported(
    "untrusted-signature-dump-without-verification", "signatures are not read yet"
)

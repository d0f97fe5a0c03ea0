"""`pycrane skopeo standalone-verify`."""

from __future__ import annotations

from pycrane._cli.skopeo.signing import unsupported

standalone_verify = unsupported("standalone-verify", "signatures are not verified yet", "--public-key-file")

"""`pycrane skopeo generate-sigstore-key`."""

from __future__ import annotations

from pycrane._cli.skopeo.signing import unsupported

generate_sigstore_key = unsupported(
    "generate-sigstore-key", "keys are not made yet", "--output-prefix", "--passphrase-file"
)

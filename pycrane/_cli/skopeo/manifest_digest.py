"""`pycrane skopeo manifest-digest` (skopeo-manifest-digest(1))."""

from __future__ import annotations

from pathlib import Path

import click

from pycrane._cli.skopeo.command import SkopeoCommand
from pycrane._cli.terminal.output import stdout

EXAMPLES = """
pycrane skopeo manifest-digest manifest.json
"""


@click.command(cls=SkopeoCommand, examples=EXAMPLES)
@click.argument("file", metavar="MANIFEST-FILE")
def manifest_digest(file: str) -> None:
    """Print the digest of a manifest in a file; of a signed manifest of schema 1, that of what is signed."""
    from pycrane._io.files import open_regular, read_bounded
    from pycrane._limits import DEFAULT_LIMITS
    from pycrane._oci.digest import Digest
    from pycrane._oci.schema1 import payload_digest

    raw = read_bounded(open_regular(Path(file), file, follow=True), DEFAULT_LIMITS.manifest_size, file)
    stdout.line(payload_digest(raw) or Digest.of(raw))

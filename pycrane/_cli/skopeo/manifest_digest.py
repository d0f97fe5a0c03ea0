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
    from pycrane._client.manifest_file import manifest_file_digest

    stdout.line(manifest_file_digest(Path(file)))

"""`pycrane manifest-digest`."""

from __future__ import annotations

from pathlib import Path

import click

from pycrane._cli.command import Command
from pycrane._cli.settings import NOTHING
from pycrane._cli.terminal.output import stdout

EXAMPLES = """
pycrane manifest alpine > manifest.json && pycrane manifest-digest manifest.json
"""
DIFFERENCES = """
crane does not have this command. It is that of skopeo; - is standard input.
"""


@click.command("manifest-digest", cls=Command, uses=NOTHING, examples=EXAMPLES, differences=DIFFERENCES)
@click.argument("file", type=click.Path())
def manifest_digest(file: str) -> None:
    """Print the digest that a registry computes of the manifest in FILE.

    It is the SHA-256 of the bytes; of Docker's schema 1 without the signatures.
    """
    from pycrane._client.manifest_file import manifest_file_digest

    stdout.line(manifest_file_digest(None if file == "-" else Path(file)))

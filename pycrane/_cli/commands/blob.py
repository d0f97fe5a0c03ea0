"""`pycrane blob`."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from pycrane._cli.command import Command
from pycrane._cli.names import REFERENCE
from pycrane._cli.settings import REGISTRIES, Settings, pass_settings
from pycrane._cli.terminal.output import stdout
from pycrane._errors import doing

if TYPE_CHECKING:
    from pycrane._reference import Reference

EXAMPLES = """
pycrane blob alpine@sha256:9824c27679d3b27c5e1cb00a73adb6f4f8d556994111c12db3c5d61a0c843df8 > layer.tar.gz
"""
DIFFERENCES = """
Binary content is not written to a terminal.
"""


@click.command(cls=Command, uses=REGISTRIES, examples=EXAMPLES, differences=DIFFERENCES)
@click.argument("blob", metavar="REPO@DIGEST", type=REFERENCE)
@pass_settings
def blob(settings: Settings, blob: Reference) -> None:
    """Print a blob, a layer or a configuration, byte for byte as the registry has it.

    The bytes are verified while they are written; if they do not match DIGEST, the last of them are not
    written and the command fails.
    """
    from pycrane._io.stream import CHUNK

    if blob.digest is None:
        raise click.UsageError(f"{blob.text} has no digest: a blob is REPO@sha256:...")
    with (
        doing(f"reading the blob {blob.text}"),
        settings.registry() as client,
        client.open_blob(blob.repository, blob.digest) as stream,
    ):
        while data := stream.read(CHUNK):
            if stdout.terminal and b"\0" in data:
                raise click.UsageError("the blob is binary and standard output is a terminal: redirect it")
            stdout.write(data)

"""`pycrane blob`."""

from __future__ import annotations

import click

from pycrane._cli.command import Command
from pycrane._cli.settings import Settings, pass_settings
from pycrane._cli.terminal.output import stdout

EXAMPLES = """
pycrane blob alpine@sha256:9824c27679d3b27c5e1cb00a73adb6f4f8d556994111c12db3c5d61a0c843df8 > layer.tar.gz
"""
DIFFERENCES = """
Binary content is not written to a terminal.
"""


@click.command(cls=Command, examples=EXAMPLES, differences=DIFFERENCES)
@click.argument("blob", metavar="REPO@DIGEST")
@pass_settings
def blob(settings: Settings, blob: str) -> None:
    """Print a blob, a layer or a configuration, byte for byte as the registry has it.

    The bytes are verified while they pass; if they are not what DIGEST promises, the last of them are not
    written and the exit status is 1.
    """
    from pycrane._errors import doing
    from pycrane._io.stream import CHUNK
    from pycrane._reference import parse_reference

    reference = parse_reference(blob)
    digest = reference.digest
    if digest is None:
        raise click.UsageError(f"{blob} has no digest: a blob is REPO@sha256:...")
    with (
        doing(f"reading the blob {blob}"),
        settings.registry() as client,
        client.open_blob(reference.repository, digest) as stream,
    ):
        while data := stream.read(CHUNK):
            if stdout.terminal and b"\0" in data:
                raise click.UsageError("the blob is binary and standard output is a terminal: send it on")
            stdout.write(data)

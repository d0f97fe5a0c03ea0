"""`pycrane skopeo copy` (skopeo-copy(1))."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click

from pycrane._cli.parameters import comma_separated
from pycrane._cli.skopeo.command import SkopeoCommand
from pycrane._cli.skopeo.flags import BOTH_SIDES, COPYING, ENCRYPTION, RETRIES, SIGNING
from pycrane._cli.skopeo.policy import check_policy
from pycrane._cli.skopeo.settings import CopyFlags, SkopeoSettings, pass_settings
from pycrane._cli.terminal.output import stdout

EXAMPLES = """
pycrane skopeo copy docker://quay.io/org/app:v1 docker://registry.example.com/app:v1
pycrane skopeo copy --all docker://alpine oci:layout:alpine
pycrane skopeo copy --src-creds reader:SECRET docker://registry.example.com/app docker-archive:app.tar:app:v1
"""
DIFFERENCES = """
A layer that a registry has in another compression is sent all the same where --dest-compress-format asks
for one; skopeo leaves it as it is. --format and a compression with --preserve-digests are an error; skopeo
ignores them.

A conversion changes media types alone; skopeo loses fields of the configuration that it does not know. An
index in an index is copied with it.

A conversion of an image with signatures is an error unless --remove-signatures is given; skopeo leaves the
conversion out.

--additional-tag is an error where the destination is not a docker-archive; skopeo ignores it.

Nothing but the archive is printed where the destination is standard output.
"""


@click.command(
    cls=SkopeoCommand,
    examples=EXAMPLES,
    differences=DIFFERENCES,
    params=[*COPYING, *BOTH_SIDES, *RETRIES, *SIGNING, *ENCRYPTION],
)
@click.argument("source", metavar="SOURCE-IMAGE")
@click.argument("target", metavar="DESTINATION-IMAGE")
@click.option("--additional-tag", multiple=True, metavar="NAME", help="Further name in a docker-archive.")
@click.option("--digestfile", metavar="FILE", help="Write the digest of the copied image to this file.")
@pass_settings
def copy(
    settings: SkopeoSettings,
    /,
    source: str,
    target: str,
    additional_tag: tuple[str, ...],
    digestfile: str | None,
    **flags: Any,
) -> None:
    """Copy SOURCE-IMAGE to DESTINATION-IMAGE.

    Of an index, the image for this machine is copied, or with --all the index and all its images.
    """
    check_policy(settings)
    from pycrane._cli.skopeo.copying import Copying
    from pycrane._cli.skopeo.places import named
    from pycrane._cli.skopeo.session import SkopeoSession
    from pycrane._io.whole_file import STANDARD_OUTPUT, write_whole

    wanted = CopyFlags(**flags)
    with SkopeoSession(settings) as session:
        copying = Copying(session, wanted)
        place = named(session.location(target, "dest"), comma_separated(additional_tag))
        copied = copying.copy(session.location(source, "src"), place)
        if digestfile is not None:
            write_whole(Path(digestfile), str(copied.digest).encode())
    if not settings.quiet and place.path != STANDARD_OUTPUT:
        for line in copied.lines:
            stdout.line(line)

"""`pycrane digest`."""

from __future__ import annotations

from pathlib import Path

import click

from pycrane._cli.command import Command
from pycrane._cli.global_options import warn_unused
from pycrane._cli.parameters import full_ref, one_platform
from pycrane._cli.settings import PLATFORMS, REGISTRIES, Settings, pass_settings
from pycrane._cli.terminal.output import stdout
from pycrane._errors import doing

EXAMPLES = """
pycrane digest alpine
pycrane digest --full-ref --platform linux/arm64 alpine
pycrane digest --tarball app.tar registry.example.com/app:v1
pycrane digest oci:layout:v1
"""
DIFFERENCES = """
The digest in the response of the registry is compared with a digest in the reference. With --platform the
manifest of the image is not downloaded, because the index has its digest.

--tarball also reads compressed tarballs and OCI archives.
"""


@click.command(cls=Command, uses=REGISTRIES | PLATFORMS, examples=EXAMPLES, differences=DIFFERENCES)
@click.argument("image", required=False)
@full_ref
@click.option(
    "--tarball",
    metavar="FILE",
    type=click.Path(),
    help="Read this tarball, - for standard input; IMAGE is a name in it.",
)
@pass_settings
def digest(settings: Settings, image: str | None, full_ref: bool, tarball: str | None) -> None:
    """Print the digest of the manifest or index that IMAGE names.

    IMAGE is a name in a registry, a path that begins with . or /, or TRANSPORT:... as in oci:DIR:NAME.

    With --platform, the digest of the image for that platform in an index. With --tarball, the digest that
    the image in a tarball has after a push; IMAGE is required if the tarball has several.
    """
    platform = one_platform(settings)
    if tarball is not None:
        if full_ref:
            raise click.UsageError("--full-ref and --tarball do not go together")
        warn_unused(settings, REGISTRIES, "a tarball")
        from pycrane._client.push import tarball_digest

        stdout.line(tarball_digest(None if tarball == "-" else Path(tarball), image, platform))
        return
    if image is None:
        raise click.UsageError("missing argument IMAGE, which is optional only with --tarball")
    from pycrane._client import inspect
    from pycrane._reference import parse_reference
    from pycrane._transports.table import parse_local

    place = None if image.startswith("docker://") else parse_local(image)
    if place is not None:
        if full_ref:
            raise click.UsageError(f"--full-ref does not go with {place.text}, which is not in a registry")
        from pycrane._client.platforms import digest_of

        with doing(f"reading the digest of {image}"), settings.client() as local:
            stdout.line(digest_of(local.only(place), platform, local.listener))
        return
    reference = parse_reference(image.removeprefix("docker://"))
    with doing(f"reading the digest of {image}"), settings.registry() as client:
        found = inspect.digest(client, reference, platform)
    stdout.line(reference.with_digest(found) if full_ref else found)

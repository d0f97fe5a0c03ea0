"""`pycrane validate`."""

from __future__ import annotations

import click

from pycrane._cli.command import Command
from pycrane._cli.parameters import jobs
from pycrane._cli.settings import PLATFORMS, REGISTRIES, Settings, pass_settings
from pycrane._cli.terminal.output import stdout

EXAMPLES = """
pycrane validate --remote ghcr.io/org/app:v1
pycrane validate --fast --remote ghcr.io/org/app:v1
pycrane validate --tarball app.tar
pycrane validate --layout ./layout
"""
DIFFERENCES = """
All problems are printed in one run, one a line. Layers may be uncompressed, gzip or zstd, artifacts may have
any configuration, and each layer is downloaded and decompressed once, several in parallel.

More is checked: media types against the compression of layers, the history against the number of layers,
platforms in an index, and names in layers that lead out of the root.

--layout validates an OCI layout. --tarball accepts what push accepts, with all images; a tarball that cannot
be read is a FAIL too.

At least one of the three options is required.
"""


@click.command(cls=Command, uses=REGISTRIES | PLATFORMS, examples=EXAMPLES, differences=DIFFERENCES)
@click.option(
    "--tarball", metavar="FILE", type=click.Path(), help="Validate this tarball, - for standard input."
)
@click.option("--remote", metavar="IMAGE", help="Validate this image in a registry.")
@click.option("--layout", metavar="DIR", type=click.Path(), help="Validate this OCI layout.")
@click.option("--fast", is_flag=True, help="Check only that layers exist.")
@jobs
@pass_settings
def validate(
    settings: Settings,
    tarball: str | None,
    remote: str | None,
    layout: str | None,
    fast: bool,
    jobs: int | None,
) -> int:
    """Check that images are well-formed: digests, sizes, media types, diff IDs and the contents of layers.

    Prints PASS, or FAIL and a reason, for each option. An index is validated with all its images, or with
    those for --platform. The exit status is 1 if a check failed.
    """
    if not (tarball or remote or layout):
        raise click.UsageError("one of --remote, --tarball and --layout is required")
    from pycrane._transports.table import parse_location, parse_path

    named = [(text, parse_path(text)) for text in (tarball, layout) if text]
    named += [(remote, parse_location(remote))] if remote else []
    failed = False
    with settings.client(jobs) as client:
        for text, location in named:
            problems = client.validate(location, platforms=settings.platforms, fast=fast)
            if not problems:
                stdout.line(f"PASS: {text}")
            for problem in problems:
                stdout.line(f"FAIL: {text}: {problem}")
            stdout.flush()
            failed = failed or bool(problems)
    return 1 if failed else 0

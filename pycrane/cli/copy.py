"""`pycrane copy`, also `pycrane cp`."""

from __future__ import annotations

import click

from pycrane.cli.command import Command
from pycrane.cli.parameters import job_count, jobs
from pycrane.cli.settings import Settings, pass_settings

EXAMPLES = """
pycrane copy alpine:3.22 registry.example.com/base/alpine:3.22
pycrane cp --platform linux/amd64,linux/arm64 golang registry.example.com/golang
pycrane cp --all-tags --no-clobber ghcr.io/org/app registry.example.com/app
"""
DIFFERENCES = """
--platform may be repeated or hold a comma-separated list: with one platform that image is copied, with
several the index with these entries alone.

A destination that names a digest is compared with the source before anything is written.

A broken download goes on from the bytes that are verified already, and what a registry asks for when it is
overloaded (Retry-After) is heeded.

A progress display appears on a terminal; --quiet turns it off.
"""


@click.command(cls=Command, examples=EXAMPLES, differences=DIFFERENCES)
@click.argument("source", metavar="SRC")
@click.argument("target", metavar="DST")
@click.option("-a", "--all-tags", is_flag=True, help="Copy all tags; SRC and DST are repositories.")
@click.option("-n", "--no-clobber", is_flag=True, help="Do not overwrite tags that DST has.")
@jobs
@pass_settings
def copy(
    settings: Settings, source: str, target: str, all_tags: bool, no_clobber: bool, jobs: int | None
) -> None:
    """Copy the image SRC to DST, from registry to registry or within one.

    Manifests and layers arrive byte for byte, so the digest stays the same. An index is copied with all its
    images, unless --platform chooses among them. Layers that DST has are not sent again; within one registry
    they are mounted and not sent at all.

    With --no-clobber, a DST that is there is an error, and with --all-tags such tags are passed over.
    """
    from pycrane.reference import parse_reference, parse_repository
    from pycrane.verbs import copy as verbs

    with settings.client() as client:
        if all_tags:
            verbs.copy_repository(
                client,
                parse_repository(source),
                parse_repository(target),
                platforms=settings.platforms,
                no_clobber=no_clobber,
                jobs=job_count(jobs),
            )
        else:
            verbs.copy(
                client,
                parse_reference(source),
                parse_reference(target),
                platforms=settings.platforms,
                no_clobber=no_clobber,
                jobs=job_count(jobs),
            )

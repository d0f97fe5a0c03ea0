"""`pycrane copy`, also `pycrane cp`."""

from __future__ import annotations

import click

from pycrane._cli.command import Command
from pycrane._cli.parameters import check_level, compression, jobs, level
from pycrane._cli.settings import Settings, pass_settings
from pycrane._cli.tag_options import EXPLAINED, tag_choice, tag_options

EXAMPLES = """
pycrane copy alpine:3.22 registry.example.com/base/alpine:3.22
pycrane cp --platform linux/amd64,linux/arm64 golang registry.example.com/golang
pycrane cp --format docker ghcr.io/org/app:v1 registry.example.com/app:v1
pycrane cp --all-tags --no-clobber ghcr.io/org/app registry.example.com/app
pycrane cp --all-tags --semver '^1.2' --newest 3 ghcr.io/org/app registry.example.com/app
pycrane cp --recursive gcr.io/project registry.example.com/project
"""
DIFFERENCES = f"""
--platform may be repeated or be a comma-separated list. With one platform, the image for it is copied; with
several, an index of these entries. It also applies with --all-tags.

SRC and DST may be oci:DIR:NAME, oci-archive:FILE:NAME, docker-archive:FILE:NAME, dir:DIR or
docker-daemon:NAME; SRC also tarball:FILE, an image with a layer for each FILE. A registry with such a name is
written docker://oci:5000/app. A docker-archive: that exists is not replaced; --add adds to it.

If DST has a digest, the source must have the same, which is checked before anything is written.

An interrupted download continues after the bytes that are already verified, and Retry-After is honoured.

On a terminal progress is shown; --quiet hides it.

--recursive is gcrane's. Registries other than Google's are searched in their list of all repositories.
{EXPLAINED}"""


@click.command(cls=Command, examples=EXAMPLES, differences=DIFFERENCES)
@click.argument("source", metavar="SRC")
@click.argument("target", metavar="DST")
@click.option("-a", "--all-tags", is_flag=True, help="Copy all tags; SRC and DST are repositories.")
@click.option("-r", "--recursive", is_flag=True, help="Copy all tags, also of all repositories below.")
@tag_options
@click.option("-n", "--no-clobber", is_flag=True, help="Do not overwrite tags that DST has.")
@click.option(
    "--format",
    type=click.Choice(["oci", "docker"]),
    help="Convert media types to this format. [default: unchanged]",
)
@click.option("--add", is_flag=True, help="Keep the images that docker-archive:FILE at DST has.")
@click.option("--lossy", is_flag=True, help="With --format docker, drop what the format cannot hold.")
@compression
@level
@jobs
@pass_settings
def copy(
    settings: Settings,
    source: str,
    target: str,
    all_tags: bool,
    recursive: bool,
    glob: str | None,
    tag_regex: str | None,
    semver: str | None,
    newest: int | None,
    no_clobber: bool,
    compression: str | None,
    level: int | None,
    jobs: int | None,
    format: str | None,  # noqa: A002
    add: bool,
    lossy: bool,
) -> None:
    """Copy the image SRC to DST, from registry to registry or within one.

    Manifests and layers are copied byte for byte, so the digest stays the same. An index is copied with all
    its images, or with those for --platform. Layers that DST already has are not sent again; within one
    registry they are mounted.

    With --compression, layers are compressed anew: digests change, files and diff IDs do not.

    With --format, only media types change: the configuration keeps its bytes, and copying back gives the
    original digest. Annotations, subjects and artifact types, which Docker's format does not have, are an
    error, or are dropped with --lossy.

    With --no-clobber, a tag that DST already has is an error; with --all-tags it is skipped.

    With --recursive, SRC and its child repositories are copied below DST, also manifests without a tag where
    the registry lists them and no option selects tags or platforms.
    """
    check_level(compression, level)
    if lossy and format != "docker":
        raise click.UsageError("--lossy needs --format docker")
    if add and (all_tags or recursive):
        raise click.UsageError("--add is for one image, without --all-tags and --recursive")
    if format and (all_tags or recursive):
        raise click.UsageError("--format converts one image, without --all-tags and --recursive")
    choice = tag_choice(glob, tag_regex, semver, newest)
    if choice.chooses and not (all_tags or recursive):
        raise click.UsageError("options for tags need --all-tags or --recursive")
    from pycrane._transports.table import parse_location

    with settings.client(jobs) as client:
        if not (all_tags or recursive):
            place = parse_location(target)
            client.copy(
                parse_location(source),
                place.adding() if add else place,
                platforms=settings.platforms,
                no_clobber=no_clobber,
                compression=compression,
                level=level,
                format=format,
                lossy=lossy,
            )
            return
        several = client.copy_tree if recursive else client.copy_repository
        several(
            source,
            target,
            glob=glob,
            regex=choice.regex,
            versions=semver,
            newest=newest,
            platforms=settings.platforms,
            no_clobber=no_clobber,
            compression=compression,
            level=level,
        )

"""`pycrane index`: list, append to and filter an index."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from pycrane._cli.command import Group
from pycrane._cli.names import LOCATION, PLACE
from pycrane._cli.parameters import comma_separated, jobs, key_values
from pycrane._cli.settings import REGISTRIES, Settings, pass_settings
from pycrane._cli.terminal.output import stdout
from pycrane._cli.terminal.report import warn

if TYPE_CHECKING:
    from pycrane._transports.location import Location

_tag = click.option(
    "-t",
    "--tag",
    metavar="IMAGE",
    type=LOCATION,
    help="Name of the result. [default: INDEX]",
)
_annotation = click.option(
    "-a",
    "--annotation",
    "annotations",
    metavar="KEY=VALUE",
    multiple=True,
    help="Annotate the index. May be repeated, or a comma-separated list.",
)


@click.group(cls=Group)
def index() -> None:
    """List, append to and filter the manifests of an index, in a registry or in an OCI layout.

    A name that begins with . or /, or that is an existing layout or file, is a path; others are in a
    registry.
    """


@index.command(
    "list",
    uses=REGISTRIES,
    examples="pycrane index list ubuntu\npycrane index list ./layout",
)
@click.argument("base", metavar="INDEX", type=PLACE)
@pass_settings
def list_(settings: Settings, base: Location) -> None:
    """List the manifests of INDEX.

    Each line has digest, media type and platform.
    """
    with settings.client() as client:
        entries = client.index_list(base)
    stdout.line(f"{'Digest':<70} {'MediaType':<20} Platform")
    for entry in entries:
        platform = "-" if entry.platform is None else entry.platform
        stdout.line(f"{entry.digest!s:<70} {entry.media_type:<20} {platform}")


@index.command(
    examples="""
pycrane index append ubuntu -m hello-world@sha256:... -t registry.example.com/hello-world:weird
pycrane index append -m app:amd64 -m app:arm64 -a org.opencontainers.image.vendor=me -t app:v1
pycrane index append ./layout -m app:v1
""",
    differences="""
A manifest that the index already has, for the same platform, is not added again.

--platform selects among the images of manifests that are indexes. --annotation annotates the index.

Layouts, OCI archives and tarballs, compressed or not, may be appended.

If BASE is a layout, it is changed in place, and --tag is not allowed.
""",
)
@click.argument("base", type=PLACE, required=False)
@click.argument("more", metavar="[MANIFEST]...", nargs=-1)
@click.option(
    "-m",
    "--manifest",
    "manifests",
    metavar="IMAGE",
    multiple=True,
    help="Manifest to append. May be repeated, or a comma-separated list.",
)
@_tag
@_annotation
@click.option("--docker-empty-base", is_flag=True, help="Without BASE, use Docker's media type.")
@click.option(
    "--flatten/--no-flatten",
    default=True,
    help="Append the manifests of an index, or the index itself. [default: its manifests]",
)
@jobs
@pass_settings
def append(
    settings: Settings,
    base: Location | None,
    more: tuple[str, ...],
    manifests: tuple[str, ...],
    tag: Location | None,
    annotations: tuple[str, ...],
    docker_empty_base: bool,
    flatten: bool,
    jobs: int | None,
) -> None:
    """Append manifests to the index BASE or a new one.

    The result is pushed. Prints the reference of the result, by digest. A BASE that is an OCI layout is
    changed in place, and created if it does not exist; nothing is printed. The platform of a manifest comes
    from its configuration.
    """
    if base is None and tag is None:
        raise click.UsageError("at least one of BASE and --tag must be given")
    if base is None:
        warn("base unspecified, using empty index")
    elif docker_empty_base:
        raise click.UsageError("BASE and --docker-empty-base do not go together")
    elif base.path is not None and (tag or annotations):
        raise click.UsageError(
            f"{base.text} is a layout, which is changed in place: omit --tag and --annotation"
        )
    from pycrane._transports.table import parse_place

    with settings.client(jobs) as client:
        result = client.index_append(
            base,
            [parse_place(text) for text in (*comma_separated(manifests), *more)],
            tag,
            docker_empty_base=docker_empty_base,
            flatten=flatten,
            annotations=key_values(annotations, "--annotation"),
            platforms=settings.platforms,
        )
    if result is not None:
        stdout.line(result.name)


@index.command(
    "filter",
    examples="""
pycrane index filter ubuntu --platform linux/amd64,linux/arm64 -t registry.example.com/ubuntu
pycrane index filter hello-world --platform linux -t registry.example.com/hello-world
pycrane index filter registry.example.com/hello-world:v1 --platform linux
""",
    differences="""
--platform may be a comma-separated list. linux/arm64 and linux/arm64/v8 are equal. A platform that the index
does not have is a warning.

An empty index is pushed only with --allow-empty. Its list of manifests is [], where crane's is null.

INDEX may be an OCI layout. Without --tag it is changed in place; layout gc then frees the space.
""",
)
@click.argument("base", metavar="INDEX", type=PLACE)
@click.option(
    "--platform",
    "patterns",
    metavar="PLATFORM",
    multiple=True,
    help="Platforms to keep: os[/arch[/variant]][:osversion]. May be repeated, or a comma-separated list.",
)
@_tag
@_annotation
@click.option("--allow-empty", is_flag=True, help="Push an index without manifests too.")
@jobs
@pass_settings
def filter_(
    settings: Settings,
    base: Location,
    patterns: tuple[str, ...],
    tag: Location | None,
    annotations: tuple[str, ...],
    allow_empty: bool,
    jobs: int | None,
) -> None:
    """Push INDEX with only the manifests for these platforms.

    Manifests without a platform are dropped. Prints the reference of the result, by digest.
    """
    from pycrane._oci.platform import Platform

    wanted = [Platform.parse_pattern(word) for word in comma_separated(patterns)] + [*settings.platforms]
    if not wanted and not allow_empty:
        raise click.UsageError("missing option --platform, the platforms to keep")
    with settings.client(jobs) as client:
        result = client.index_filter(
            base,
            wanted,
            tag,
            allow_empty=allow_empty,
            annotations=key_values(annotations, "--annotation"),
        )
    if result is not None:
        stdout.line(result.name)

"""`pycrane mutate`."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any, TypeVar

import click

from pycrane._cli.command import Command
from pycrane._cli.global_options import warn_unused
from pycrane._cli.parameters import (
    check_level,
    comma_separated,
    compression,
    jobs,
    key_values,
    level,
    output_path,
    pairs,
)
from pycrane._cli.settings import PUSHES, Settings, pass_settings
from pycrane._cli.terminal.output import stdout

if TYPE_CHECKING:
    from pycrane._mutate.config import ConfigEdit

EXAMPLES = """
pycrane mutate registry.example.com/app:v1 -l version=1 --entrypoint /app,--verbose
pycrane mutate registry.example.com/app:v1 -e DEBUG= --remove-env PATH -t registry.example.com/app:v2
pycrane mutate registry.example.com/app:v1 --cmd '' --user nobody --set-created now
pycrane mutate app:v1 --platform linux/arm64 --append layer.tar.gz -o app.tar
"""
DIFFERENCES = """
In an index, all images are changed, or those of --platform; the result is an index. crane makes an image of
one platform of it. Attestations and artifacts stay unchanged. --annotation annotates the images and the
index.

Unknown fields of the configuration and the manifest are kept, and so is subject. In an artifact, only
annotations can be changed.

An empty value removes a setting: --entrypoint '', --cmd '', --user '', --workdir '', --exposed-ports ''.
Labels, variables and annotations may be empty (KEY=); --remove-label, --remove-env and --remove-annotation
remove them. If a variable is given twice, the last value counts.

--set-created and --history set times and history. The current time is SOURCE_DATE_EPOCH, if that is set.

--compression and --level compress the layers anew; files and diff IDs stay the same.

--append - reads a layer from standard input. Layers have the bytes that append gives them. A file that is not
a tarball is refused.
"""


F = TypeVar("F", bound=Callable[..., Any])


def _words(*names: str, metavar: str, help: str) -> Callable[[F], F]:  # noqa: A002
    return click.option(*names, metavar=metavar, multiple=True, help=help)


@click.command(cls=Command, examples=EXAMPLES, differences=DIFFERENCES)
@click.argument("image")
@_words("-l", "--label", "labels", metavar="KEY=VALUE", help="Add or replace labels.")
@_words("-e", "--env", "env", metavar="KEY=VALUE", help="Add or replace an environment variable.")
@_words("-a", "--annotation", "annotations", metavar="KEY=VALUE", help="Add or replace annotations.")
@_words("--remove-label", "lost_labels", metavar="KEY", help="Remove labels.")
@_words("--remove-env", "lost_env", metavar="KEY", help="Remove environment variables.")
@_words("--remove-annotation", "lost_annotations", metavar="KEY", help="Remove annotations.")
@_words("--entrypoint", metavar="WORD", help="Set the entrypoint, and remove cmd.")
@_words("--cmd", metavar="WORD", help="Set cmd.")
@_words("--exposed-ports", metavar="PORT", help="Set the exposed ports.")
@click.option("-u", "--user", metavar="USER", help="Set the user.")
@click.option("-w", "--workdir", metavar="DIR", help="Set the working directory.")
@click.option("--set-platform", metavar="PLATFORM", help="Set the platform of the image.")
@click.option(
    "--set-created", metavar="TIME", help="Set the time of creation: 2006-01-02T15:04:05Z, now or @SECONDS."
)
@click.option(
    "--history",
    metavar="TEXT",
    help="Text for the history: of the layers of --append, or else of an entry of its own.",
)
@_words("--append", "layers", metavar="FILE", help="Append this tarball first, - for standard input.")
@click.option("-t", "--tag", metavar="IMAGE", help="Name of the result. [default: IMAGE]")
@click.option("--repo", metavar="REPO", help="Push to this repository, by digest.")
@click.option(
    "-o",
    "--output",
    metavar="FILE",
    help="Write the result to this tarball, - for standard output, and push nothing.",
)
@compression
@level
@jobs
@pass_settings
def mutate(
    settings: Settings,
    /,
    image: str,
    tag: str | None,
    repo: str | None,
    output: str | None,
    layers: tuple[str, ...],
    compression: str | None,
    level: int | None,
    jobs: int | None,
    **options: Any,
) -> None:
    """Change the configuration and the annotations of IMAGE, and push the result.

    Prints the reference of the result, by digest. Without --tag and --repo the result replaces the tag IMAGE;
    if IMAGE is a digest, it stays. With --output nothing is pushed or printed.

    Options for labels, annotations, entrypoint, cmd, ports and layers may be repeated or be comma-separated
    lists; --env may be repeated.
    """
    if repo is not None and tag is not None:
        raise click.UsageError("--repo and --tag do not go together")
    check_level(compression, level)
    if output is not None:
        warn_unused(settings, PUSHES, "a file")
    from pycrane._transports.table import named_archive, parse_location, parse_repository_of

    source = parse_location(image)
    edit, layer_history = _edit(bool(layers), **options)
    name = repo if repo is not None else tag if tag is not None else image
    if output is not None:
        target = named_archive(output_path(output), name)
    else:
        target = parse_repository_of(name) if repo is not None else parse_location(name)
    with settings.client(jobs) as client:
        result = client.mutate(
            source,
            target,
            edit,
            layers=[None if path == "-" else path for path in comma_separated(layers)],
            layer_history=layer_history,
            compression=compression,
            level=level,
            platforms=settings.platforms,
        )
    if output is None:
        stdout.line(result.name)


def _edit(
    appends: bool,
    *,
    labels: Sequence[str],
    env: Sequence[str],
    annotations: Sequence[str],
    lost_labels: Sequence[str],
    lost_env: Sequence[str],
    lost_annotations: Sequence[str],
    entrypoint: Sequence[str],
    cmd: Sequence[str],
    exposed_ports: Sequence[str],
    user: str | None,
    workdir: str | None,
    set_platform: str | None,
    set_created: str | None,
    history: str | None,
) -> tuple[ConfigEdit, dict[str, Any] | None]:
    """Return the edit that the options describe, and the history of appended layers."""
    from pycrane._mutate.config import ConfigEdit
    from pycrane._oci.clock import now, parse_time
    from pycrane._oci.platform import Platform

    created = parse_time(set_created) if set_created is not None else None
    entry = None if history is None else {"created": created or now(), "created_by": history}
    edit = ConfigEdit(
        labels=key_values(labels, "--label") | dict.fromkeys(comma_separated(lost_labels)),
        env=pairs(env, "--env") | dict.fromkeys(comma_separated(lost_env)),
        annotations=key_values(annotations, "--annotation")
        | dict.fromkeys(comma_separated(lost_annotations)),
        entrypoint=_list(entrypoint),
        cmd=_list(cmd),
        exposed_ports=_list(exposed_ports),
        user=user,
        workdir=workdir,
        platform=Platform.parse(set_platform) if set_platform is not None else None,
        created=created,
        history=[{**entry, "empty_layer": True}] if entry and not appends else (),
    )
    return edit, entry


def _list(texts: Sequence[str]) -> list[str] | None:
    """Return the words of an option: none for an empty value, None without the option."""
    return None if not texts else comma_separated(text for text in texts if text)

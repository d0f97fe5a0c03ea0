"""`pycrane inspect`."""

from __future__ import annotations

import click

from pycrane._cli.command import Command
from pycrane._cli.parameters import one_platform
from pycrane._cli.settings import PLATFORMS, REGISTRIES, Settings, pass_settings
from pycrane._cli.terminal.output import stdout

EXAMPLES = """
pycrane inspect alpine
pycrane inspect --json ghcr.io/org/app:v1 | jq .Labels
pycrane inspect --format '{{.Digest}} {{join .Env ","}}' alpine
pycrane inspect --platform linux/arm64 --config alpine
pycrane inspect docker-archive:app.tar
"""
DIFFERENCES = """
crane does not have this command. --json, --format, --raw and --config are as in skopeo inspect, whose fields
come first: Name, Digest, RepoTags, Created, DockerVersion, Labels, Architecture, Os, Layers, LayersData (with
MIMEType, Digest, Size, Annotations) and Env. They are followed by Tag, MediaType, ArtifactType, Platform,
PlatformDigest, Platforms, Size (bytes), Annotations, BaseName, BaseDigest, User, WorkingDir, Entrypoint, Cmd,
ExposedPorts, Volumes, and History (with Created, CreatedBy, Author, Comment, EmptyLayer).

Tags are listed with --tags alone, which is one request more. Artifacts and indexes without the platform of
this machine are described too. An image takes two requests, an index three, an artifact one.

Templates are in the language of Go's text/template. Its functions are there, and json, join, split, lower,
upper, title, truncate, pad; not define, block, template and call. A template that begins with the word table
makes columns of what tabs divide. With --config a template sees the configuration, with the fields of Go's
struct for it, as in {{.Config.Cmd}}.
"""


@click.command(cls=Command, uses=REGISTRIES | PLATFORMS, examples=EXAMPLES, differences=DIFFERENCES)
@click.argument("place")
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
@click.option("-f", "--format", "template", metavar="TEMPLATE", help="Print what a Go template makes of it.")
@click.option(
    "--raw", is_flag=True, help="Print the manifest or, with --config, the configuration, as it is."
)
@click.option("--config", is_flag=True, help="Print the configuration as JSON.")
@click.option("--tags", is_flag=True, help="List the tags of the repository too.")
@pass_settings
def inspect(
    settings: Settings, place: str, as_json: bool, template: str | None, raw: bool, config: bool, tags: bool
) -> None:
    """Describe an image, index or artifact without reading its layers.

    PLACE is the name of an image in a registry, a tarball or layout, or TRANSPORT:... as in oci:DIR:NAME. Of
    an index the image for --platform is described, else the one for linux/amd64, else the first.
    """
    if raw and (template or as_json):
        raise click.UsageError("--raw prints bytes as they are, and takes neither --format nor --json")
    if template and as_json:
        raise click.UsageError("--format and --json do not go together")
    from pycrane._cli.inspecting import Form, described

    form = Form(as_json=as_json, template=template, raw=raw, config=config, tags=tags)
    platform = one_platform(settings)
    with settings.client() as client:
        stdout.write(described(client, place, platform, form))

"""`pycrane skopeo inspect` (skopeo-inspect(1))."""

from __future__ import annotations

import click

from pycrane._cli.skopeo.command import SkopeoCommand
from pycrane._cli.skopeo.flags import RETRIES, side
from pycrane._cli.skopeo.settings import SkopeoSettings, pass_settings
from pycrane._cli.terminal.output import stdout

EXAMPLES = """
pycrane skopeo inspect docker://registry.example.com/app:v1
pycrane skopeo inspect --config docker://registry.example.com/app:v1
pycrane skopeo inspect --format '{{.Name}} {{.Digest}}' docker://registry.example.com/app:v1
"""
DIFFERENCES = """
Artifacts are shown too, with their blobs as layers; skopeo refuses them.
"""


@click.command(cls=SkopeoCommand, examples=EXAMPLES, differences=DIFFERENCES, params=[*side(""), *RETRIES])
@click.argument("image", metavar="IMAGE-NAME")
@click.option("--raw", is_flag=True, help="Print the manifest, or with --config the configuration, as it is.")
@click.option("--config", is_flag=True, help="Print the configuration.")
@click.option("-f", "--format", "template", metavar="TEMPLATE", help="Print what a Go template makes of it.")
@click.option("-n", "--no-tags", is_flag=True, help="Leave the tags of the repository out.")
@click.option(
    "--manifest-digest",
    "algorithm",
    metavar="ALGORITHM",
    type=click.Choice(["sha256", "sha512"]),
    help="Algorithm of the digest of the manifest.",
)
@pass_settings
def inspect(
    settings: SkopeoSettings,
    /,
    image: str,
    raw: bool,
    config: bool,
    template: str | None,
    no_tags: bool,
    algorithm: str | None,
) -> None:
    """Print what an image says of itself, as JSON, without fetching its layers.

    Of an index, the image for this machine is shown, with the digest of the index.
    """
    if raw and template:
        raise click.UsageError("--raw and --format cannot be used together")
    from pycrane._cli.skopeo.inspecting import described, opened
    from pycrane._cli.skopeo.session import SkopeoSession

    with SkopeoSession(settings) as session:
        location = session.location(image)
        view = opened(session, location)
        if raw:
            stdout.write(session.image(view).raw_config_file if config else view.raw_manifest)
            return
        stdout.write(
            described(session, location, view, template, config=config, tags=not no_tags, algorithm=algorithm)
        )

"""`pycrane skopeo list-tags` (skopeo-list-tags(1))."""

from __future__ import annotations

import click

from pycrane._cli.skopeo.command import SkopeoCommand
from pycrane._cli.skopeo.flags import REGISTRY, RETRIES, side
from pycrane._cli.skopeo.settings import SkopeoSettings, pass_settings
from pycrane._cli.terminal.output import stdout
from pycrane._errors import InvalidReferenceError, UnsupportedError
from pycrane._reference import DOCKER_HUB, Repository, parse_repository

EXAMPLES = """
pycrane skopeo list-tags docker://registry.example.com/app
pycrane skopeo list-tags docker-archive:images.tar
"""


@click.command(cls=SkopeoCommand, examples=EXAMPLES, params=[*side("", REGISTRY), *RETRIES])
@click.argument("source", metavar="SOURCE-IMAGE")
@pass_settings
def list_tags(settings: SkopeoSettings, source: str) -> None:
    """List the tags of docker://REPOSITORY, or the names in docker-archive:FILE, as JSON."""
    from pycrane._cli.skopeo.session import SkopeoSession
    from pycrane._oci import go_json

    transport, _, details = source.partition(":")
    with SkopeoSession(settings) as session:
        if transport == "docker" and details.startswith("//"):
            repository = parse_repository(details[2:])
            listed = {
                "Repository": shown(repository),
                "Tags": list(session.registry("", repository).tags(repository)),
            }
        elif transport == "docker-archive":
            if ":" in details:
                raise InvalidReferenceError(f"{source} names an image, expected docker-archive:FILE")
            with session.location(source).open(session.client.registry) as images:
                named = [entry.names or [f"@{entry.positions[0]}"] for entry in images.entries]
            listed = {"Tags": [name for names in named for name in names]}
        else:
            raise UnsupportedError(
                f"the tags of {source} cannot be listed",
                hint="docker://REPOSITORY and docker-archive:FILE have tags",
            )
    stdout.write(go_json.dumps(listed, indent="    ") + b"\n")


def shown(repository: Repository) -> str:
    """Return a repository as skopeo shows it."""
    return str(repository).replace(DOCKER_HUB, "docker.io", 1)

"""Output of `ls` and `list-tags` for archives and layouts: names, digests, JSON."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

from pycrane._cli.terminal.listings import json_line
from pycrane._cli.terminal.report import printable
from pycrane._client.images import ListedImage
from pycrane._errors import doing
from pycrane._oci import go_json
from pycrane._reference import DOCKER_HUB, parse_repository
from pycrane._transports.table import parse_local

if TYPE_CHECKING:
    from pycrane._client.client import Client
    from pycrane._transports.location import Location


def listed(client: Client, place: Location, *, is_long: bool, as_json: bool) -> Iterator[bytes]:
    """Yield the lines of `pycrane ls` for a place that is not a registry. Raises PycraneError."""
    found = client.list_images(place)
    if as_json:
        yield json_line([_fields(image) for image in found])
        return
    for image in found:
        for label in image.labels:
            line = f"{label} {image.view.digest}" if is_long else label
            yield f"{printable(line)}\n".encode()


def tags_of(client: Client, text: str) -> bytes:
    """Return the tags of a repository or the names in a place as JSON, as `skopeo list-tags` has them.

    Raises:
        PycraneError: they cannot be listed.
    """
    with doing(f"listing the tags of {text}"):
        place = None if text.startswith("docker://") else parse_local(text)
        if place is not None:
            names = [label for image in client.list_images(place) for label in image.labels]
            return go_json.dumps({"Tags": names}, indent=4) + b"\n"
        repository = parse_repository(text.removeprefix("docker://"))
        tags = client.list_tags(repository)
    shown = str(repository).replace(DOCKER_HUB, "docker.io", 1)
    return go_json.dumps({"Repository": shown, "Tags": tags}, indent=4) + b"\n"


def _fields(image: ListedImage) -> dict[str, Any]:
    view = image.view
    return {
        "names": list(image.names),
        "position": image.positions[0],
        "digest": str(view.digest),
        "mediaType": view.media_type,
    }

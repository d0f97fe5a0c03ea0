"""Every transport that is written and read, with the programs that it belongs to: the rows of the matrix."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

NAME = "example.com/team/app"


@dataclass(frozen=True)
class World:
    """The surroundings of places: a directory, a registry, and the socket of an engine."""

    path: Path
    registry: str
    engine: str


@dataclass(frozen=True)
class Place:
    """A transport. `text` names a place of it that no other label has.

    With `keeps` it holds manifests byte for byte; without, only the configuration and the files.
    `options` are what skopeo needs to read there.
    """

    transport: str
    text: Callable[[World, str], str]
    keeps: bool = True
    options: Callable[[World], list[str]] = lambda world: []


PLACES = (
    Place(
        "docker",
        lambda world, label: f"docker://{world.registry}/matrix/{label}:v1",
        options=lambda world: ["--tls-verify=false"],
    ),
    Place("oci", lambda world, label: f"oci:{world.path}/{label}-layout:{NAME}:{label}"),
    Place("oci-archive", lambda world, label: f"oci-archive:{world.path}/{label}-oci.tar:{NAME}:{label}"),
    Place("dir", lambda world, label: f"dir:{world.path}/{label}-dir"),
    Place(
        "docker-archive",
        lambda world, label: f"docker-archive:{world.path}/{label}.tar:{NAME}:{label}",
        keeps=False,
    ),
    Place(
        "docker-daemon",
        lambda world, label: f"docker-daemon:{NAME}:{label}",
        keeps=False,
        options=lambda world: [f"--daemon-host={world.engine}"],
    ),
)
"""A transport joins the matrix here, and its own program in `test_matrix.py`."""

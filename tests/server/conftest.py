"""Registries with both stores."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from server.plain_client import Client

from pycrane._limits import Limits
from pycrane.server import Registry

StartClient = Callable[..., Client]


@pytest.fixture(params=["memory", "disk"])
def start(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[StartClient]:
    """Start a registry with these keywords of `Registry`, once with each store; a client to it."""
    ends: list[Callable[[], None]] = []

    def begin(limits: Limits | None = None, **settings: Any) -> Client:
        disk = tmp_path / "registry" if request.param == "disk" else None
        registry = Registry(disk=disk, limits=limits or Limits(), **settings)
        registry.start()
        client = Client(registry.address)
        ends.extend((client.close, registry.close))
        return client

    yield begin
    for end in ends:
        end()


@pytest.fixture
def client(start: StartClient) -> Client:
    """A client to an empty registry, once with each store."""
    return start()

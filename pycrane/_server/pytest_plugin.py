"""A pytest plugin that comes with pycrane: the fixture `pycrane_registry`, an empty registry a test."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from pycrane._server.embedded import Registry


@pytest.fixture
def pycrane_registry() -> Iterator[Registry]:
    """A running registry, empty and open to all; images are named `{pycrane_registry.address}/NAME`."""
    from pycrane._server.embedded import Registry

    with Registry() as registry:
        yield registry

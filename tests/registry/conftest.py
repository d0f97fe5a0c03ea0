"""Clients for the tests, their keychain and their listener."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import ExitStack
from typing import Any

import pytest
from registry.clients import IMPATIENT, Heard, Keys, MakeClient

from pycrane._registry.client import RegistryClient
from pycrane._registry.http.options import ClientOptions


@pytest.fixture
def keys() -> Keys:
    """The keychain of the test's clients; empty until the test fills it."""
    return Keys()


@pytest.fixture
def heard() -> Heard:
    """What the test's clients said."""
    return Heard()


@pytest.fixture
def make_client(keys: Keys, heard: Heard) -> Iterator[MakeClient]:
    """Make clients by the fields of ClientOptions; they do not wait long, and are closed with the test."""
    with ExitStack() as stack:

        def make(**options: Any) -> RegistryClient:
            options.setdefault("limits", IMPATIENT)
            return stack.enter_context(RegistryClient(keys, ClientOptions(**options), heard.append))

        yield make


@pytest.fixture
def client(make_client: MakeClient) -> RegistryClient:
    """A client without options."""
    return make_client()

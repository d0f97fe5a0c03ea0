"""Requests for completion: bounded in time, silent, with no credential helper, kept for a minute."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import replace
from itertools import islice
from typing import TYPE_CHECKING

import click

from pycrane._cli.settings import Settings
from pycrane._cli.shells import cache

if TYPE_CHECKING:
    from pycrane._registry.client import RegistryClient

_SECONDS = 0.75  # what is left of a second when Python and click have started
_MOST = 20_000


def asked(context: click.Context, what: str, ask: Callable[[RegistryClient], Iterator[str]]) -> list[str]:
    """Return a list of a registry that is called `what`: the one that was kept, or what `ask` yields in time."""
    kept = cache.read(what)
    if kept is not None:
        return kept
    settings: Settings = context.find_object(Settings) or Settings()

    def answer() -> Iterator[str]:
        with _client(settings) as client:
            yield from ask(client)

    names, whole = in_time(answer)
    if whole:
        cache.write(what, names)
    return names


def in_time(answer: Callable[[], Iterator[str]]) -> tuple[list[str], bool]:
    """Return what is yielded in less than a second, and whether that is all of it; errors end it."""
    names: list[str] = []
    whole = threading.Event()

    def run() -> None:
        with suppress(BaseException):
            names.extend(islice(answer(), _MOST))
            whole.set()

    thread = threading.Thread(target=run, daemon=True)
    thread.start()
    thread.join(_SECONDS)
    done = whole.is_set()
    return list(names), done


def _client(settings: Settings) -> RegistryClient:
    from pycrane._keychain.chain import DefaultKeychain
    from pycrane._limits import Limits
    from pycrane._registry.client import RegistryClient

    keychain = DefaultKeychain(run_helpers=False)
    options = settings.client_options(keychain.http_headers)
    return RegistryClient(keychain, replace(options, limits=Limits(attempts=1)))

"""Requests for completion: bounded in time, silent, with no credential helper, kept for a minute."""

from __future__ import annotations

import json
import os
import select
import signal
import time
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
_LONGEST = 10  # seconds until a process that still asks is ended
_MOST = 20_000  # names of one list


def asked(context: click.Context, what: str, ask: Callable[[RegistryClient], Iterator[str]]) -> list[str]:
    """Return a list of a registry that is called `what`: the one that was kept, or what `ask` yields in time.

    An answer that comes too late is kept for the next completion.
    """
    kept = cache.read(what)
    if kept is not None:
        return kept
    settings: Settings = context.find_object(Settings) or Settings()

    def answer() -> list[str]:
        with _client(settings) as client:
            names = list(islice(ask(client), _MOST))
        cache.write(what, names)
        return names

    return in_time(answer)


def in_time(answer: Callable[[], list[str]]) -> list[str]:
    """Return the answer if it comes in less than a second, else none. It is made in a process of its own."""
    reading, writing = os.pipe()
    if not os.fork():
        _answer(answer, writing)
    os.close(writing)
    end = time.monotonic() + _SECONDS
    data = bytearray()
    while select.select([reading], [], [], max(0.0, end - time.monotonic()))[0]:
        piece = os.read(reading, 1 << 16)
        data += piece
        if not piece:
            names: list[str] = json.loads(data or b"[]")
            return names
    return []


def _answer(answer: Callable[[], list[str]], writing: int) -> None:
    """Write the answer, apart from the shell, which waits for its standard streams, and end the process."""
    with suppress(BaseException):
        os.setsid()
        null = os.open(os.devnull, os.O_RDWR)
        for stream in (0, 1, 2):
            os.dup2(null, stream)
        signal.signal(signal.SIGPIPE, signal.SIG_IGN)
        signal.alarm(_LONGEST)
        data = json.dumps(answer()).encode()
        while data:
            data = data[os.write(writing, data) :]
    os._exit(0)


def _client(settings: Settings) -> RegistryClient:
    from pycrane._keychain.chain import DefaultKeychain
    from pycrane._limits import Limits
    from pycrane._registry.client import RegistryClient

    keychain = DefaultKeychain(run_helpers=False)
    options = settings.client_options(keychain.http_headers)
    return RegistryClient(keychain, replace(options, limits=Limits(attempts=1)))

"""`pycrane registry`: serve a registry, run a command beside one, tidy the folder of one."""

from __future__ import annotations

import os
import signal
import sys
import threading
from collections.abc import Callable
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

import click

from pycrane._cli.command import Group
from pycrane._cli.settings import Settings, pass_settings
from pycrane._cli.terminal.process import Interrupted

if TYPE_CHECKING:
    from collections.abc import Iterator
    from types import FrameType

    from pycrane._server.embedded import Registry
    from pycrane._server.upstream import Upstream

_Function = TypeVar("_Function", bound=Callable[..., Any])


@click.group(cls=Group)
def registry() -> None:
    """Run a registry of your own, for tests and CI."""


def _server_options(function: _Function) -> _Function:
    """The options that say how to serve."""
    path = click.Path(path_type=Path)
    options = (
        click.option(
            "--address",
            metavar="HOST:PORT",
            default="",
            help="Where to listen; :PORT is every interface. Without it 127.0.0.1 and the port in PORT, or a "
            "free one.",
        ),
        click.option("--disk", metavar="DIR", type=path, help="Keep everything in DIR, as OCI layouts."),
        click.option("--blobs-to-disk", is_flag=True, hidden=True),
        click.option("--tls-cert", metavar="FILE", type=path, help="Serve TLS with this certificate (PEM)."),
        click.option("--tls-key", metavar="FILE", type=path, help="Key of --tls-cert, if not in its file."),
        click.option(
            "--htpasswd", metavar="FILE", type=path, help="Let in the users in FILE, as htpasswd -B makes it."
        ),
        click.option("--read-only", is_flag=True, help="Refuse every push and delete."),
        click.option("--delete/--no-delete", default=True, help="Allow deleting. [default: allowed]"),
        click.option(
            "--proxy",
            metavar="HOST",
            help="Be a cache of the registry at HOST, and take no pushes.",
        ),
    )
    for option in reversed(options):
        function = option(function)
    return function


@registry.command(
    examples="""
pycrane registry serve
pycrane registry serve --address 127.0.0.1:5000 --disk /var/lib/registry
pycrane registry serve --htpasswd users --tls-cert cert.pem --tls-key key.pem --address :5000
pycrane registry serve --proxy docker.io --disk cache
""",
    differences="""
The registry listens on loopback unless an address is given, and the first line of standard output is its
HOST:PORT, alone.

With --disk manifests and tags are kept too: each repository is an OCI image layout in the folder of its name.
The folder is made if it is not there.
""",
)
@_server_options
@pass_settings
def serve(settings: Settings, /, **options: Any) -> None:
    """Serve a registry until it is stopped.

    The address it listens on is the first line of standard output. With -v every request is a line on
    standard error.
    """
    from pycrane._cli.terminal.output import stdout

    with _running(settings, **options) as running:
        stdout.line(running.address)
        stdout.flush()
        try:
            threading.Event().wait()
        except Interrupted:
            return


@registry.command(
    context_settings={"allow_interspersed_args": False},
    examples="""
pycrane registry run -- make integration-test
pycrane registry run -- sh -c 'pycrane copy alpine $PYCRANE_REGISTRY/alpine && ./test.sh'
""",
)
@_server_options
@click.argument("command", nargs=-1, required=True, type=click.UNPROCESSED)
@pass_settings
@click.pass_context
def run(context: click.Context, settings: Settings, /, command: tuple[str, ...], **options: Any) -> None:
    """Serve a registry for as long as COMMAND runs.

    COMMAND finds the registry's HOST:PORT in the variable PYCRANE_REGISTRY. The exit status is COMMAND's.
    """
    with _running(settings, **options) as running:
        status = _run(command, {**os.environ, "PYCRANE_REGISTRY": running.address})
    context.exit(status)


@registry.command()
@click.argument("folder", metavar="DIR", type=click.Path(path_type=Path))
def gc(folder: Path) -> None:
    """Remove the blobs that no manifest needs from DIR, the --disk of a registry.

    The registry may be serving DIR meanwhile; then blobs of the last hour are left alone. Each blob that goes
    is a line on standard output.
    """
    from pycrane._cli.terminal.output import stdout
    from pycrane._cli.terminal.report import say, warn
    from pycrane._server.collect import collect_garbage

    collected = collect_garbage(folder)
    for repository, digest in collected.blobs:
        stdout.line(f"{repository}@{digest}")
    for repository, reason in collected.skipped:
        warn(f"{repository} is left as it is: {reason}")
    say(f"{len(collected.blobs)} blobs removed, {collected.freed} bytes freed")


@contextmanager
def _running(
    settings: Settings,
    *,
    address: str,
    disk: Path | None,
    blobs_to_disk: bool,
    tls_cert: Path | None,
    tls_key: Path | None,
    htpasswd: Path | None,
    read_only: bool,
    delete: bool,
    proxy: str | None,
) -> Iterator[Registry]:
    """A registry as the options say."""
    from pycrane._server.embedded import Registry
    from pycrane._server.exchange import Options
    from pycrane._server.htpasswd import Htpasswd
    from pycrane._server.listener import parse_address, server_tls

    if tls_key and not tls_cert:
        raise click.UsageError("--tls-key is the key of a --tls-cert, which is not given")
    if blobs_to_disk:
        disk = _new_folder(disk)
    if settings.verbose:
        _log_requests()
    with (
        ExitStack() as stack,
        Registry(
            address=parse_address(address, os.environ.get("PORT", "")),
            disk=disk,
            tls=server_tls(tls_cert, tls_key) if tls_cert else None,
            gate=Htpasswd.read(htpasswd) if htpasswd else None,
            options=Options(delete=delete, read_only=read_only or bool(proxy)),
            upstream=_upstream(settings, proxy, stack) if proxy else None,
        ) as running,
    ):
        yield running


def _upstream(settings: Settings, host: str, stack: ExitStack) -> Upstream:
    """The registry at `host`, asked by a client that the stack closes."""
    from pycrane._reference import parse_registry
    from pycrane._server.upstream import Upstream

    registry = parse_registry(host)
    return Upstream(stack.enter_context(settings.registry()), registry)


def _new_folder(disk: Path | None) -> Path:
    """What --blobs-to-disk means, the old way to say --disk without a folder."""
    import tempfile

    from pycrane._cli.terminal.report import warn

    if disk is not None:
        raise click.UsageError("--disk and --blobs-to-disk do not go together")
    folder = Path(tempfile.mkdtemp(prefix="pycrane-registry-"))
    warn(f"--blobs-to-disk is deprecated, --disk DIR is its successor: everything is kept in {folder}")
    return folder


def _log_requests() -> None:
    """Write what the server logs to standard error, a line each."""
    import logging

    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(logging.Formatter("%(asctime)s %(message)s"))
    logger = logging.getLogger("pycrane.server")
    logger.setLevel(logging.INFO)
    logger.addHandler(handler)


def _run(command: tuple[str, ...], environment: dict[str, str]) -> int:
    """Run a command, passing signals on to it; its exit status as a shell has it."""
    import subprocess

    from pycrane._errors import PycraneError

    with _signals_kept() as kept:
        try:
            process = subprocess.Popen(command, env=environment)
        except OSError as error:
            raise PycraneError(f"cannot run {command[0]}: {error.strerror}") from error
        kept.pass_on_to(process.send_signal)
        status = process.wait()
    return status if status >= 0 else 128 - status


class _KeptSignals:
    """Signals that came, for whom they are meant once that is known."""

    def __init__(self) -> None:
        self._came: list[int] = []
        self._send: Callable[[int], None] | None = None

    def __call__(self, number: int, frame: FrameType | None) -> None:
        if self._send:
            self._send(number)
        else:
            self._came.append(number)

    def pass_on_to(self, send: Callable[[int], None]) -> None:
        """Send what came, and from now on what comes."""
        self._send = send
        for number in self._came:
            send(number)


@contextmanager
def _signals_kept() -> Iterator[_KeptSignals]:
    """Have the signals that end a program kept for the command. Ctrl-C on a terminal reaches it by itself."""
    kept = _KeptSignals()
    handlers = {signal.SIGTERM: kept, signal.SIGHUP: kept}
    handlers[signal.SIGINT] = _KeptSignals() if sys.stdin.isatty() else kept
    before = {number: signal.signal(number, handler) for number, handler in handlers.items()}
    try:
        yield kept
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)

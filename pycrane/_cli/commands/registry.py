"""`pycrane registry`: serve a registry, run a command with one, collect the garbage of one."""

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
from pycrane._cli.global_options import warn_unused
from pycrane._cli.settings import NOTHING, REGISTRIES, Settings, pass_settings
from pycrane._cli.terminal.output import stdout
from pycrane._cli.terminal.process import Interrupted
from pycrane._cli.terminal.report import say, warn
from pycrane._errors import PycraneError

if TYPE_CHECKING:
    from collections.abc import Iterator
    from types import FrameType

    from pycrane._server.embedded import Registry
    from pycrane._server.upstream import Upstream

_SIGNALS = 1.0  # seconds in which a signal is noticed at the latest
_Function = TypeVar("_Function", bound=Callable[..., Any])


@click.group(cls=Group)
def registry() -> None:
    """Run a local registry, for tests and CI."""


def _server_options(function: _Function) -> _Function:
    """Add the options of the server."""
    path = click.Path(path_type=Path)
    options = (
        click.option(
            "--address",
            metavar="HOST:PORT",
            default="",
            help="Address to listen on; :PORT is every interface. The default is 127.0.0.1 and the port in "
            "PORT, or a free port.",
        ),
        click.option("--disk", metavar="DIR", type=path, help="Store everything in DIR, as OCI layouts."),
        click.option("--blobs-to-disk", is_flag=True, hidden=True),
        click.option("--tls-cert", metavar="FILE", type=path, help="Serve TLS with this certificate (PEM)."),
        click.option(
            "--tls-key", metavar="FILE", type=path, help="Private key of --tls-cert, if not in its file."
        ),
        click.option(
            "--htpasswd",
            metavar="FILE",
            type=path,
            help="Require a login of a user in FILE (htpasswd -B).",
        ),
        click.option("--read-only", is_flag=True, help="Refuse pushes and deletes."),
        click.option("--delete/--no-delete", default=True, help="Allow deleting. [default: allowed]"),
        click.option(
            "--proxy",
            metavar="HOST",
            help="Pull-through cache of the registry at HOST; pushes are refused.",
        ),
    )
    for option in reversed(options):
        function = option(function)
    return function


@registry.command(
    uses=REGISTRIES,
    examples="""
pycrane registry serve
pycrane registry serve --address 127.0.0.1:5000 --disk /var/lib/registry
pycrane registry serve --htpasswd users --tls-cert cert.pem --tls-key key.pem --address :5000
pycrane registry serve --proxy docker.io --disk cache
""",
    differences="""
The registry listens on loopback unless an address is given, and the first line of standard output is its
HOST:PORT alone.

With --disk manifests and tags are stored too: each repository is an OCI image layout in the directory of its
name. DIR is created if it does not exist.
""",
)
@_server_options
@pass_settings
def serve(settings: Settings, /, **options: Any) -> None:
    """Serve a registry until it is stopped.

    The first line of standard output is its address; standard error has its port, as crane prints it. With
    -v, requests are logged on standard error.
    """
    with _running(settings, **options) as running:
        try:
            say(f"serving on port {running.address.rpartition(':')[2]}")
            stdout.line(running.address)
            stdout.flush()
            stopped = threading.Event()
            while not stopped.wait(_SIGNALS):
                pass
        except Interrupted:
            return


@registry.command(
    uses=REGISTRIES,
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
    """Serve a registry while COMMAND runs.

    PYCRANE_REGISTRY is set to the registry's HOST:PORT for COMMAND. The exit status is that of COMMAND.
    """
    with _running(settings, **options) as running:
        status = _run(command, {**os.environ, "PYCRANE_REGISTRY": running.address})
    context.exit(status)


@registry.command(uses=NOTHING)
@click.argument("directory", metavar="DIR", type=click.Path(path_type=Path))
@pass_settings
def gc(settings: Settings, directory: Path) -> None:
    """Delete unreferenced blobs of a registry from DIR.

    DIR is the --disk of the registry. The registry may be running; blobs of the last hour are kept. The
    removed blobs are printed, one a line.
    """
    from pycrane._server.collect import collect_garbage

    with settings.terminal() as terminal:
        collected = collect_garbage(directory, listener=terminal)
    for repository, digest in collected.blobs:
        stdout.line(f"{repository}@{digest}")
    for repository, reason in collected.skipped:
        warn(f"{repository} is unchanged: {reason}")
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
    """Run a registry with these options."""
    from pycrane._server.embedded import Registry
    from pycrane._server.exchange import Options
    from pycrane._server.htpasswd import Htpasswd
    from pycrane._server.listener import parse_address, server_tls

    if tls_key and not tls_cert:
        raise click.UsageError("--tls-key needs --tls-cert")
    if not proxy:
        warn_unused(settings, REGISTRIES, "a registry without --proxy")
    if blobs_to_disk:
        disk = _new_directory(disk)
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
    """Make the upstream at `host`, whose client the stack closes."""
    from pycrane._reference import parse_registry
    from pycrane._server.upstream import Upstream

    registry = parse_registry(host)
    return Upstream(stack.enter_context(settings.registry()), registry)


def _new_directory(disk: Path | None) -> Path:
    """Make the directory of --blobs-to-disk, an old spelling of --disk without a directory."""
    import tempfile  # only for a deprecated option

    if disk is not None:
        raise click.UsageError("--disk and --blobs-to-disk exclude each other")
    directory = Path(tempfile.mkdtemp(prefix="pycrane-registry-"))
    warn(f"--blobs-to-disk is deprecated, use --disk DIR: everything is stored in {directory}")
    return directory


def _log_requests() -> None:
    """Log the requests of the server on standard error."""
    import logging  # only for --verbose

    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(logging.Formatter("%(asctime)s %(message)s"))
    logger = logging.getLogger("pycrane.server")
    logger.setLevel(logging.INFO)
    logger.addHandler(handler)


def _run(command: tuple[str, ...], environment: dict[str, str]) -> int:
    """Run a command and forward signals to it. Returns its exit status as a shell does."""
    import subprocess  # `serve` needs none

    with _signals_kept() as kept:
        try:
            process = subprocess.Popen(command, env=environment)
        except OSError as error:
            raise PycraneError(f"cannot run {command[0]}: {error.strerror}") from None
        kept.pass_on_to(process.send_signal)
        status = process.wait()
    return status if status >= 0 else 128 - status


class _KeptSignals:
    """Signals received before the command runs, forwarded to it afterwards."""

    def __init__(self) -> None:
        self._came: list[int] = []
        self._send: Callable[[int], None] | None = None

    def __call__(self, number: int, frame: FrameType | None) -> None:
        if self._send:
            self._send(number)
        else:
            self._came.append(number)

    def pass_on_to(self, send: Callable[[int], None]) -> None:
        """Send the signals received so far, and from now on all others."""
        self._send = send
        for number in self._came:
            send(number)


@contextmanager
def _signals_kept() -> Iterator[_KeptSignals]:
    """Keep signals that end a program for the command. Ctrl-C on a terminal reaches it without help."""
    kept = _KeptSignals()
    handlers = {signal.SIGTERM: kept, signal.SIGHUP: kept}
    handlers[signal.SIGINT] = _KeptSignals() if sys.stdin.isatty() else kept
    before = {number: signal.signal(number, handler) for number, handler in handlers.items()}
    try:
        yield kept
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)

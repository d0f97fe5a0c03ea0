"""A registry as an object: store, application and HTTP server, started and stopped together."""

from __future__ import annotations

import ssl
from os import PathLike
from pathlib import Path
from types import TracebackType
from typing import Self

from pycrane._errors import PycraneError
from pycrane._limits import DEFAULT_LIMITS, Limits
from pycrane._server.application import Application, Gate
from pycrane._server.disk import DiskStore
from pycrane._server.exchange import DEFAULT_OPTIONS, Options
from pycrane._server.http import Server
from pycrane._server.listener import LOOPBACK
from pycrane._server.memory import MemoryStore
from pycrane._server.proxy import ProxyStore
from pycrane._server.store import Store
from pycrane._server.upstream import Upstream


class Registry:
    """A registry that serves from threads of this process, from `start` to `close`; `with` does both.

    `address` is HOST:PORT to listen on; port 0 takes a free one. `disk` is a directory of layouts, one for
    each repository, which is made if it is not there; without it everything is forgotten at the end. `gate`
    authorises requests (see `Htpasswd`); without it all are allowed. Content that is missing
    is fetched from `upstream` and stored; the caller closes its client.

    Raises:
        PycraneError: the address or the directory cannot be had.

    """

    def __init__(
        self,
        *,
        address: tuple[str, int] = (LOOPBACK, 0),
        disk: str | PathLike[str] | None = None,
        tls: ssl.SSLContext | None = None,
        options: Options = DEFAULT_OPTIONS,
        gate: Gate | None = None,
        upstream: Upstream | None = None,
        limits: Limits = DEFAULT_LIMITS,
    ) -> None:
        self._scheme = "https" if tls else "http"
        self._store = _open_store(Path(disk) if disk is not None else None, upstream, limits)
        application = Application(self._store, options, gate, limits)
        try:
            self._server = Server(address, application, tls=tls, limits=limits)
        except (OSError, UnicodeError) as error:
            self._store.close()
            reason = getattr(error, "strerror", None) or "no such host"
            raise PycraneError(f"cannot listen on {_shown(address)}: {reason}") from error

    @property
    def address(self) -> str:
        """HOST:PORT, as it stands in the names of images."""
        return _shown(self._server.address)

    @property
    def url(self) -> str:
        """URL of the registry, without a final slash."""
        return f"{self._scheme}://{self.address}"

    def start(self) -> None:
        """Begin to serve and return."""
        self._server.start()

    def close(self) -> None:
        """Stop serving: requests that run may end, then temporary files go."""
        self._server.stop()
        self._store.close()

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()


def _open_store(disk: Path | None, upstream: Upstream | None, limits: Limits) -> Store:
    try:
        store: Store = DiskStore(disk, limits) if disk else MemoryStore(limits)
    except OSError as error:
        raise PycraneError(f"cannot serve the directory {disk}: {error.strerror or error}") from error
    return ProxyStore(store, upstream) if upstream else store


def _shown(address: tuple[str, int]) -> str:
    host, port = address
    return f"[{host}]:{port}" if ":" in host else f"{host}:{port}"

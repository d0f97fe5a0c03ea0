"""Images of a Docker or Podman engine as a medium (Docker Engine API: image get and image load)."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Sequence
from contextlib import closing
from pathlib import Path
from types import TracebackType
from typing import Self
from urllib.parse import quote, urlencode

from pycrane._archive.archive import Archive, indexed
from pycrane._archive.docker_sink import DockerArchiveSink
from pycrane._archive.engine_address import EngineAddress, engine_address
from pycrane._archive.engine_api import EngineResponse, error_message, request
from pycrane._archive.input_file import spooled
from pycrane._errors import PycraneError, doing, expect
from pycrane._events import Outcome
from pycrane._image.medium import Blob, Item
from pycrane._io.files import reading, writing
from pycrane._limits import DEFAULT_LIMITS, Limits
from pycrane._oci.descriptor import Descriptor


class Daemon:
    """A container engine. It holds no connection; every call makes one.

    `socket` is the path of its Unix socket, or an address as `DOCKER_HOST` may be: `unix:///run/docker.sock`,
    `tcp://host:2376`. None is that of `DOCKER_HOST` or `DOCKER_CONTEXT`, else `/var/run/docker.sock`. With
    `DOCKER_TLS_VERIFY` a TCP port is reached over TLS, with the certificates in `DOCKER_CERT_PATH`.

    Raises:
        UnsupportedError: the address is of another kind, as that of SSH, or there is no such context.
    """

    def __init__(self, socket: str | os.PathLike[str] | None = None, limits: Limits = DEFAULT_LIMITS) -> None:
        expect(limits, Limits, "limits")
        if socket is None or (isinstance(socket, str) and "://" in socket):
            self.address = engine_address(socket, limits=limits)
        else:
            self.address = EngineAddress(str(Path(socket)), Path(socket))
        self._limits = limits

    def ping(self) -> None:
        """Check that an engine responds. Raises TransportError if none does."""
        request(self.address, "GET", "/_ping", limits=self._limits).close()

    def open(self, *names: str) -> Archive:
        """The images with these names, as `docker save` exports them. The caller closes the archive.

        It is a temporary file. Layers are compressed when they are read: an engine does not remember how
        they were compressed, so digests of manifests and layers may differ from those in a registry.

        Raises:
            NotFoundError: the engine has no such image.
            PycraneError: it does not respond, or not with an archive of images.
        """
        what = f"{', '.join(names)} of the container engine"
        with doing(f"reading {what}"):
            return indexed(spooled(self._saved(names), what), self._limits)

    def sink(self) -> DaemonSink:
        """The engine as a medium to write images to; their names are whole references with tags."""
        return DaemonSink(self.address, self._limits)

    def _saved(self, names: Sequence[str]) -> EngineResponse:
        if len(names) == 1:
            target = f"/images/{quote(names[0], safe='/:@')}/get"
        else:
            target = f"/images/get?{urlencode([('names', name) for name in names])}"
        return request(self.address, "GET", target, limits=self._limits)


class DaemonSink:
    """Writes images to an engine: all into one archive first, which is loaded when the context is left.

    After an error nothing is loaded.
    """

    _directory: tempfile.TemporaryDirectory[str]
    _archive: DockerArchiveSink

    def __init__(self, address: EngineAddress, limits: Limits = DEFAULT_LIMITS) -> None:
        self._address = address
        self._limits = limits

    def begin(self, items: Sequence[Item], blobs: Sequence[Descriptor]) -> None:
        """Lay out the archive. Raises as `DockerArchiveSink.begin` does."""
        self._archive.begin(items, blobs)

    def has(self, descriptor: Descriptor, name: str | None) -> bool:
        """False: an engine does not know manifests."""
        return False

    def put_blob(self, blob: Blob) -> Outcome:
        """Write a blob into the archive."""
        return self._archive.put_blob(blob)

    def put_manifest(self, descriptor: Descriptor, raw: bytes, name: str | None) -> None:
        """Nothing: the archive has no place for manifests."""

    def __enter__(self) -> Self:
        with writing("a temporary archive"):
            self._directory = tempfile.TemporaryDirectory(prefix="pycrane-")
        self._archive = DockerArchiveSink(self._path)
        self._archive.__enter__()
        return self

    @property
    def _path(self) -> Path:
        return Path(self._directory.name) / "images.tar"

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None, /
    ) -> None:
        with self._directory:
            self._archive.__exit__(kind, error, trace)
            if kind is None and self._path.exists():
                self._load()

    def _load(self) -> None:
        with doing("loading images into the container engine"), reading(str(self._path)):
            with self._path.open("rb") as file:
                size = os.fstat(file.fileno()).st_size
                response = request(self._address, "POST", "/images/load?quiet=1", file, size, self._limits)
            with closing(response):
                body = response.read(self._limits.engine_answer)
            # One object per line. The status was sent before the engine knew the outcome.
            for text in filter(None, map(error_message, body.splitlines())):
                raise PycraneError(text)

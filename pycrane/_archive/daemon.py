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
from pycrane._archive.engine_api import EngineAnswer, ask, complaint, engine_socket
from pycrane._archive.input_file import spooled
from pycrane._errors import PycraneError, doing, expect
from pycrane._events import Outcome
from pycrane._image.medium import Blob, Item
from pycrane._io.files import reading, writing
from pycrane._limits import DEFAULT_LIMITS, Limits
from pycrane._oci.descriptor import Descriptor


class Daemon:
    """A container engine on this machine. It holds no connection; every call makes one.

    `socket` is the path of its Unix socket; None is `DOCKER_HOST`, or `/var/run/docker.sock`.

    Raises:
        UnsupportedError: `DOCKER_HOST` is no Unix socket.
    """

    def __init__(self, socket: str | os.PathLike[str] | None = None, limits: Limits = DEFAULT_LIMITS) -> None:
        expect(limits, Limits, "limits")
        self.socket = engine_socket() if socket is None else Path(socket)
        self._limits = limits

    def ping(self) -> None:
        """Ask whether an engine answers. Raises TransportError if none does."""
        ask(self.socket, "GET", "/_ping", limits=self._limits).close()

    def open(self, *names: str) -> Archive:
        """The images called so, as `docker save` gives them. The caller closes the archive.

        They are kept in a temporary file. Their layers are compressed when they are asked for: an engine does
        not remember how they were, so digests of manifests and layers may be others than in a registry.

        Raises:
            NotFoundError: the engine has no such image.
            PycraneError: it does not answer, or with something else than an archive of images.
        """
        what = f"{', '.join(names)} of the container engine"
        with doing(f"reading {what}"):
            return indexed(spooled(self._saved(names), what), self._limits)

    def sink(self) -> DaemonSink:
        """The engine as a medium to write images to; their names are whole references with tags."""
        return DaemonSink(self.socket, self._limits)

    def _saved(self, names: Sequence[str]) -> EngineAnswer:
        if len(names) == 1:
            target = f"/images/{quote(names[0], safe='/:@')}/get"
        else:
            target = f"/images/get?{urlencode([('names', name) for name in names])}"
        return ask(self.socket, "GET", target, limits=self._limits)


class DaemonSink:
    """Writes images to an engine: all into one archive first, which is loaded when the context is left.

    After an error the engine is given nothing.
    """

    _folder: tempfile.TemporaryDirectory[str]
    _archive: DockerArchiveSink

    def __init__(self, socket: Path, limits: Limits = DEFAULT_LIMITS) -> None:
        self._socket = socket
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
            self._folder = tempfile.TemporaryDirectory(prefix="pycrane-")
        self._archive = DockerArchiveSink(self._path)
        self._archive.__enter__()
        return self

    @property
    def _path(self) -> Path:
        return Path(self._folder.name) / "images.tar"

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None, /
    ) -> None:
        with self._folder:
            self._archive.__exit__(kind, error, trace)
            if kind is None and self._path.exists():
                self._load()

    def _load(self) -> None:
        with doing("loading images into the container engine"), reading(str(self._path)):
            with self._path.open("rb") as file:
                size = os.fstat(file.fileno()).st_size
                answer = ask(self._socket, "POST", "/images/load?quiet=1", file, size, self._limits)
            with closing(answer):
                said = answer.read(self._limits.engine_answer)
            # An object a line. The status was sent before the engine knew how it would end.
            for text in filter(None, map(complaint, said.splitlines())):
                raise PycraneError(text)

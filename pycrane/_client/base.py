"""Session of a client: its connections and open files, and how it opens images, indexes and layers."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from contextlib import ExitStack
from os import PathLike
from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING, Self, TypeVar

from pycrane._client import inputs
from pycrane._client.inputs import AnyImage, PathName
from pycrane._client.open_files import HeldFiles
from pycrane._errors import MalformedError, about, doing
from pycrane._events import Listener, ignore
from pycrane._image.select import select_image
from pycrane._image.view import Image, Index, Layer, View
from pycrane._io.process import NotPickled
from pycrane._io.stream import ByteStream
from pycrane._keychain.credentials import Keychain
from pycrane._oci.platform import Platform
from pycrane._registry.client import RegistryClient
from pycrane._registry.http.options import ClientOptions
from pycrane._transfer.workers import DEFAULT_JOBS, Workers
from pycrane._transports.table import locate

if TYPE_CHECKING:
    from pycrane._archive.entries import Entry
    from pycrane._archive.source import Source
    from pycrane._transports.location import Location

_Chosen = TypeVar("_Chosen")


class Base(NotPickled):
    """The part of a `Client` that verbs stand on."""

    def __init__(
        self,
        keychain: Keychain | None = None,
        options: ClientOptions | None = None,
        *,
        jobs: int = DEFAULT_JOBS,
        listener: Listener = ignore,
    ) -> None:
        self.registry = RegistryClient(keychain, options, listener)
        self.workers = Workers(jobs)
        self.listener = listener
        self._held = HeldFiles(self.registry.session.limits)

    def open(self, source: AnyImage, name: str | None = None) -> View:
        """Open an image or index as a view. In a registry that is one request; blobs are read when asked for.

        Of a tarball it is the only image, of a layout all as one index, or with `name` the one called so.
        A view is itself.

        Raises:
            NotFoundError: the registry has no such manifest.
            ArchiveError: the path is not a tarball or layout, or has no such image.
        """
        location = locate(source)
        return self._read(location, lambda at: location.whole(at) if name is None else at.select(name))

    def only(self, source: AnyImage) -> View:
        """Open the only image or index that a tarball or layout lists, or what `open` gives.

        Raises:
            ArchiveError: it lists several, or none.
        """
        return self._held.view(locate(source).open(self.registry), lambda opened: opened.select())

    def sole(self, source: AnyImage) -> View:
        """Open the only image or index of a place, or all of a layout as one index if it lists several.

        Raises:
            ArchiveError: an archive holds several images, or none.
        """
        location = locate(source)
        return self._read(location, lambda at: at.select() if len(at.entries) == 1 else location.whole(at))

    def entries(self, source: AnyImage) -> Sequence[Entry]:
        """Open a place and return the images and indexes there, with their names. Raises as `open` does."""
        return self._read(locate(source), lambda at: at.entries)

    def image(self, source: AnyImage, platform: str | Platform | None = None) -> Image:
        """Open an image; of an index the one for `platform` (None: linux/amd64).

        Raises:
            PlatformNotFoundError: the index has none for it.
        """
        wanted = inputs.platform_of(platform)
        with inputs.naming(source):
            return select_image(self.open(source), wanted)

    def index(self, source: AnyImage) -> Index:
        """Open an index. Raises MalformedError if it is an image."""
        view = self.open(source)
        if not isinstance(view, Index):
            with inputs.naming(source):
                raise MalformedError(f"{view.digest} is an image, expected an index")
        return view

    def layer(self, source: PathName | bytes | ByteStream) -> Layer:
        """Make a layer of a tarball: a path, bytes, or a stream, which is read to its end and not closed.

        A tarball that is compressed keeps its bytes. A plain one is gzipped, except bytes, which stay plain.

        Raises:
            LayerError: it cannot be read or is not a tarball.
        """
        if isinstance(source, str | PathLike):
            return self._held.layer(Path(source))
        if not isinstance(source, bytes) and not hasattr(source, "read"):
            raise TypeError(
                f"a layer is given as {type(source).__name__}, expected a path, bytes or a stream"
            )
        return self._held.layer(source)

    def _read(self, location: Location, choose: Callable[[Source], _Chosen]) -> _Chosen:
        doing_it = doing(location.reading) if location.reading else about()
        with doing_it, about(path=location.path):
            return self._held.view(location.open(self.registry), choose)

    def close(self) -> None:
        """Close connections and files."""
        with ExitStack() as stack:
            stack.callback(self._held.close)
            stack.callback(self.registry.close)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

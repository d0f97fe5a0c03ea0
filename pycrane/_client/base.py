"""What a client reads: images as views, and what registries say. One session, and the files it opened."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from contextlib import ExitStack
from datetime import datetime
from os import PathLike
from pathlib import Path
from types import TracebackType
from typing import Self

from pycrane._client import export, inputs, inspect, validate
from pycrane._client.garbage import garbage
from pycrane._client.inputs import AnyImage, PathName, Platforms
from pycrane._client.open_files import HeldFiles
from pycrane._client.platforms import digest_of, narrowed
from pycrane._client.repositories import walk
from pycrane._client.subject import Subject
from pycrane._errors import MalformedError
from pycrane._events import Listener, ignore
from pycrane._image.select import select_image
from pycrane._image.validate import validate as validate_view
from pycrane._image.view import Image, Index, Layer, View
from pycrane._io.process import NotPickled
from pycrane._io.stream import ByteStream, OpenStream
from pycrane._keychain.credentials import Keychain
from pycrane._oci.config import ConfigFile
from pycrane._oci.descriptor import Descriptor
from pycrane._oci.digest import Digest
from pycrane._oci.manifest import IndexManifest, Manifest
from pycrane._oci.platform import Platform
from pycrane._oci.schema1 import Schema1Manifest
from pycrane._reference import Reference, Repository, as_reference, as_repository
from pycrane._registry.client import RegistryClient
from pycrane._registry.google import RepositoryContents
from pycrane._registry.http.options import ClientOptions
from pycrane._transfer.engine import DEFAULT_JOBS
from pycrane._transfer.workers import Workers


class Reader(NotPickled):
    """The part of a `Client` that changes nothing."""

    def __init__(
        self,
        keychain: Keychain | None = None,
        options: ClientOptions | None = None,
        *,
        jobs: int = DEFAULT_JOBS,
        listener: Listener = ignore,
    ) -> None:
        self.registry = RegistryClient(keychain, options, listener)
        self.jobs = jobs
        self.listener = listener
        self._held = HeldFiles()

    def open(self, source: AnyImage, name: str | None = None) -> View:
        """An image or index as a view. From a registry that is one request; blobs are read when asked for.

        Of a tarball it is the only image, of a layout all as one index, or with `name` the one called so.
        A view is itself.

        Raises:
            NotFoundError: the registry has no such manifest.
            ArchiveError: the path is no tarball and no layout, or not one with such an image.
        """
        if isinstance(source, Image | Index):
            return source
        place = inputs.place_of(source)
        return self._held.view(place, name) if isinstance(place, Path) else self.registry.open(place)

    def image(self, source: AnyImage, platform: str | Platform | None = None) -> Image:
        """An image; of an index the one for `platform` (None: linux/amd64).

        Raises:
            PlatformNotFoundError: the index has none for it.
        """
        wanted = inputs.platform_of(platform)
        with inputs.naming(source):
            return select_image(self.open(source), wanted)

    def index(self, source: AnyImage) -> Index:
        """An index. Raises MalformedError if it is an image."""
        view = self.open(source)
        if not isinstance(view, Index):
            with inputs.naming(source):
                raise MalformedError(f"{view.digest} is an image, expected an index")
        return view

    def layer(self, source: PathName | bytes | ByteStream) -> Layer:
        """A layer made of a tarball: a path, bytes, or a stream, which is read to its end and not closed.

        A tarball that is compressed keeps its bytes. A plain one is gzipped, but for bytes, which stay plain.

        Raises:
            LayerError: it cannot be read or is no tarball.
        """
        if isinstance(source, str | PathLike):
            return self._held.layer(Path(source))
        if not isinstance(source, bytes) and not hasattr(source, "read"):
            raise TypeError(
                f"a layer is given as {type(source).__name__}, expected a path, bytes or a stream"
            )
        return self._held.layer(source)

    def manifest(
        self, source: AnyImage, platform: str | Platform | None = None
    ) -> Manifest | IndexManifest | Schema1Manifest:
        """The manifest or index, read; with `platform` that of the image an index has for it.

        Its raw bytes are `open(source).raw_manifest`. One request, two with a platform.

        Raises:
            NotFoundError: the registry has no such manifest.
            PlatformNotFoundError: the index has no image for the platform.
        """
        if platform is not None:
            return self.image(source, platform).manifest
        if isinstance(source, str | Reference):
            return self.registry.manifest(source)
        view = self.open(source)
        return view.manifest if isinstance(view, Image) else view.index_manifest

    def digest(self, source: AnyImage, platform: str | Platform | None = None) -> Digest:
        """The digest of the manifest or index; with `platform` of the image an index has for it.

        Raises:
            NotFoundError: the registry has no such manifest.
            PlatformNotFoundError: the index has no image for the platform.
        """
        wanted = inputs.platform_of(platform)
        with inputs.naming(source):
            if isinstance(source, str | Reference):
                return inspect.digest(self.registry, as_reference(source), wanted)
            return digest_of(self.open(source), wanted)

    def config(self, source: AnyImage, platform: str | Platform | None = None) -> ConfigFile:
        """The configuration of an image, of an index's image for `platform` (None: linux/amd64).

        Its raw bytes are `image(source).raw_config_file`.

        Raises:
            MalformedError: it is none, as an artifact's may be.
        """
        with inputs.naming(source):
            return self.image(source, platform).config_file

    def exported(self, source: AnyImage, platform: str | Platform | None = None) -> OpenStream:
        """The file system of an image as a tar, read while it is made. The caller closes the stream.

        Of an index it is the image for `platform` (None: linux/amd64); the one blob of an artifact comes as
        it is.

        Raises, while it is read, too:
            PlatformNotFoundError: the index has no such image.
            UnsupportedError: an artifact of several blobs.
            LayerError: a layer is broken.
        """
        wanted = inputs.platform_of(platform)
        with inputs.naming(source):
            return export.exported(self.open(source), wanted)

    def list_tags(
        self,
        repository: Repository | str,
        *,
        glob: str | None = None,
        regex: str | re.Pattern[str] | None = None,
        versions: str | None = None,
        newest: int | None = None,
    ) -> list[str]:
        """The tags of a repository, in the registry's order. `registry.tags` gives them page by page.

        Those are given that fit all that is asked for: the whole tag a pattern as shells have it (`glob`),
        any part of it an expression (`regex`), its version a range such as `^1.2` or `>=1 <3` (`versions`).
        Of these, `newest` leaves so many with the highest versions.

        Raises:
            NotFoundError: there is no such repository.
            InvalidRangeError: `versions` is no range.
        """
        choice = inputs.choice_of(glob, regex, versions, newest)
        return list(choice.of(self.registry.tags(repository)))

    def walk(self, repository: Repository | str) -> Iterator[RepositoryContents]:
        """A repository and all below it, each with its tags and what else the registry tells of it.

        Google's registries tell what is below; with others the list of all repositories does. Where there is
        none either, the listener hears a warning.

        Raises:
            NotFoundError: there is no such repository and none below.
        """
        return walk(self.registry, as_repository(repository))

    def garbage(
        self, repository: Repository | str, *, recursive: bool = False, before: datetime | None = None
    ) -> list[Reference]:
        """The manifests that no tag leads to, by digest, in the order in which they can be deleted.

        With `recursive` also of all repositories below; with `before` (with a time zone) only what was
        uploaded before.

        Raises:
            UnsupportedError: the registry does not tell of its manifests; only Google's do.
        """
        place = as_repository(repository)
        found = self.walk(place) if recursive else (self.registry.contents(place),)
        return [
            reference
            for contents in found
            for reference in garbage(self.registry, contents, before=before, jobs=self.jobs)
        ]

    def index_list(self, source: AnyImage) -> Sequence[Descriptor]:
        """The entries of an index, in order. Raises MalformedError if it is an image."""
        return self.index(source).index_manifest.manifests

    def catalog(self, registry: str) -> list[str]:
        """The repositories of a registry (`host[:port]`); many answer that they do not list.

        Raises:
            RegistryError: that is what it answers.
        """
        return list(self.registry.repositories(registry))

    def validate(self, source: AnyImage, *, platforms: Platforms = (), fast: bool = False) -> list[str]:
        """What is wrong with an image or index and all below it, one line each; all layers are read.

        With `fast` layers are only looked for, where they are in a registry or on disk. Of an index it is all
        images, or those for `platforms`.

        Raises:
            NotFoundError: there is no such image; what is wrong with one that is there is no error.
        """
        wanted = inputs.platforms_of(platforms)
        if isinstance(source, Image | Index):
            return validate_view(narrowed(source, wanted), run=Workers(self.jobs).map)
        place = inputs.place_of(source)
        if isinstance(place, Path):
            return validate.validate_path(place, platforms=wanted, fast=fast, jobs=self.jobs)
        return validate.validate_remote(self.registry, place, platforms=wanted, fast=fast, jobs=self.jobs)

    def _subject(self, source: AnyImage) -> Subject:
        """What a verb works on; of a path the view that `open` gives."""
        if isinstance(source, Image | Index):
            return source
        place = inputs.place_of(source)
        return self.open(place) if isinstance(place, Path) else place

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

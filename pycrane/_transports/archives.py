"""Images in archives: `docker-archive:FILE[:NAME]`, `oci-archive:FILE[:NAME]`, and `-` for a stream."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Self

from pycrane._archive.entries import Entry, is_position, select_entry
from pycrane._archive.layout import INDEX_JSON, OCI_LAYOUT, Layout
from pycrane._archive.source import open_path
from pycrane._errors import InvalidReferenceError, UnsupportedError
from pycrane._image.medium import Item, Sink
from pycrane._image.view import Index, View
from pycrane._io.stream import Closing
from pycrane._limits import Limits
from pycrane._oci import media_types
from pycrane._oci.digest import Digest
from pycrane._reference import Reference, parse_reference
from pycrane._transports.location import Capabilities, Location

if TYPE_CHECKING:
    from pycrane._archive.source import Source
    from pycrane._registry.client import RegistryClient


@dataclass(frozen=True)
class PathLocation(Location):
    """A file or directory, or standard input and output (`path` None), with the name of one image or without.

    Whatever is there is read. A tarball for `docker load` is written, with `legacy` in the form before
    Docker 1.10; the image in it gets the names in `also` too.
    """

    path: Path | None
    name: str | None = None
    prefix: str = ""
    legacy: bool = False
    also: tuple[str, ...] = ()
    capabilities = Capabilities(manifest_types=media_types.IMAGES, indexes=False)

    @property
    def text(self) -> str:
        """The path, with prefix and name where they were given."""
        if self.path is None:
            return "standard input"
        return f"{self.prefix}{self.path}{'' if self.name is None or not self.prefix else f':{self.name}'}"

    @property
    def image_name(self) -> str | None:
        """The name, if it is that of a repository and tag: layouts often have tags alone."""
        name = self.name or ""
        with suppress(InvalidReferenceError):
            return parse_reference(name).text if ":" in name else None
        return None

    @property
    def writing(self) -> str:
        """Words of an error for writing here."""
        return f"writing {self.path}"

    def open(self, registry: RegistryClient) -> Source:
        """Open what is there. Raises ArchiveError if it holds no images, or none of the name."""
        source = self.opened(registry.session.limits)
        return source if self.name is None else NamedSource(source, self.name, self.text)

    def opened(self, limits: Limits) -> Source:
        """Open the path, with all images in it."""
        return open_path(self.path, limits)

    def reject_position(self) -> None:
        """Raise UnsupportedError if the name is a position, which only what is there has."""
        if self.name is not None and is_position(self.name):
            raise UnsupportedError(
                f"{self.text} is the position of an image that is there, and is not written to",
                hint=f"give the image a name, as in {self.prefix}{self.path}:v1",
            )

    def whole(self, source: Source) -> View:
        """Return a layout's index, or the only image of another source."""
        return source.index if isinstance(source, Layout) else source.select()

    def tops(self, source: Source) -> Sequence[View]:
        """Return a layout's index, or every image of another source."""
        entries = super().tops(source)
        return [source.index] if isinstance(source, Layout) and entries else entries

    def sink(self, registry: RegistryClient) -> Sink:
        """Return a sink for a tarball."""
        if self.legacy:
            from pycrane._archive.legacy_sink import LegacyArchiveSink

            return LegacyArchiveSink(self.path)
        from pycrane._archive.docker_sink import DockerArchiveSink

        return DockerArchiveSink(self.path)

    def name_for(self, view: View) -> str | None:
        """Return the name of the location."""
        return self.name

    def items(self, view: View) -> list[Item]:
        """Return the view with each of its names, or once without a name."""
        names = [name for name in (self.name_for(view), *self.also) if name is not None]
        return [Item(view, name) for name in names] or [Item(view, None)]

    def written(self, digest: Digest) -> Reference:
        """Return the name by digest, where it is a reference."""
        try:
            return parse_reference(self.name or "").with_digest(digest)
        except InvalidReferenceError:
            return super().written(digest)

    def problems(self) -> list[str]:
        """Return whether a layout has no version."""
        path = self.path
        layout = path is not None and (path / INDEX_JSON).exists() and not (path / OCI_LAYOUT).exists()
        return [f"layout {path} has no file {OCI_LAYOUT}"] if layout else []


@dataclass(frozen=True)
class DockerArchiveLocation(PathLocation):
    """An archive of docker save, which is written where there is no file; with `add`, also added to."""

    prefix: str = "docker-archive:"
    add: bool = False

    def adding(self) -> Self:
        """Return the location that keeps the images which are in the file."""
        return replace(self, add=True)

    def sink(self, registry: RegistryClient) -> Sink:
        """Return a sink for the file. Raises UnsupportedError if it is there and not to be added to."""
        from pycrane._archive.docker_sink import DockerArchiveSink
        from pycrane._archive.kept_images import KeptImages

        self.reject_position()
        if self.path is None or not self.path.is_file() or not self.path.stat().st_size:
            return DockerArchiveSink(self.path)
        if not self.add:
            raise UnsupportedError(
                f"{self.path} is there already, and {self.prefix} does not replace an archive",
                hint="name a new file, remove this one, or add to it with cp --add",
            )
        return DockerArchiveSink(self.path, KeptImages(self.path, registry.session.limits))


@dataclass(frozen=True)
class OciArchiveLocation(PathLocation):
    """An OCI archive, whose images are called by any names."""

    prefix: str = "oci-archive:"
    capabilities = Capabilities()
    written = Location.written  # names of layouts are not always references

    def sink(self, registry: RegistryClient) -> Sink:
        """Return a sink for an OCI archive. Raises UnsupportedError for a position."""
        self.reject_position()
        from pycrane._archive.oci_archive_sink import OciArchiveSink

        return OciArchiveSink(self.path, exact_names=True)


class NamedSource(Closing):
    """One image of a source, by its name or its position `@N`."""

    index: Index | None = None

    def __init__(self, source: Source, name: str, where: str) -> None:
        self._source = source
        self._name = name
        self._where = where
        self.files = getattr(source, "files", self)

    @property
    def entries(self) -> Sequence[Entry]:
        """The one entry. Raises ArchiveError if there is none of the name."""
        return [select_entry(self._source.entries, self._name, self._where)]

    def select(self, name: str | None = None) -> View:
        """Return the image or index of the name. Raises ArchiveError if there is none."""
        return self._source.select(self._name)

    def close(self) -> None:
        """Close the source."""
        self._source.close()


def parse_path(text: str) -> PathLocation:
    """Read a bare path, `-` for standard input, or `PATH:NAME` where PATH is there and PATH:NAME is not."""
    if text == "-":
        return PathLocation(None)
    path, colon, name = text.partition(":")
    if colon and name and Path(path).exists() and not Path(text).exists():
        return PathLocation(Path(path), name)
    return PathLocation(Path(text))


def parse_docker(text: str) -> PathLocation:
    """Parse `FILE[:NAME]`, the part behind `docker-archive:`."""
    path, name = split_name(text, "docker-archive:")
    return DockerArchiveLocation(None if path == "-" else Path(path), name)


def parse_oci(text: str) -> PathLocation:
    """Parse `FILE[:NAME]`, the part behind `oci-archive:`."""
    path, name = split_name(text, "oci-archive:")
    return OciArchiveLocation(None if path == "-" else Path(path), name)


def split_name(text: str, prefix: str) -> tuple[str, str | None]:
    """Split `PATH[:NAME]` at its first colon. Raises InvalidReferenceError for an empty path."""
    path, _, name = text.partition(":")
    if not path:
        raise InvalidReferenceError(f"{prefix}{text} names no path", hint=f"expected {prefix}PATH[:NAME]")
    return path, name or None

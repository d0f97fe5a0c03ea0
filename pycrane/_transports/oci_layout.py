"""Images in OCI layouts: `oci:DIR[:NAME]`, `oci:DIR:@N` (image-layout.md)."""

from __future__ import annotations

from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Self

from pycrane._archive.layout import check_layout, open_layout
from pycrane._image.medium import Sink
from pycrane._image.view import Index, View
from pycrane._limits import Limits
from pycrane._transports.archives import PathLocation, split_name
from pycrane._transports.location import Capabilities, Location

if TYPE_CHECKING:
    from pycrane._archive.source import Source
    from pycrane._registry.client import RegistryClient


@dataclass(frozen=True)
class LayoutLocation(PathLocation):
    """A directory with an OCI layout, made when it is written to, and the name of one image or none.

    `annotate_ref` records the names of images, which are references; `exact` records any name as it is.
    `shared` is a directory with the blobs, which several layouts may have in common. With a prefix and
    without a name it is the only image, with `rooted` the index of all.
    """

    path: Path
    annotate_ref: bool = False
    exact: bool = False
    shared: Path | None = None
    rooted: bool = False
    capabilities = Capabilities()
    written = Location.written  # names of layouts are not always references

    @property
    def root_index(self) -> bool:  # type: ignore[override]
        """Whether all of the layout is meant."""
        return self.name is None

    @property
    def policy_scope(self) -> str:  # type: ignore[override]
        """The absolute path, links resolved."""
        return str(self.path.resolve())

    def as_index(self) -> Self:
        """Return the location that means all of the layout."""
        return replace(self, rooted=True)

    def whole(self, source: Source) -> View:
        """Return the only image or index, or all as one index. Raises ArchiveError for several images."""
        return source.select() if self.prefix and not self.rooted else super().whole(source)

    def opened(self, limits: Limits) -> Source:
        """Open the layout; without a prefix and shared blobs also another kind of path."""
        if not self.prefix and self.shared is None:
            return super().opened(limits)
        return open_layout(self.path, limits, self.shared)

    def adding(self) -> Self:
        """Return the location itself: a layout is always added to."""
        return self

    def sharing(self, blobs: Path) -> Self:
        """Return the location whose blobs lie in this directory."""
        return replace(self, shared=blobs)

    def sink(self, registry: RegistryClient) -> Sink:
        """Return a sink that adds to the layout. Raises UnsupportedError for a position."""
        from pycrane._archive.layout_sink import LayoutSink

        self.reject_position()
        if self.prefix:
            check_layout(self.path)
        return LayoutSink(
            self.path,
            annotate_ref=self.annotate_ref,
            exact_names=self.exact,
            shared=self.shared,
            limits=registry.session.limits,
        )

    def replace_index(self, index: Index) -> None:
        """Make this the index of the layout."""
        from pycrane._archive.layout_index import replace_entries

        replace_entries(self.path, index)


def parse(text: str) -> LayoutLocation:
    """Parse `DIR[:NAME]`, the part behind `oci:`."""
    path, name = split_name(text, "oci:")
    return LayoutLocation(Path(path), name, "oci:", exact=True)

"""Sources on disk: a directory is an OCI layout or an image directory, a file or pipe is an archive."""

from __future__ import annotations

from collections.abc import Sequence
from os import PathLike
from pathlib import Path
from types import TracebackType
from typing import Protocol, Self

from pycrane._archive.archive import open_archive
from pycrane._archive.directory import is_image_directory, open_directory
from pycrane._archive.entries import Entry
from pycrane._archive.layout import open_layout
from pycrane._errors import ImageNotFoundError, expect
from pycrane._image.view import Index, View
from pycrane._io.files import reading
from pycrane._limits import DEFAULT_LIMITS, Limits


class Source(Protocol):
    """Images on disk, as a context manager. Views and their streams end with it."""

    @property
    def index(self) -> Index | None:
        """All images as one index, with its bytes as they are; None where there is no index."""
        ...

    @property
    def entries(self) -> Sequence[Entry]:
        """The images and indexes with their names, in order. Raises PycraneError if they cannot be read."""
        ...

    def select(self, name: str | None = None) -> View:
        """The one called `name`, or the only one. Raises ArchiveError, listing the names there are."""
        ...

    def close(self) -> None:
        """Close files and let temporary copies go."""
        ...

    def __enter__(self) -> Self: ...

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None, /
    ) -> None: ...


def open_path(path: str | PathLike[str] | None, limits: Limits = DEFAULT_LIMITS) -> Source:
    """Open a layout, an image directory or an archive, one on standard input (None). The caller closes it.

    Raises:
        ImageNotFoundError: the path does not exist.
        ArchiveError: something else is there.
        PycraneError: it is one and breaks its format.
    """
    expect(limits, Limits, "limits")
    if path is None:
        return open_archive(None, limits)
    path = Path(path)
    with reading(str(path)):
        there, is_directory = path.exists(), path.is_dir()
    if not there:
        raise ImageNotFoundError(
            f"there is no file or directory {path}", hint="give a tarball or an OCI layout"
        )
    if not is_directory:
        return open_archive(path, limits)
    return open_directory(path, limits) if is_image_directory(path) else open_layout(path, limits)

"""Images of a docker-save archive that is written anew with more images, their entries byte for byte."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from contextlib import ExitStack
from dataclasses import replace
from pathlib import Path

from pycrane._archive.docker_manifest import MANIFEST_JSON, SavedImage, read_manifest
from pycrane._archive.image_names import is_called
from pycrane._archive.input_file import open_input
from pycrane._archive.tar_index import TarIndex
from pycrane._errors import ArchiveError
from pycrane._io.files import FileStream
from pycrane._io.stream import Closing, drain
from pycrane._io.verified import VerifiedStream
from pycrane._limits import DEFAULT_LIMITS, Limits
from pycrane._oci.descriptor import Descriptor


class KeptImages(Closing):
    """The images that a file has, which the caller closes.

    Raises:
        ArchiveError: the file cannot be read, or is not an archive of docker save.
    """

    def __init__(self, path: Path, limits: Limits = DEFAULT_LIMITS) -> None:
        with ExitStack() as undo:
            self._file = open_input(path, limits)
            undo.callback(self._file.close)
            self._tar = TarIndex(self._file, limits)
            if MANIFEST_JSON not in self._tar:
                raise ArchiveError(
                    f"{path} has no {MANIFEST_JSON}, so no image can be added to it",
                    hint="name an archive of docker save, or a new file",
                )
            self._images = read_manifest(self._tar.read(MANIFEST_JSON, limits.archive_json), limits)
            undo.pop_all()

    def without(self, tags: Collection[str]) -> Sequence[SavedImage]:
        """Return the images without these tags, and without those images that have no tag left then."""
        kept = []
        for image in self._images:
            left = tuple(tag for tag in image.tags or () if not is_called(tags, tag))
            if left or not image.tags:
                kept.append(replace(image, tags=left or None))
        return kept

    def entries(self, images: Sequence[SavedImage]) -> Iterator[tuple[str, int]]:
        """Yield name and size of each entry of these images that is there. Raises ArchiveError."""
        for name in dict.fromkeys(name for image in images for name in (image.config, *image.layers)):
            if not name.isascii():
                raise ArchiveError(f"{self._file.what} has {name!r}, a name that is not written again")
            if name in self._tar:  # layers that are not to be distributed may be missing
                yield name, self._tar.place(name)[1]

    def open(self, name: str) -> FileStream:
        """Open an entry. Raises ArchiveError if it is not there."""
        return self._tar.open(name)

    def expect(self, name: str, descriptor: Descriptor) -> None:
        """Check that an entry is what a descriptor says. Raises IntegrityError or ArchiveError."""
        with VerifiedStream(self._tar.open(name), descriptor) as stream:
            drain(stream)

    def close(self) -> None:
        """Close the file."""
        self._file.close()

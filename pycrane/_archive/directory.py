"""Source: one image or index in a directory, as skopeo's and podman's `dir:` has it.

`manifest.json` is the manifest, blobs are called by the hex part of their digests, manifests of an index
`HEX.manifest.json`, signatures `signature-N` (containers/image, directory transport, versions 1.0 to 1.2).
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from contextlib import closing
from pathlib import Path

from pycrane._archive.entries import Entry, select_entry
from pycrane._archive.layout import BlobFiles, open_blob_file
from pycrane._errors import ArchiveError
from pycrane._image.view import Index, View, is_manifest, open_view
from pycrane._io.files import FileStream, open_regular, read_bounded, reading
from pycrane._io.stream import Closing
from pycrane._limits import DEFAULT_LIMITS, Limits
from pycrane._oci.descriptor import Descriptor
from pycrane._oci.digest import Digest

VERSION_FILE = "version"
MANIFEST_FILE = "manifest.json"
_VERSION_SIZE = 64
_VERSION = re.compile(rb"Directory Transport Version: ([0-9]{1,4})\.([0-9]{1,4})\n?")
_NEWEST = (1, 2)
_USUAL_ALGORITHM = "sha256"


class DirectoryContent(BlobFiles):
    """The blobs and manifests of an image directory. Links are treated as those of a layout."""

    def __init__(self, path: Path, limits: Limits = DEFAULT_LIMITS) -> None:
        super().__init__(limits)
        self._path = path

    def open_blob(self, descriptor: Descriptor) -> FileStream:
        """A blob's bytes, or a manifest's. Raises as `LayoutContent.open_blob` does."""
        name = file_name(descriptor.digest, ".manifest.json" if is_manifest(descriptor) else "")
        what = f"{name} of directory {self._path}"
        return open_blob_file(self._path / name, self._path, descriptor, what)


class ImageDirectory(Closing):
    """An image directory that is read. It holds nothing open; it is a context manager as archives are."""

    def __init__(self, path: Path, view: View, limits: Limits = DEFAULT_LIMITS) -> None:
        self.path = path
        self._view = view
        self._limits = limits

    @property
    def index(self) -> Index | None:
        """The index in the directory; None if it has an image."""
        return self._view if isinstance(self._view, Index) else None

    @property
    def entries(self) -> tuple[Entry, ...]:
        """The image or index, which has no name."""
        return (Entry((), lambda: self._view, (0,)),)

    def select(self, name: str | None = None) -> View:
        """The image or index. Raises ArchiveError for any name: it has none."""
        return select_entry(self.entries, name, f"directory {self.path}").open()

    def signatures(self, digest: Digest | None = None) -> Sequence[bytes]:
        """The signatures of the manifest, or of one with this digest below it; not verified.

        Raises:
            ArchiveError: one cannot be read or is larger than a manifest may be, or there are too many.
        """
        own = digest is None or digest == self._view.digest
        found: list[bytes] = []
        for number in range(1, self._limits.signatures + 1):
            name = signature_name(number, None if own else digest)
            with reading(str(self.path)):
                if not (self.path / name).exists():
                    return tuple(found)
            found.append(_read(self.path, name, self._limits.manifest_size))
        raise ArchiveError(f"directory {self.path} has more than {self._limits.signatures} signatures")

    def all_signatures(self) -> Mapping[Digest, Sequence[bytes]]:
        """The signatures of the manifest and of those it lists, by digest. Raises as `signatures` does."""
        digests = [self._view.digest]
        if isinstance(self._view, Index):
            digests += [entry.digest for entry in self._view.index_manifest.manifests]
        return {digest: found for digest in digests if (found := self.signatures(digest))}

    def close(self) -> None:
        """Nothing to release."""


def open_directory(path: Path, limits: Limits = DEFAULT_LIMITS) -> ImageDirectory:
    """Read the manifest of an image directory. One without a version file is read too.

    Raises:
        ArchiveError: the directory has no manifest, or is of a newer version.
        PycraneError: its manifest cannot be read as one.
    """
    check_version(path)
    with reading(str(path)):
        if not (path / MANIFEST_FILE).exists():
            raise _not_an_image(path)
    raw = _read(path, MANIFEST_FILE, limits.manifest_size)
    return ImageDirectory(path, open_view(DirectoryContent(path, limits), raw), limits)


def _not_an_image(path: Path) -> ArchiveError:
    from pycrane._archive.directory_kinds import kind_of  # only errors need it

    if not path.is_dir():
        found = f"{path} is a file" if path.exists() else f"there is no directory {path}"
        return ArchiveError(f"{found}, expected an image directory")
    if (path / "index.json").exists():
        return ArchiveError(f"{path} is an OCI layout, expected an image directory", hint=f"write oci:{path}")
    kind = kind_of(path)
    seems = f"; it seems to be {kind.name}" if kind else ""
    return ArchiveError(
        f"{path} is not an image directory: it has no {MANIFEST_FILE}{seems}",
        hint=kind.hint if kind else None,
    )


def is_image_directory(path: Path) -> bool:
    """Whether a directory has the version file of an image directory."""
    return _version(path) is not None


def check_version(path: Path) -> None:
    """Refuse an image directory of a newer version. Raises ArchiveError."""
    version = _version(path)
    if version is not None and version > _NEWEST:
        found, newest = (".".join(map(str, each)) for each in (version, _NEWEST))
        raise ArchiveError(f"directory {path} is of version {found}, expected {newest} at most")


def _version(path: Path) -> tuple[int, int] | None:
    try:
        with closing(open_regular(path / VERSION_FILE, VERSION_FILE, follow=True)) as stream:
            found = _VERSION.fullmatch(stream.read(_VERSION_SIZE))
    except ArchiveError:
        return None
    return (int(found[1]), int(found[2])) if found else None


def version_line(digests: Sequence[Digest]) -> bytes:
    """The content of the version file: only version 1.2 knows digests of other algorithms than sha256."""
    newer = any(digest.algorithm != _USUAL_ALGORITHM for digest in digests)
    return f"Directory Transport Version: 1.{2 if newer else 1}\n".encode()


def file_name(digest: Digest, ending: str = "") -> str:
    """The file of a blob or, with its ending, of what belongs to a manifest.

    Raises InvalidReferenceError for a digest that breaks the grammar.
    """
    checked = Digest.parse(str(digest))
    prefix = "" if checked.algorithm == _USUAL_ALGORITHM else f"{checked.algorithm}-"
    return f"{prefix}{checked.encoded}{ending}"


def signature_name(number: int, digest: Digest | None = None) -> str:
    """The file of a signature, counted from 1: of the manifest, or of one with this digest below it."""
    return file_name(digest, f".signature-{number}") if digest else f"signature-{number}"


def _read(path: Path, name: str, limit: int) -> bytes:
    what = f"{name} of directory {path}"
    return read_bounded(open_regular(path / name, what, follow=True), limit, what)

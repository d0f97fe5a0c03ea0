"""Source: an OCI image layout, a directory of blobs by digest and an index (image-layout.md)."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Sequence
from functools import cached_property, partial
from pathlib import Path

from pycrane._archive.entries import Entry, distinct, select_entry
from pycrane._errors import ArchiveError, ImageNotFoundError, MalformedError, UnsupportedError
from pycrane._image.content import Content
from pycrane._image.view import Index, View
from pycrane._io.files import (
    FileStream,
    leads_out,
    open_regular,
    open_verified,
    read_bounded,
    reading,
    writing,
)
from pycrane._io.stream import Closing
from pycrane._limits import DEFAULT_LIMITS, Limits
from pycrane._oci import go_json
from pycrane._oci.annotations import CONTAINERD_NAME, REF_NAME
from pycrane._oci.descriptor import Descriptor
from pycrane._oci.digest import Digest
from pycrane._oci.manifest import IndexManifest, parse_manifest
from pycrane._reference import Repository

INDEX_JSON = "index.json"
OCI_LAYOUT = "oci-layout"


class BlobFiles(ABC):
    """The content of a layout: blobs that are files by digest, in a directory or in a tar."""

    def __init__(self, limits: Limits = DEFAULT_LIMITS) -> None:
        self.limits = limits

    def origin(self, descriptor: Descriptor) -> Repository | None:
        """None: nothing can be mounted from a file."""
        return None

    def read_manifest(self, descriptor: Descriptor) -> bytes:
        """The raw bytes of a manifest. Raises as `open_blob` does, and ArchiveError if it is too large."""
        what, limit = f"manifest {descriptor.digest}", self.limits.manifest_size
        if descriptor.size > limit:
            raise ArchiveError(f"{what} is larger than {limit} bytes")
        return read_bounded(self.open_blob(descriptor), limit, what)

    @abstractmethod
    def open_blob(self, descriptor: Descriptor) -> FileStream:
        """A blob's bytes, not verified yet. Raises ArchiveError if it is not there."""


class LayoutContent(BlobFiles):
    """The blobs of a layout directory. Links to regular files are followed; no device or pipe is opened.

    With `shared` they lie in that directory, by algorithm, which several layouts may have in common.
    """

    def __init__(self, path: Path, limits: Limits = DEFAULT_LIMITS, shared: Path | None = None) -> None:
        super().__init__(limits)
        self._path = path
        self._blobs = shared or path / "blobs"
        self._root = shared or path

    def blob_file(self, digest: Digest) -> Path:
        """The file of a blob. Raises InvalidReferenceError for a digest that breaks the grammar."""
        return self._blobs / blob_path(digest).removeprefix("blobs/")

    def open_blob(self, descriptor: Descriptor) -> FileStream:
        """A blob's bytes; those of a file outside the layout are verified, others not yet.

        Raises:
            ArchiveError: it is not there, or is not a regular file.
            IntegrityError: it lies outside the layout and is not what the descriptor says.
        """
        what = f"blob {descriptor.digest} of layout {self._path}"
        return open_blob_file(self.blob_file(descriptor.digest), self._root, descriptor, what)


def open_blob_file(path: Path, root: Path, descriptor: Descriptor, what: str) -> FileStream:
    """A blob that is a file below `root`. Raises as `LayoutContent.open_blob` does; `what` names it."""
    if leads_out(path, root):
        # The author of a layout must not have other files sent out, not even the beginning of one.
        return open_verified(path, descriptor, what, follow=True)
    return open_regular(path, what, follow=True)


class Layout(Closing):
    """A layout that is read. It holds nothing open; it is a context manager as archives are."""

    def __init__(self, path: Path, index: Index) -> None:
        self.path = path
        self.index = index

    @cached_property
    def entries(self) -> tuple[Entry, ...]:
        """The images and indexes that `index.json` lists, each once, in its order."""
        return index_entries(self.index)

    def select(self, name: str | None = None) -> View:
        """The image or index called `name`, at the position `@N` of `index.json`, or the only one.

        Raises:
            ArchiveError: there is none, or several; the message lists the names there are.
        """
        return select_entry(self.entries, name, f"layout {self.path}").open()

    def close(self) -> None:
        """Nothing to release."""


def open_layout(path: Path, limits: Limits = DEFAULT_LIMITS, shared: Path | None = None) -> Layout:
    """Read the index of a layout, whose blobs may lie in a `shared` directory.

    Raises:
        ImageNotFoundError: there is no such directory.
        ArchiveError: the directory is not a layout; the message says of which kind it seems to be.
        PycraneError: its index cannot be read as one.
    """
    raw = read_index(path, limits)
    if raw is None:
        raise _not_a_layout(path)
    return Layout(path, layout_index(LayoutContent(path, limits, shared), raw))


def _not_a_layout(path: Path) -> ArchiveError:
    if not path.exists():
        return ImageNotFoundError(f"there is no directory {path}")
    from pycrane._archive.directory_kinds import kind_of  # only errors need it

    if not path.is_dir():
        hint = f"a layout in a file is oci-archive:{path}"
        return ArchiveError(f"{path} is a file, expected an OCI layout", hint=hint)
    kind = kind_of(path)
    seems = f"; it seems to be {kind.name}" if kind else ""
    return ArchiveError(
        f"{path} is not an OCI layout: it has no {INDEX_JSON}{seems}", hint=kind.hint if kind else None
    )


def check_layout(path: Path) -> None:
    """Refuse to write a layout among files that are not one. Raises UnsupportedError."""
    with writing(str(path)):
        names = {entry.name for entry in path.iterdir()} if path.is_dir() else set()
    # A writer that was killed leaves blobs without an index.
    if names and not names & {INDEX_JSON, OCI_LAYOUT, "blobs"}:
        raise UnsupportedError(
            f"{path} is not an OCI layout: it holds {min(names)} and has no {INDEX_JSON}",
            hint="name an empty directory or a new one",
        )


def read_index(path: Path, limits: Limits = DEFAULT_LIMITS) -> bytes | None:
    """The raw bytes of a layout's index; None if the directory has none.

    Raises:
        ArchiveError: the index cannot be read, or the layout is of an unknown version.
    """
    with reading(str(path)):
        if not (path / INDEX_JSON).exists():
            return None
        versioned = (path / OCI_LAYOUT).exists()
    if versioned:
        check_version(_read(path, OCI_LAYOUT, limits))
    return _read(path, INDEX_JSON, limits)


def _read(path: Path, name: str, limits: Limits) -> bytes:
    what = f"{name} of layout {path}"
    return read_bounded(open_regular(path / name, what, follow=True), limits.archive_json, what)


def check_version(raw: bytes) -> None:
    """Refuse an `oci-layout` file of another version than 1. Raises ArchiveError or MalformedError."""
    version = go_json.load_object(raw, OCI_LAYOUT).get("imageLayoutVersion")
    if not isinstance(version, str) or version.partition(".")[0] != "1":
        raise ArchiveError(f"{OCI_LAYOUT} has version {version!r}, expected 1.0.0")


def layout_index(content: Content, raw: bytes) -> Index:
    """The view of an `index.json`, of the type that it gives itself, which may be Docker's list.

    Raises MalformedError if it is not an index.
    """
    parsed = parse_manifest(raw, what=INDEX_JSON)
    if not isinstance(parsed, IndexManifest):
        raise MalformedError(f"{INDEX_JSON} is an image, expected an index")
    return Index(content, raw, Descriptor.of(parsed.media_type, raw))


def index_entries(index: Index) -> tuple[Entry, ...]:
    """The manifests of a layout's index with the names that annotations give them.

    Programs list a manifest once for each of its names: it is one entry here.
    """
    return distinct(
        (descriptor.digest, Entry(names_of(descriptor), partial(index.child, descriptor)))
        for descriptor in index.index_manifest.manifests
    )


def names_of(descriptor: Descriptor) -> Sequence[str]:
    """The names of an entry of a layout: the whole name that containerd adds, and the reference name."""
    annotations = descriptor.annotations or {}
    return tuple(annotations[key] for key in (CONTAINERD_NAME, REF_NAME) if annotations.get(key))


def blob_path(digest: Digest) -> str:
    """The path of a blob in a layout. Raises InvalidReferenceError for a digest that breaks the grammar."""
    checked = Digest.parse(str(digest))
    return f"blobs/{checked.algorithm}/{checked.encoded}"

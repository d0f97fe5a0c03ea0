"""Sink: a directory with one image or index, as skopeo's and podman's `dir:` has it (containers/image).

Blobs that are there are verified and not fetched. Until `manifest.json` is replaced, which is the last thing
but the signatures and the clearing up, the directory has the image that it had.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from pathlib import Path
from types import TracebackType
from typing import Self

from pycrane._archive.directory import (
    MANIFEST_FILE,
    VERSION_FILE,
    DirectoryContent,
    check_version,
    file_name,
    is_image_directory,
    signature_name,
    version_line,
)
from pycrane._archive.new_files import KnownBlobs, NewFiles
from pycrane._errors import PycraneError, UnsupportedError
from pycrane._events import Outcome
from pycrane._image.medium import Blob, Item
from pycrane._io.files import writing
from pycrane._io.lock import locked
from pycrane._limits import DEFAULT_LIMITS, Limits
from pycrane._oci.descriptor import Descriptor
from pycrane._oci.digest import Digest

_MODE = 0o644
_HEX = r"([a-z0-9+._]+-)?[0-9a-f]{32,128}"
_SIGNATURE = re.compile(rf"({_HEX}\.)?signature-[0-9]+")
_OWN_NAME = re.compile(rf"{_HEX}(\.manifest\.json)?|({_HEX}\.)?signature-[0-9]+")


class DirectorySink:
    """Writes one image or index into a directory, which is made if it is not there.

    Its name is not kept: the format has no place for names. `signatures` are written beside the manifests
    with these digests, as far as those are written. What the directory had before is replaced when the
    context is left without an error; after an error it is as it was. A directory that holds anything else
    is not touched.
    """

    def __init__(
        self,
        path: Path,
        *,
        signatures: Mapping[Digest, Sequence[bytes]] | None = None,
        limits: Limits = DEFAULT_LIMITS,
    ) -> None:
        self._path = path
        self._signatures = dict(signatures or {})
        self._limits = limits
        self._known = KnownBlobs(DirectoryContent(path, limits))
        self._files = NewFiles()
        self._top: Digest | None = None
        self._manifest: bytes | None = None
        self._digests: set[Digest] = set()
        self._written: set[str] = set()

    def begin(self, items: Sequence[Item], blobs: Sequence[Descriptor]) -> None:
        """Make the directory.

        Raises:
            UnsupportedError: there are several images, or the directory is not one of an image.
            PycraneError: it cannot be made.
        """
        tops = {item.view.digest for item in items}
        if len(tops) > 1:
            raise UnsupportedError(
                f"{len(tops)} images are to be written to {self._path}, and it holds one",
                hint="write each to a directory of its own, or all to an OCI layout",
            )
        self._top = next(iter(tops), None)
        check_version(self._path)
        if not is_image_directory(self._path):
            self._reject_others()
            self._files.make_directory(self._path)
            # Written first, so that a writer that is killed leaves a directory that can be gone on with.
            self._files.write(self._path / VERSION_FILE, version_line([]), _MODE)

    def _reject_others(self) -> None:
        with writing(str(self._path)):
            foreign = (
                min((path.name for path in self._path.iterdir()), default="") if self._path.is_dir() else ""
            )
        if foreign:
            raise UnsupportedError(
                f"{self._path} is not an image directory: it holds {foreign} and has no version file",
                hint="name an empty directory or a new one",
            )

    def has(self, descriptor: Descriptor, name: str | None) -> bool:
        """False: manifests are few, and written anew."""
        return False

    def put_blob(self, blob: Blob) -> Outcome:
        """Write a blob, unless it is there and is what it should be."""
        digest = blob.descriptor.digest
        name = self._noted(digest)
        if self._known.has(blob.descriptor):
            return Outcome.EXISTING
        self._files.write_blob(self._path / name, blob, _MODE)
        self._known.add(digest)
        return Outcome.MOVED

    def put_manifest(self, descriptor: Descriptor, raw: bytes, name: str | None) -> None:
        """Write a manifest below the top; the top itself is written when the context is left."""
        if descriptor.digest == self._top:
            self._manifest = raw
        else:
            self._files.write(self._path / self._noted(descriptor.digest, ".manifest.json"), raw, _MODE)

    def _noted(self, digest: Digest, ending: str = "") -> str:
        name = file_name(digest, ending)
        self._written.add(name)
        self._digests.add(digest)
        return name

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        done = False
        try:
            if kind is None and self._manifest is not None:
                self._commit(self._manifest)
            done = kind is None
        finally:
            if not done:
                self._files.undo()

    def _commit(self, manifest: bytes) -> None:
        with writing(str(self._path)), locked(self._path):
            for name in self._written:
                if not (self._path / name).is_file():
                    raise PycraneError(f"{name} disappeared from {self._path} while it was written")
            # A signature must never stand beside a manifest that it was not made for.
            self._remove(_SIGNATURE)
            signed = self._signed()
            version = version_line([*self._digests, *signed])
            if (self._path / VERSION_FILE).read_bytes() != version:
                self._files.write(self._path / VERSION_FILE, version, _MODE)
            self._files.write(self._path / MANIFEST_FILE, manifest, _MODE, durable=True)
            for name, data in self._signature_files(signed).items():
                self._written.add(name)
                self._files.write(self._path / name, data, _MODE)
            self._remove(_OWN_NAME)

    def _signed(self) -> dict[Digest, Sequence[bytes]]:
        """Signatures of the manifests that are written: a choice of platforms leaves some out."""
        there = {self._top, *self._digests}
        return {digest: found for digest, found in self._signatures.items() if digest in there}

    def _signature_files(self, signed: Mapping[Digest, Sequence[bytes]]) -> dict[str, bytes]:
        return {
            signature_name(number, None if digest == self._top else digest): data
            for digest, signatures in signed.items()
            for number, data in enumerate(signatures, 1)
        }

    def _remove(self, pattern: re.Pattern[str]) -> None:
        """Remove the files of an image that was there before, as far as they are called so."""
        for path in self._path.iterdir():
            if pattern.fullmatch(path.name) and path.name not in self._written and not path.is_dir():
                path.unlink(missing_ok=True)

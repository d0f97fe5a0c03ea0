"""A repository as a medium that is written to."""

from __future__ import annotations

import copy
import re
import threading
import time
from collections.abc import Iterable, Iterator, Sequence
from typing import Any, Self

from pycrane._errors import (
    InvalidReferenceError,
    RateLimitedError,
    RegistryError,
    TagExistsError,
    UnauthorizedError,
)
from pycrane._events import Outcome
from pycrane._image.medium import Blob, Item
from pycrane._io.once import Once
from pycrane._io.process import ForkLock
from pycrane._oci import media_types
from pycrane._oci.descriptor import Descriptor
from pycrane._oci.digest import Digest
from pycrane._reference import Reference, Repository
from pycrane._registry.manifests import find_manifest, get_manifest, write_manifest
from pycrane._registry.referrers import list_written
from pycrane._registry.session import Session
from pycrane._registry.upload import upload_blob
from pycrane._registry.upload_strategy import send_blob

_MISSING_BLOB = frozenset({"MANIFEST_BLOB_UNKNOWN", "BLOB_UNKNOWN"})
_CANCELLING = 2.0  # seconds for all uploads, when an error or interrupt ends the work
_DIGEST = re.compile(r"[a-z0-9+._-]+:[A-Za-z0-9=_-]{32,}")


class RegistrySink:
    """Writes images and indexes to one repository. The session is the caller's to close. Thread-safe.

    Foreign layers stay where they are unless `allow_nondistributable` is set. With `no_clobber` a tag that is
    there is not written again, it is an error.

    What a registry said it had, or had mounted, and does not know when the manifest comes, is sent after all.
    """

    def __init__(
        self,
        session: Session,
        repository: Repository,
        *,
        allow_nondistributable: bool = False,
        no_clobber: bool = False,
    ) -> None:
        self._session = session
        self._repository = repository
        self._allow_nondistributable = allow_nondistributable
        self._no_clobber = no_clobber
        self._lock = ForkLock()
        self._one_at_a_time = ForkLock()
        self._placed: Once[Digest, Outcome] = Once()
        self._believed: dict[Digest, Blob] = {}
        self._sent_after_all: set[Digest] = set()
        self._foreign: set[Digest] = set()
        session.expect(repository, "pull", "push")

    def begin(self, items: Sequence[Item], blobs: Sequence[Descriptor]) -> None:
        """Nothing: a registry need not know what will come."""

    def has(self, descriptor: Descriptor, name: str | None) -> bool:
        """Whether the tag names this manifest; without a name, whether the manifest is there.

        Raises:
            TagExistsError: the tag is there and must not be written again.
            PycraneError: the registry cannot be asked.
        """
        reference = self._named(name or str(descriptor.digest))
        found = self._found(reference)
        if found is None:
            return False
        return found.digest == descriptor.digest or self._is_same(reference, found, descriptor)

    def check_free(self, name: str) -> None:
        """Find out early whether a name may be written: before the work is done that gives what it will name.

        Asks the registry only with `no_clobber` and for a tag.

        Raises:
            TagExistsError: the tag is there and must not be written again.
            PycraneError: the registry cannot be asked.
        """
        reference = self._named(name)
        if self._no_clobber and reference.digest is None:
            self._found(reference)

    def put_blob(self, blob: Blob) -> Outcome:
        """Mount, find or send a blob, each once.

        Raises:
            PycraneError: as `upload_blob` does.
        """
        outcome, first = self._placed.get(blob.descriptor.digest, lambda: self._put(blob))
        return outcome if first or outcome is Outcome.SKIPPED else Outcome.EXISTING

    def put_manifest(self, descriptor: Descriptor, raw: bytes, name: str | None) -> None:
        """Write a manifest under a tag, or under its digest without one, and list it with its subject.

        Raises:
            DigestMismatchError: the registry took it for something else.
            PycraneError: as `Session.request` does.
        """
        reference = self._named(name or str(descriptor.digest))
        try:
            written = write_manifest(self._session, reference, raw, descriptor.media_type)
        except RegistryError as error:
            if not self._send_missing(error, raw):
                raise self._explained(error, raw) from error
            written = write_manifest(self._session, reference, raw, descriptor.media_type)
        with self._one_at_a_time:
            list_written(self._session, self._repository, written, raw, descriptor)

    def _explained(self, error: RegistryError, raw: bytes) -> RegistryError:
        """The error with a hint where layers that were not sent may be why the manifest is refused."""
        if not self._foreign or not any(str(digest).encode() in raw for digest in self._foreign):
            return error
        explained = copy.copy(error)
        explained.hint = (
            "the image has foreign layers (nondistributable, with urls), which were not sent and which this "
            "registry may not accept; --allow-nondistributable-artifacts sends them"
        )
        return explained

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: object, error: object, trace: object, /) -> None:
        """After an error, cancel the uploads that are open: their threads may not come to it in time.

        Otherwise nothing is left to do: what was written is there, and names were written last.
        """
        if error is None:
            return
        cancels = [
            threading.Thread(target=upload.cancel, daemon=True) for upload in tuple(self._session.uploads)
        ]
        for cancel in cancels:
            cancel.start()
        end = time.monotonic() + _CANCELLING
        for cancel in cancels:
            cancel.join(max(0.0, end - time.monotonic()))

    def _named(self, name: str) -> Reference:
        return self._repository.digest(name) if ":" in name else self._repository.tag(name)

    def _found(self, reference: Reference) -> Descriptor | None:
        """Return the existing manifest. Raises TagExistsError for a tag not to be overwritten."""
        try:
            found = find_manifest(self._session, reference)
        except (UnauthorizedError, RateLimitedError):
            raise
        except RegistryError:
            return None
        if found is not None and self._no_clobber and reference.digest is None:
            raise TagExistsError(f"refusing to clobber existing tag {reference}@{found.digest}")
        return found

    def _is_same(self, reference: Reference, found: Descriptor, descriptor: Descriptor) -> bool:
        """Whether a manifest is the same that the registry knows by a digest of another algorithm."""
        wanted = descriptor.digest
        if found.digest.algorithm == wanted.algorithm or not wanted.verifiable:
            return False
        return wanted.matches(get_manifest(self._session, reference)[0])

    def _put(self, blob: Blob) -> Outcome:
        foreign = blob.descriptor.media_type in media_types.FOREIGN_LAYERS
        if foreign and not self._allow_nondistributable:
            self._foreign.add(blob.descriptor.digest)
            return Outcome.SKIPPED
        outcome = upload_blob(self._session, self._repository, blob)
        if outcome is not Outcome.MOVED:
            with self._lock:
                self._believed[blob.descriptor.digest] = blob
        return outcome

    def _send_missing(self, error: RegistryError, raw: bytes) -> bool:
        """Send what the registry said that it had and now does not know; False if there is no such blob."""
        if not _MISSING_BLOB.intersection(error.codes):
            return False
        named = set(_digests(problem.detail or problem.message for problem in error.problems))
        named = named or set(_digests([raw.decode(errors="replace")]))
        with self._one_at_a_time:
            for digest in named & self._believed.keys():
                send_blob(self._session, self._repository, self._believed.pop(digest))
                self._sent_after_all.add(digest)
        return bool(named & self._sent_after_all)


def _digests(values: Iterable[Any]) -> Iterator[Digest]:
    """The digests in what a registry says about blobs, in whatever form it says it."""
    for value in values:
        for text in _DIGEST.findall(str(value)):
            try:
                yield Digest.parse(text)
            except InvalidReferenceError:
                continue

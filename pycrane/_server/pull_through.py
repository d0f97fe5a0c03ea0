"""Blobs fetched from upstream: streamed to the client and stored once they are complete and verified."""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager, suppress
from io import BytesIO

from pycrane._errors import PycraneError
from pycrane._io.verified import VerifiedStream
from pycrane._limits import MIB
from pycrane._oci.digest import Digest
from pycrane._server.messages import ByteFile
from pycrane._server.store import Blob, BusyError, SessionOverError, Store, Upload, WrongDigestError

_log = logging.getLogger("pycrane.server")
_WAIT_TIMEOUT = 30.0
"""Seconds that a request waits for another request that fetches its blob, before it fetches it too."""
_WORTH_FINISHING = 64 * MIB
"""Largest remainder, in bytes, that is fetched for the store after the client has closed the blob."""

Land = Callable[[], None]
"""Ends the turn of a fetch, so that the requests that wait for it go on."""


class Arrivals:
    """Fetches blobs into a store, one fetch of each blob at a time."""

    def __init__(self, store: Store) -> None:
        self._store = store
        self._under_way: dict[Digest, threading.Event] = {}
        self._lock = threading.Lock()

    def blob(
        self, repository: str, digest: Digest, fetch: Callable[[], VerifiedStream | None]
    ) -> Blob | None:
        """Return the blob from the store, if this or another repository has it by now, else from `fetch`.

        Raises what `fetch` raises; None if that gives None.
        """
        land = self._turn(digest)
        with ExitStack() as stack:
            stack.callback(land)
            if kept := self._kept(repository, digest):
                return kept
            stream = fetch()
            if stream is None:
                return None
            stack.callback(stream.close)
            arriving = ArrivingBlob(stream, Keeper(self._store, repository, digest), land)
            stack.pop_all()  # The blob closes the stream and ends the turn.
            return Blob(arriving, stream.size)

    def _kept(self, repository: str, digest: Digest) -> Blob | None:
        kept = self._store.blob(repository, digest)
        if kept is None and self._store.mount(repository, digest, None):
            kept = self._store.blob(repository, digest)
        return kept

    def _turn(self, digest: Digest) -> Land:
        """Wait for another fetch of this blob, up to the timeout; return the function that ends the turn."""
        mine, end = threading.Event(), time.monotonic() + _WAIT_TIMEOUT
        while True:
            with self._lock:
                other = self._under_way.get(digest)
                if other is None or time.monotonic() > end:
                    self._under_way[digest] = mine
                    break
            other.wait(max(end - time.monotonic(), 0))

        def land() -> None:
            mine.set()
            with self._lock:
                if self._under_way.get(digest) is mine:
                    del self._under_way[digest]

        return land


class ArrivingBlob:
    """A file over the blob that is being fetched. Its last bytes are returned only after verification.

    A blob that cannot be stored, for example on a full disk, can still be read.
    """

    def __init__(self, stream: VerifiedStream, keeper: Keeper, land: Land) -> None:
        self._stream = stream
        self._keeper = keeper
        self._land = land
        self._left = stream.size
        self._kept: ByteFile | None = None

    def read(self, size: int, /) -> bytes:
        """Return up to `size` bytes. Raises OSError if the fetch or the verification fails."""
        return self._kept.read(size) if self._kept else self._receive(size)

    def seek(self, offset: int, /) -> int:
        """Set the position; for any but 0 the whole blob is fetched first. Raises OSError as `read` does."""
        if offset:
            self._receive_rest()
            self._kept = self._keeper.open()
            self._kept.seek(offset)
        return offset

    def close(self) -> None:
        """Close the file. The blob is stored if it is complete or the remainder is small enough to fetch."""
        try:
            if self._left <= _WORTH_FINISHING:
                with suppress(OSError):
                    self._receive_rest()
        finally:
            self._keeper.give_up()
            self._stream.close()
            self._land()
            if self._kept:
                self._kept.close()

    def _receive(self, size: int) -> bytes:
        try:
            data = self._stream.read(size)
        except PycraneError as error:
            raise OSError(error.message) from error
        self._keeper.take(data)
        self._left -= len(data)
        if not self._left:
            self._keeper.finish()
            self._land()
        return data

    def _receive_rest(self) -> None:
        while self._receive(MIB):
            pass


class Keeper:
    """Stores a fetched blob through an upload session. A failure is logged and ends the session."""

    def __init__(self, store: Store, repository: str, digest: Digest) -> None:
        self._store = store
        self._repository = repository
        self._digest = digest
        self._upload: Upload | None = None
        with self._or_give_up():
            self._upload = store.begin_upload(repository)

    def take(self, data: bytes) -> None:
        """Append fetched bytes to the upload."""
        if self._upload and data:
            with self._or_give_up():
                self._upload.append(BytesIO(data), None)

    def finish(self) -> None:
        """Finish the upload after the last byte. May be called again."""
        if self._upload:
            with self._or_give_up():
                self._upload.finish(BytesIO(), None, self._digest)
            self._upload = None

    def give_up(self) -> None:
        """Cancel the upload, unless it was finished."""
        if self._upload:
            with suppress(BusyError):
                self._upload.cancel()
            self._upload = None

    def open(self) -> ByteFile:
        """Open the stored blob. Raises OSError if it was not stored."""
        blob = self._store.blob(self._repository, self._digest)
        if blob is None:
            raise OSError(f"{self._digest} could not be stored")
        return blob.file

    @contextmanager
    def _or_give_up(self) -> Iterator[None]:
        try:
            yield
        except (OSError, BusyError, SessionOverError, WrongDigestError) as error:
            _log.warning("%s of %s is not stored: %s", self._digest, self._repository, error)
            self.give_up()

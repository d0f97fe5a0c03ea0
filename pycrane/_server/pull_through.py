"""Blobs that are sent on to a client while they arrive from upstream, and are kept once they are whole."""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager, suppress

from pycrane._errors import PycraneError
from pycrane._io.verified import VerifiedStream
from pycrane._limits import MIB
from pycrane._oci.digest import Digest
from pycrane._server.messages import ByteFile
from pycrane._server.store import Blob, BusyError, SessionOverError, Store, Upload, WrongDigestError

_log = logging.getLogger("pycrane.server")
_PATIENCE = 30.0
"""Seconds that a client waits for another one that is sent the same blob; then it is fetched once more."""
_WORTH_FINISHING = 64 * MIB
"""Bytes fetched to the end for the store after the client has got its part."""

Land = Callable[[], None]


class Arrivals:
    """Fetches blobs into a store, each once at a time."""

    def __init__(self, store: Store) -> None:
        self._store = store
        self._under_way: dict[Digest, threading.Event] = {}
        self._lock = threading.Lock()

    def blob(
        self, repository: str, digest: Digest, fetch: Callable[[], VerifiedStream | None]
    ) -> Blob | None:
        """The blob from the store if it has come meanwhile or another repository has it, else from `fetch`.

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
            stack.pop_all()  # From here on it is the blob's own to land and to close.
            return Blob(arriving, stream.size)

    def _kept(self, repository: str, digest: Digest) -> Blob | None:
        kept = self._store.blob(repository, digest)
        if kept is None and self._store.mount(repository, digest, None):
            kept = self._store.blob(repository, digest)
        return kept

    def _turn(self, digest: Digest) -> Land:
        """Wait for another fetch of this blob, for a bounded time; returns a function that ends the turn."""
        mine, end = threading.Event(), time.monotonic() + _PATIENCE
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
    """A blob as a file that can be read forwards. Its last bytes are given out only once all are verified.

    If it cannot be kept, for want of space for instance, it is still given out.
    """

    def __init__(self, stream: VerifiedStream, keeper: Keeper, land: Land) -> None:
        self._stream = stream
        self._keeper = keeper
        self._land = land
        self._left = stream.size
        self._kept: ByteFile | None = None

    def read(self, size: int, /) -> bytes:
        """Up to `size` bytes. Raises OSError if they do not come, or are not those of the digest."""
        return self._kept.read(size) if self._kept else self._receive(size)

    def seek(self, offset: int, /) -> int:
        """Go to a place: for any but the first byte all is fetched first. Raises OSError as `read` does."""
        if offset:
            self._receive_rest()
            self._kept = self._keeper.open()
            self._kept.seek(offset)
        return offset

    def close(self) -> None:
        """End, and keep the blob if it has come or little of it is left to come."""
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
    """Keeps what arrives, as an upload. When that fails, for want of space say, it stops and says nothing."""

    def __init__(self, store: Store, repository: str, digest: Digest) -> None:
        self._store = store
        self._repository = repository
        self._digest = digest
        self._upload: Upload | None = None
        with self._or_give_up():
            self._upload = store.begin_upload(repository)

    def take(self, data: bytes) -> None:
        """Keep more bytes."""
        if self._upload and data:
            with self._or_give_up():
                self._upload.append(_Bytes(data), None)

    def finish(self) -> None:
        """All bytes are there: make them a blob. The second time it does nothing."""
        if self._upload:
            with self._or_give_up():
                self._upload.finish(_Bytes(b""), None, self._digest)
            self._upload = None

    def give_up(self) -> None:
        """Forget what was kept, unless it is a blob by now."""
        if self._upload:
            with suppress(BusyError):
                self._upload.cancel()
            self._upload = None

    def open(self) -> ByteFile:
        """The blob as it was kept. Raises OSError if it was not."""
        blob = self._store.blob(self._repository, self._digest)
        if blob is None:
            raise OSError(f"{self._digest} could not be kept")
        return blob.file

    @contextmanager
    def _or_give_up(self) -> Iterator[None]:
        try:
            yield
        except (OSError, BusyError, SessionOverError, WrongDigestError) as error:
            _log.warning("%s of %s is not kept: %s", self._digest, self._repository, error)
            self.give_up()


class _Bytes:
    """Bytes as a request's body."""

    def __init__(self, data: bytes) -> None:
        self._left = memoryview(data)

    def readinto(self, buffer: memoryview) -> int:
        """See `pycrane._server.messages.Body`."""
        count = min(len(buffer), len(self._left))
        buffer[:count] = self._left[:count]
        self._left = self._left[count:]
        return count

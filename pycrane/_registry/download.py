"""Blobs as they arrive, resumed where a connection broke (distribution spec, Pulling blobs; RFC 9110, 14)."""

from __future__ import annotations

import re
from collections.abc import Callable

from pycrane._errors import ConnectionFailedError, RegistryError, SizeMismatchError, TransportError
from pycrane._events import Resumed
from pycrane._io.stream import CHUNK, Closing
from pycrane._limits import MIB
from pycrane._oci.descriptor import Descriptor
from pycrane._registry.http.response import Response
from pycrane._registry.session import Session

_RENEWING = 1 * MIB
"""Bytes that must arrive between two breaks for the second to count as a first one."""

_CONTENT_RANGE = re.compile(r"bytes ([0-9]{1,18})-[0-9]{1,18}/(?:[0-9]{1,18}|\*)")


class Download(Closing):
    """A blob as a stream, over as many answers as it takes. Not yet verified; whoever made it closes it.

    `request` fetches all bytes from a position on, from the registry itself each time: the address that an
    earlier redirect led to may have expired. It is called for the first time at once. At most one byte more
    than the descriptor's size is read, so that verification notices.

    Raises:
        SizeMismatchError: the answer announces another size.
        PycraneError: what `request` raises.
    """

    def __init__(self, session: Session, descriptor: Descriptor, request: Callable[[int], Response]) -> None:
        self._session = session
        self._descriptor = descriptor
        self._ask = request
        self._position = 0
        self._mark = 0
        self._reread = 0
        self._retries = session.retry_budget()
        self._response = request(0)
        length = self._response.length
        if length is not None and length != descriptor.size:
            self._response.close()
            raise SizeMismatchError(
                f"{descriptor.digest} has {length} bytes there, expected {descriptor.size}"
            )

    def read(self, size: int = -1, /) -> bytes:
        """Up to `size` bytes, all that is left with -1; empty at the end only.

        Raises:
            PycraneError: it cannot be had, not even by trying again.
        """
        if size < 0:
            return b"".join(iter(lambda: self.read(CHUNK), b""))
        wanted = min(size, self._descriptor.size + 1 - self._position)
        while wanted > 0:
            try:
                data = self._response.raw.read(wanted)
            except TransportError as error:
                self._resume(error)
                continue
            self._position += len(data)
            if data or self._position >= self._descriptor.size:
                return data
            self._resume(self._cut())
        return b""

    def close(self) -> None:
        """Release the connection. May be called twice."""
        self._response.close()

    def _cut(self) -> TransportError:
        progress = f"{self._position} of {self._descriptor.size} bytes"
        return ConnectionFailedError(f"{self._descriptor.digest} ended after {progress}")

    def _resume(self, error: TransportError) -> None:
        """Wait, then go on at the present position; raise the error if that was in vain too often."""
        self._response.close()
        if self._position - self._mark >= _RENEWING:
            self._retries = self._session.retry_budget()
        self._mark = self._position
        while self._retries.wait(error.message):
            try:
                self._response = self._from_position()
            except TransportError as again:
                error = again
            else:
                if self._response.status == 206:
                    self._session.listener(Resumed(self._descriptor, self._position))
                return
        raise error

    def _from_position(self) -> Response:
        """An answer whose body goes on where the last one ended, with or without the help of ranges."""
        try:
            response = self._ask(self._position)
        except RegistryError as error:
            if error.status != 416:
                raise
            return self._skipped(self._ask(0))
        if response.status == 206 and _start(response) != self._position:
            response.close()
            return self._skipped(self._ask(0))
        return response if response.status == 206 else self._skipped(response)

    def _skipped(self, whole: Response) -> Response:
        """The answer, its body read up to the present position."""
        self._reread += self._position
        try:
            if whole.status != 200 or self._reread > self._session.limits.reread:
                raise self._not_resumable(whole)
            left = self._position
            while left:
                data = whole.raw.read(min(left, CHUNK))
                if not data:
                    raise self._cut()
                left -= len(data)
        except BaseException:
            whole.close()
            raise
        return whole

    def _not_resumable(self, response: Response) -> RegistryError:
        progress = f"{self._position} of {self._descriptor.size} bytes"
        return RegistryError(
            f"{self._descriptor.digest} broke off after {progress}, and the registry gives no parts",
            status=response.status,
        )


def _start(response: Response) -> int | None:
    """The position in the blob at which the body of a 206 begins; None if the answer does not say."""
    found = _CONTENT_RANGE.fullmatch(response.headers.get("Content-Range", "").strip())
    return int(found[1]) if found else None

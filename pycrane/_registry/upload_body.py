"""The body of a blob upload: bytes from any position; the blob is opened again only to go back."""

from __future__ import annotations

from pycrane._image.medium import Blob
from pycrane._io.stream import CHUNK, ByteStream
from pycrane._registry.http.request import Body


class UploadBody:
    """The bytes of a blob that is sent in parts, some perhaps again. Not shared between threads.

    `failed` says, when sending raised, that the blob could not be read. `furthest` is how
    far bytes have been read.
    """

    def __init__(self, blob: Blob) -> None:
        self.size = blob.descriptor.size
        self.failed = False
        self.furthest = 0
        self._blob = blob
        self._stream: ByteStream | None = None
        self._position = 0

    def part(self, start: int, length: int) -> Body:
        """A request's body with these bytes of the blob. It can be opened again."""
        return Body(lambda: _Part(self, start, length), length)

    def read_at(self, position: int, size: int) -> bytes:
        """Up to `size` bytes from a position. Raises what reading the blob raises."""
        try:
            data = self._opened_at(position).read(size)
        except BaseException:
            self.failed = True
            raise
        self._position += len(data)
        self.furthest = max(self.furthest, self._position)
        return data

    def close(self) -> None:
        """Close what is open. The next read opens the blob again."""
        stream, self._stream, self._position = self._stream, None, 0
        if stream is not None:
            stream.close()

    def _opened_at(self, position: int) -> ByteStream:
        if self._position > position:
            self.close()
        if self._stream is None:
            self._stream = self._blob.open()
        while self._position < position:
            data = self._stream.read(min(CHUNK, position - self._position))
            if not data:
                break
            self._position += len(data)
        return self._stream


class _Part:
    """Some bytes of a blob as a stream. Closing it leaves the blob open for the next part."""

    def __init__(self, upload: UploadBody, start: int, length: int) -> None:
        self._upload = upload
        self._position = start
        self._end = start + length
        # Here and not with the first read: what cannot be opened is not announced to the registry.
        upload.read_at(start, 0)

    def read(self, size: int = -1, /) -> bytes:
        left = self._end - self._position
        data = self._upload.read_at(self._position, min(size, left) if size >= 0 else left) if left else b""
        self._position += len(data)
        return data

    def close(self) -> None:
        self._end = self._position

"""Blobs and uploads in memory, kept as the distribution specification has them, for a test to break.

It does what docker-registry does not: it lets an upload go on after a connection broke, refuses parts that
are out of order, and asks for parts of some size.
"""

from __future__ import annotations

import io
import itertools
from collections.abc import Callable
from dataclasses import dataclass, field

from peers.odd_server import Answer, Close, Request, Step, problem, reply

from pycrane._image.medium import Blob
from pycrane._io.verified import VerifiedStream
from pycrane._oci.descriptor import Descriptor
from pycrane._oci.digest import Digest
from pycrane._reference import Repository


@dataclass
class Shelf:
    """The handler of an OddServer. `breaks` may answer a request in its place, and returns None otherwise.

    `headers` go with the answer that begins an upload; `location` makes its address from its path.
    """

    breaks: Callable[[Request], Answer | None] = lambda _: None
    headers: dict[str, str] = field(default_factory=dict)
    location: Callable[[str], str] = str
    blobs: dict[str, bytes] = field(default_factory=dict)
    uploads: dict[str, bytearray] = field(default_factory=dict)
    sizes: list[int] = field(default_factory=list)
    cancelled: list[str] = field(default_factory=list)
    _numbers: itertools.count[int] = field(default_factory=lambda: itertools.count(1))

    def __call__(self, request: Request) -> Answer:
        broken = self.breaks(request)
        if broken is not None:
            return broken
        if "/blobs/uploads/" in request.path:
            return self._upload(request)
        data = self.blobs.get(request.path.rpartition("/")[2])
        if request.method == "HEAD":
            return reply(404 if data is None else 200)
        return problem(404, "BLOB_UNKNOWN") if data is None else reply(200, data)

    def swallow(self, request: Request, size: int, *, reset: bool = True) -> list[Step]:
        """Keep the first bytes of a request's body, and break the connection."""
        self.uploads[request.path] += request.read_some(size)
        return [Close(reset=reset)]

    def _upload(self, request: Request) -> Answer:
        if request.method == "POST":
            path = f"{request.path}{next(self._numbers)}"
            self.uploads[path] = bytearray()
            return reply(202, b"", {"Location": self.location(f"{path}?state=a%2Fb"), **self.headers})
        if request.path not in self.uploads:
            return problem(404, "BLOB_UPLOAD_UNKNOWN")
        assert request.query["state"] == ["a/b"], "the query of the Location was not kept"
        return getattr(self, f"_{request.method.lower()}")(request)

    def _get(self, request: Request) -> Answer:
        return self._state(204, request.path)

    def _delete(self, request: Request) -> Answer:
        self.cancelled.append(request.path)
        del self.uploads[request.path]
        return reply(204)

    def _patch(self, request: Request) -> Answer:
        upload = self.uploads[request.path]
        start, _, end = (request.header("Content-Range") or "").partition("-")
        if int(start) != len(upload) or int(end) - int(start) + 1 != len(request.body):
            return problem(416, "RANGE_INVALID")
        self.sizes.append(len(request.body))
        upload += request.body
        return self._state(202, request.path)

    def _put(self, request: Request) -> Answer:
        data = bytes(self.uploads[request.path] + request.body)
        self.sizes.append(len(request.body))
        digest = request.query["digest"][0]
        if str(Digest.of(data, digest.partition(":")[0])) != digest:
            return problem(400, "DIGEST_INVALID")
        self.blobs[digest] = data
        del self.uploads[request.path]
        return reply(201, b"", {"Location": f"/v2/blobs/{digest}", "Docker-Content-Digest": digest})

    def _state(self, status: int, path: str) -> bytes:
        held = len(self.uploads[path])
        headers = {"Location": self.location(f"{path}?state=a%2Fb"), "Range": f"0-{max(held - 1, 0)}"}
        return reply(status, b"", headers)


@dataclass
class Source:
    """A blob to upload. `opened` counts how often that was begun."""

    data: bytes
    algorithm: str = "sha256"
    opened: int = 0

    @property
    def descriptor(self) -> Descriptor:
        digest = Digest.of(self.data, self.algorithm)
        return Descriptor("application/octet-stream", digest, len(self.data))

    def blob(self, origin: Repository | None = None) -> Blob:
        return Blob(self.descriptor, self._open, origin)

    def _open(self) -> VerifiedStream:
        self.opened += 1
        return VerifiedStream(io.BytesIO(self.data), self.descriptor)

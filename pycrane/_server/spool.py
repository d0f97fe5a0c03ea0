"""Bytes of one upload: in memory while they are few, in a file beyond, hashed while they arrive."""

from __future__ import annotations

import hashlib
import os
from pathlib import Path
from typing import BinaryIO

from pycrane._io.files import write_all
from pycrane._limits import MIB
from pycrane._oci.digest import Digest
from pycrane._server.messages import Body

_CHUNK = MIB
_USUAL = "sha256"


class Spool:
    """Bytes that grow at their end. Up to `threshold` of them stay in memory, then all go to the file `path`.

    The SHA-256 of all is at hand at any time; another algorithm reads the bytes again.
    """

    def __init__(self, path: Path, threshold: int) -> None:
        self._path = path
        self._threshold = threshold
        self._memory: bytearray | None = bytearray()
        self._file: BinaryIO | None = None
        self._hash = hashlib.sha256(usedforsecurity=False)
        self.size = 0

    def take(self, body: Body) -> None:
        """Append a whole body. Raises what the body and the file raise; bytes before an error stay."""
        buffer = memoryview(bytearray(_CHUNK))
        while count := body.readinto(buffer):
            self._write(buffer[:count])

    def take_or_restore(self, body: Body, digest: Digest) -> bool:
        """Append a whole body. Return whether all bytes have this digest; if not, remove the body."""
        size, state = self.size, self._hash.copy()
        self.take(body)
        if self._digest(digest.algorithm) == digest:
            return True
        self.size, self._hash = size, state
        if self._memory is not None:
            del self._memory[size:]
        elif self._file is not None:
            self._file.truncate(size)
            self._file.seek(size)
        return False

    def release(self) -> None:
        """Close the file, if there is one; the next write opens it again."""
        if self._file is not None:
            self._file.close()
            self._file = None

    def memory(self) -> bytes | None:
        """The bytes, if they are in memory."""
        return bytes(self._memory) if self._memory is not None else None

    def settle(self, *, sync: bool) -> Path:
        """Return the path of the finished file, on the disk already with `sync`. No bytes may follow."""
        with self._open() as file:
            if sync:
                os.fsync(file.fileno())
        return self._path

    def discard(self) -> None:
        """Drop the bytes and remove the file."""
        written, self._memory = self._memory is None, bytearray()
        self.release()
        if written:
            self._path.unlink(missing_ok=True)

    def _write(self, data: memoryview) -> None:
        if self._memory is not None and self.size + len(data) <= self._threshold:
            self._memory += data
        else:
            self._write_file(data)
        self._hash.update(data)
        self.size += len(data)

    def _write_file(self, data: memoryview) -> None:
        file = self._open()
        try:
            write_all(file, data)
        except OSError:
            # A full disk must not leave half a chunk behind the bytes that are counted.
            file.truncate(self.size)
            file.seek(self.size)
            raise

    def _open(self) -> BinaryIO:
        """The open file. The first call creates it and moves the bytes in memory to it."""
        if self._file is not None:
            return self._file
        if self._memory is None:
            self._file = self._path.open("r+b", buffering=0)
            self._file.seek(self.size)
            return self._file
        file = self._path.open("x+b", buffering=0)
        try:
            write_all(file, self._memory)
        except OSError:
            file.close()
            self._path.unlink(missing_ok=True)
            raise
        self._file, self._memory = file, None
        return file

    def _digest(self, algorithm: str) -> Digest:
        if algorithm == _USUAL:
            return Digest(algorithm, self._hash.hexdigest())
        if self._memory is not None:
            return Digest.of(bytes(self._memory), algorithm)
        with self._path.open("rb") as file:
            return Digest(algorithm, hashlib.file_digest(file, algorithm).hexdigest())

"""A program that writes an image into a file or directory: `writing_program FORMAT PATH MANNER`.

With the manner `small` no file may get larger than 100,000 bytes; with `slow` the program says `writing` and
waits in the middle of a layer.
"""

from __future__ import annotations

import resource
import sys
import threading
from pathlib import Path

from archive.views import view_of
from peers.images import image, layer

from pycrane._archive.directory_sink import DirectorySink
from pycrane._archive.docker_sink import DockerArchiveSink
from pycrane._archive.layout_sink import LayoutSink
from pycrane._archive.legacy_sink import LegacyArchiveSink
from pycrane._archive.oci_archive_sink import OciArchiveSink
from pycrane._errors import PycraneError
from pycrane._image.content import Content
from pycrane._image.medium import Item
from pycrane._image.view import Image
from pycrane._io.stream import ByteStream
from pycrane._oci.descriptor import Descriptor
from pycrane._oci.digest import Digest
from pycrane._transfer.engine import transfer

SINKS = {
    "tarball": DockerArchiveSink,
    "legacy": LegacyArchiveSink,
    "oci": LayoutSink,
    "oci-archive": OciArchiveSink,
    "dir": DirectorySink,
}
BIG = layer(bytes(range(256)) * 4000, compression="")
ONE = image(layer({"a": b"1"}), BIG)


class SlowContent:
    """Content whose big layer stops in its middle."""

    def __init__(self, content: Content) -> None:
        self._content = content

    def origin(self, descriptor: Descriptor) -> None:
        return None

    def read_manifest(self, descriptor: Descriptor) -> bytes:
        return self._content.read_manifest(descriptor)

    def open_blob(self, descriptor: Descriptor) -> ByteStream:
        stream = self._content.open_blob(descriptor)
        return SlowStream(stream) if descriptor.digest == Digest.parse(BIG.digest) else stream


class SlowStream:
    def __init__(self, stream: ByteStream) -> None:
        self._stream = stream
        self._reads = 0

    def read(self, size: int = -1, /) -> bytes:
        self._reads += 1
        if self._reads == 3:
            print("writing", flush=True)
            threading.Event().wait(60)
        return self._stream.read(min(size, 100_000))

    def close(self) -> None:
        self._stream.close()


def main(form: str, path: str, manner: str) -> int:
    view = view_of(ONE)
    assert isinstance(view, Image)
    if manner == "small":
        resource.setrlimit(resource.RLIMIT_FSIZE, (100_000, 100_000))
    if manner == "slow":
        view = Image(SlowContent(view.content), view.raw_manifest, view.descriptor)
    try:
        with SINKS[form](Path(path)) as sink:
            transfer([Item(view, "example.com/app:v1")], sink)
    except PycraneError as error:
        print(error.message)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))

"""export: the file system of an image as one tar."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from pycrane._client.inputs import AnyImage, PathName, naming, platform_of
from pycrane._client.platforms import narrowed
from pycrane._client.working import watched
from pycrane._errors import about
from pycrane._events import ImagesWritten
from pycrane._image.filesystem import flattened
from pycrane._image.select import select_image
from pycrane._io.files import copy
from pycrane._io.stream import OpenStream
from pycrane._io.whole_file import open_output
from pycrane._oci import media_types
from pycrane._oci.platform import Platform

if TYPE_CHECKING:
    from pycrane._client.base import Base


def exported(client: Base, source: AnyImage, platform: str | Platform | None = None) -> OpenStream:
    """Open the file system of an image as a tar, made while it is read. The caller closes the stream.

    Of an index it is the image for `platform` (None: linux/amd64); the one blob of an artifact comes as
    it is.

    Raises, while it is read, too:
        PlatformNotFoundError: the index has no such image.
        UnsupportedError: an artifact of several blobs.
        LayerError: a layer is broken.
    """
    wanted = platform_of(platform)
    with naming(source):
        view = watched(client, client.open(source))
        image = select_image(narrowed(view, (wanted,), client.listener) if wanted else view)
        layers = image.manifest.layers
        only = layers[0] if len(layers) == 1 else None
        if (
            only
            and only.media_type not in media_types.LAYERS
            and not media_types.is_encrypted(only.media_type)
        ):
            return image.layers[0].compressed()
        return flattened(image)


def export(client: Base, source: AnyImage, path: PathName, platform: str | Platform | None = None) -> None:
    """Write the file system of an image, or of an index's for `platform`, as a tar that appears whole.

    `platform` is linux/amd64 where none is named. The one blob of an artifact is written as it is.

    Raises:
        PlatformNotFoundError: the index has no such image.
        UnsupportedError: an artifact of several blobs.
    """
    with (
        about(path=path),
        open_output(Path(path)) as file,
        exported(client, source, platform) as stream,
        file.writer() as out,
    ):
        copy(stream, out, file.name)
        client.listener(ImagesWritten(str(path), ()))

"""export: the file system of an image as one tar."""

from __future__ import annotations

from pathlib import Path

from pycrane._errors import about
from pycrane._image.filesystem import flattened
from pycrane._image.select import select_image
from pycrane._image.view import View
from pycrane._io.files import copy
from pycrane._io.stream import OpenStream
from pycrane._io.whole_file import open_output
from pycrane._oci import media_types
from pycrane._oci.platform import Platform


def exported(view: View, platform: Platform | None = None) -> OpenStream:
    """The file system of an image, or of an index's for this platform (None: linux/amd64), as a plain tar.

    The one blob of an artifact is passed on as it is. Everything is verified while it is read; the caller
    closes the stream.

    Raises:
        PlatformNotFoundError: the index has no such image.
        UnsupportedError: an artifact of several blobs.
        PycraneError: a layer cannot be had, or is none; while reading, too.
    """
    image = select_image(view, platform)
    only = image.manifest.layers[0] if len(image.manifest.layers) == 1 else None
    if only and only.media_type not in media_types.LAYERS and not media_types.is_encrypted(only.media_type):
        return image.layers[0].compressed()
    return flattened(image)


def export(view: View, path: Path, platform: Platform | None = None) -> None:
    """Write what `exported` gives to a file, which appears when it is whole.

    Raises:
        PycraneError: as `exported`, or the file cannot be written; what was at `path` is as before.
    """
    with (
        about(path=path),
        open_output(path) as file,
        exported(view, platform) as stream,
        file.writer() as out,
    ):
        copy(stream, out, file.name)

"""files and read_file: the file system of an image listed, and one file of it read."""

from __future__ import annotations

import re
from fnmatch import translate
from typing import TYPE_CHECKING

from pycrane._client.inputs import AnyImage, naming
from pycrane._errors import NotFoundError, expect
from pycrane._image.file_entries import FileEntry, file_entries
from pycrane._mutate.edit_file import find_file
from pycrane._oci.platform import Platform

if TYPE_CHECKING:
    from pycrane._client.base import Base


def files(
    client: Base, source: AnyImage, glob: str | None = None, platform: str | Platform | None = None
) -> list[FileEntry]:
    """List the files of an image by path, as a container sees them.

    `glob` is a shell pattern for the whole path, in which `*` matches slashes too, or, without a slash, for
    its last part. Of an index it is the image for `platform` (None: linux/amd64). All layers are read.

    Raises:
        PlatformNotFoundError: the index has no such image.
        UnsupportedError: an artifact, or a layer that is encrypted.
        LayerError: a layer is broken.
    """
    expect(glob, str | None, "a pattern")
    wanted = None if glob is None else re.compile(translate(glob.removeprefix("/")), re.DOTALL)
    with naming(source):
        entries = file_entries(client.image(source, platform))
        whole = glob is not None and "/" in glob
        found = (
            entry
            for entry in entries
            if wanted is None or wanted.fullmatch(entry.path if whole else entry.path.rpartition("/")[2])
        )
        return sorted(found, key=lambda entry: entry.path)


def read_file(client: Base, source: AnyImage, path: str, platform: str | Platform | None = None) -> bytes:
    """Read one file of an image, symbolic links followed.

    Layers are read from the topmost down to the one that has it, and verified.

    Raises:
        NotFoundError: the image has no such file.
        UnsupportedError: it is a directory or device, or the image is an artifact.
        LimitExceededError: the file is larger than `Limits.edited_file`.
    """
    expect(path, str, "a file's path")
    with naming(source):
        found = find_file(client.image(source, platform), path.encode(errors="surrogateescape"))
        if found.member is None:
            raise NotFoundError(f"the image has no file {path}", status=404)
        return found.content

"""What the tests of changed images share: views of images made by hand."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from peers import images

from pycrane._image.content import MemoryContent
from pycrane._image.view import View, open_view
from pycrane._oci.digest import Digest

ViewOf = Callable[[images.Image | images.Index], View]


@pytest.fixture(scope="session")
def view_of() -> ViewOf:
    """The view of an image or index and all below it, in memory."""

    def made(root: images.Image | images.Index) -> View:
        held = {Digest.parse(digest): blob.data for digest, blob in images.every_blob(root).items()}
        held |= {Digest.parse(one.digest): one.data for one in images.every_manifest(root)}
        return open_view(MemoryContent(held), root.data, media_type=root.media_type)

    return made

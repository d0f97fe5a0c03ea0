"""The choice of platforms applied to an image or index: one rule for every verb."""

from __future__ import annotations

from collections.abc import Sequence

from pycrane._image.select import select_entry, select_image, select_index
from pycrane._image.view import Image, View
from pycrane._oci.digest import Digest
from pycrane._oci.platform import Platform


def narrowed(view: View, platforms: Sequence[Platform]) -> View:
    """The view itself without a wish; the one image for one platform; an index of those wished for several.

    A single image is what it is, whatever was wished. Raises PlatformNotFoundError if an index lacks one.
    """
    if not platforms or isinstance(view, Image):
        return view
    return select_image(view, platforms[0]) if len(platforms) == 1 else select_index(view, platforms)


def digest_of(view: View, platform: Platform | None) -> Digest:
    """The digest of a view or, with `platform`, of its image for that, which is not read."""
    if platform is None or isinstance(view, Image):
        return view.digest
    return select_entry(view, platform).digest

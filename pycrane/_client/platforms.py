"""The choice of platforms applied to an image or index: one rule for every verb."""

from __future__ import annotations

from collections.abc import Sequence

from pycrane._errors import PlatformNotFoundError
from pycrane._events import Listener, Warned, ignore
from pycrane._image.select import select_entry, select_image, select_index
from pycrane._image.view import Image, View, platform_of
from pycrane._oci.digest import Digest
from pycrane._oci.platform import Platform


def narrowed(view: View, platforms: Sequence[Platform], listener: Listener | None = None) -> View:
    """Return the view without platforms, its image for one platform, or an index of those for several.

    Raises:
        PlatformNotFoundError: an index lacks one, or a single image is for another. With a `listener`,
            for verbs that write no tag, the latter is a warning.
    """
    if not platforms:
        return view
    if isinstance(view, Image):
        wrong = mismatch(view, platforms)
        if wrong and listener is None:
            raise PlatformNotFoundError(wrong, hint="omit --platform, or name an image for it")
        if wrong and listener is not None:
            listener(Warned(wrong))
        return view
    return select_image(view, platforms[0]) if len(platforms) == 1 else select_index(view, platforms)


def mismatch(image: Image, platforms: Sequence[Platform]) -> str | None:
    """Describe that an image is for none of these platforms; None if it is, or has no platform."""
    there = platform_of(image)
    if there is None or any(there.serves(platform) for platform in platforms):
        return None
    return f"the image is for {there}, not for {' or '.join(map(str, platforms))}"


def digest_of(view: View, platform: Platform | None, listener: Listener = ignore) -> Digest:
    """Return the digest of a view or, with `platform`, of its image for that, which is not read."""
    if platform is None:
        return view.digest
    if isinstance(view, Image):
        return narrowed(view, (platform,), listener).digest
    return select_entry(view, platform).digest

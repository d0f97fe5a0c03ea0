"""rebase: an image, or every image of an index, put onto another base."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache
from typing import TYPE_CHECKING

from pycrane._client.inputs import AnyImage, Platforms, Target, platforms_of
from pycrane._client.platforms import narrowed
from pycrane._client.working import working, write
from pycrane._errors import InvalidReferenceError, MalformedError, PlatformNotFoundError, PycraneError, doing
from pycrane._events import Warned
from pycrane._image.select import select_image
from pycrane._image.view import Image, Index, View, platform_of
from pycrane._mutate.each_image import edit_each
from pycrane._mutate.rebase import rebase_image
from pycrane._oci.annotations import BASE_DIGEST, BASE_NAME
from pycrane._oci.platform import Platform
from pycrane._reference import Reference, parse_reference
from pycrane._transports.location import Location
from pycrane._transports.table import locate

if TYPE_CHECKING:
    from pycrane._client.base import Base


def rebase(
    client: Base,
    source: AnyImage,
    target: Target,
    *,
    old_base: AnyImage | None = None,
    new_base: AnyImage | None = None,
    platforms: Platforms = (),
) -> Reference:
    """Push an image, or an index with all its images, put onto another base. Returns it by digest.

    A base that is an index stands for its image of the same platform. Bases that are not given are those
    of the image's own annotations.

    Raises:
        NotBasedError: it does not begin with the layers of the old base.
        PlatformNotFoundError: a base has no image for the platform.
    """
    origin, place = locate(source), locate(target)
    wanted = platforms_of(platforms)
    old, new = (None if base is None else locate(base) for base in (old_base, new_base))
    with working(client, f"rebasing {origin.text}", origin, place):
        view = narrowed(client.open(origin), wanted)
        rebaser = _Rebaser(client, old, new, several=isinstance(view, Index))
        only = wanted[0] if len(wanted) == 1 and isinstance(view, Image) else None
        result = edit_each(view, lambda image: rebaser.rebased(image, only))
        if result.digest == view.digest:
            client.listener(Warned("rebasing was no-op"))
        return write(client, result, place)


class _Rebaser:
    """Finds the bases of images; each is asked for once."""

    def __init__(self, client: Base, old: Location | None, new: Location | None, *, several: bool) -> None:
        self._old = old
        self._new = new
        self._several = several
        self._open = cache(client.open)

    def rebased(self, image: Image, wanted: Platform | None) -> Image:
        """The image on its new base: the one for its own platform, or for `wanted` if it has none."""
        named_new = self._new or locate(self._annotated_new(image))
        named_old = self._old or self._annotated_old(image, named_new)
        platform = wanted or platform_of(image)
        with doing(f"new base {named_new.text}"):
            new_view = self._open(named_new)
            new = self._selected(new_view, platform)
        with doing(f"old base {named_old.text}"):
            old = self._selected(self._open(named_old), platform)
        annotations = {BASE_DIGEST: str(new_view.digest)}
        if named_new.reference is not None:
            annotations[BASE_NAME] = named_new.text
        return rebase_image(image, old, new, annotations)

    def _selected(self, base: View, platform: Platform | None) -> Image:
        """The image of a base for this platform; images for several platforms do not go onto one for one."""
        image = select_image(base, platform)
        there = platform_of(image)
        if self._several and platform and there:
            wish = Platform(platform.os, platform.architecture, platform.variant)
            if not there.serves(wish):
                hint = "name a base that is an index, or choose an image with --platform"
                raise PlatformNotFoundError(f"base is for {there}, image is for {platform}", hint=hint)
        return image

    def _annotated_new(self, image: Image) -> Reference:
        name = image.manifest.annotations.get(BASE_NAME)
        if not name:
            raise PycraneError(
                "could not determine new base image from annotations", hint="name it with --new_base"
            )
        with _annotation(BASE_NAME, "name it with --new_base"):
            return parse_reference(name)

    def _annotated_old(self, image: Image, new: Location) -> Location:
        digest = image.manifest.annotations.get(BASE_DIGEST)
        hint = "name it with --old_base"
        if not digest:
            raise PycraneError("could not determine old base image by digest from annotations", hint=hint)
        base = new.reference or self._annotated_new(image)
        with _annotation(BASE_DIGEST, hint):
            return locate(base.repository.digest(digest))


@contextmanager
def _annotation(key: str, hint: str) -> Iterator[None]:
    """Raise MalformedError for an annotation that is not a valid name."""
    try:
        yield
    except InvalidReferenceError as error:
        raise MalformedError(f"annotation {key}: {error}", hint=hint) from error

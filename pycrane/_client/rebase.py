"""rebase: an image, or every image of an index, put onto another base."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cache, partial
from typing import TYPE_CHECKING

from pycrane._client.platforms import narrowed
from pycrane._client.subject import Subject, name_of, opened, working
from pycrane._client.targets import Target, write
from pycrane._errors import InvalidReferenceError, PlatformNotFoundError, PycraneError, doing
from pycrane._events import Warned
from pycrane._image.select import select_image
from pycrane._image.view import Image, Index, View, platform_of
from pycrane._mutate.each_image import edit_each
from pycrane._mutate.rebase import rebase_image
from pycrane._oci.annotations import BASE_DIGEST, BASE_NAME
from pycrane._oci.platform import Platform
from pycrane._reference import Reference, parse_reference
from pycrane._transfer.engine import DEFAULT_JOBS

if TYPE_CHECKING:
    from pycrane._registry.client import RegistryClient


def rebase(
    client: RegistryClient,
    source: Subject,
    target: Target,
    *,
    old_base: Subject | None = None,
    new_base: Subject | None = None,
    platforms: Sequence[Platform] = (),
    jobs: int = DEFAULT_JOBS,
) -> Reference:
    """Put an image, or all images of an index or those for `platforms`, onto `new_base`.

    Bases that are not named are taken from the image's own annotations. A base that is an index stands for
    its image of the same platform. Returns the result by digest.

    Raises:
        PycraneError: it is not based on the old base, a base is not known or cannot be read; nothing was
            written. Or it cannot be written.
    """
    with working(client, f"rebasing {name_of(source)}", source, target.repository):
        view = narrowed(opened(client, source), platforms)
        rebaser = _Rebaser(client, old_base, new_base, several=isinstance(view, Index))
        wanted = platforms[0] if len(platforms) == 1 and isinstance(view, Image) else None
        result = edit_each(view, lambda image: rebaser.rebased(image, wanted))
        if result.digest == view.digest:
            client.session.listener(Warned("rebasing was no-op"))
        return write(client, result, target, jobs)


class _Rebaser:
    """Finds the bases of images; each is asked for once."""

    def __init__(
        self, client: RegistryClient, old: Subject | None, new: Subject | None, *, several: bool
    ) -> None:
        self._old = old
        self._new = new
        self._several = several
        self._open = cache(partial(opened, client))

    def rebased(self, image: Image, wanted: Platform | None) -> Image:
        """The image on its new base: the one for its own platform, or for `wanted` if it has none."""
        named_new = self._new or self._annotated_new(image)
        named_old = self._old or self._annotated_old(image, named_new)
        platform = wanted or platform_of(image)
        with doing(f"new base {name_of(named_new)}"):
            new_view = self._open(named_new)
            new = self._selected(new_view, platform)
        with doing(f"old base {name_of(named_old)}"):
            old = self._selected(self._open(named_old), platform)
        annotations = {BASE_DIGEST: str(new_view.digest)}
        if isinstance(named_new, Reference):
            annotations[BASE_NAME] = name_of(named_new)
        return rebase_image(image, old, new, annotations)

    def _selected(self, base: View, platform: Platform | None) -> Image:
        """The image of a base for this platform; images for several platforms do not go onto one for one."""
        image = select_image(base, platform)
        there = platform_of(image)
        if self._several and platform and there:
            wish = Platform(platform.os, platform.architecture, platform.variant)
            if not there.serves(wish):
                hint = "name a base that is an index, or choose an image with --platform"
                raise PlatformNotFoundError(f"it is for {there}, found an image for {platform}", hint=hint)
        return image

    def _annotated_new(self, image: Image) -> Reference:
        name = image.manifest.annotations.get(BASE_NAME)
        if not name:
            raise PycraneError(
                "could not determine new base image from annotations", hint="name it with --new_base"
            )
        return parse_reference(name)

    def _annotated_old(self, image: Image, new: Subject) -> Reference:
        digest = image.manifest.annotations.get(BASE_DIGEST)
        hint = "name it with --old_base"
        if not digest:
            raise PycraneError("could not determine old base image by digest from annotations", hint=hint)
        if not isinstance(new, Reference):
            new = self._annotated_new(image)
        try:
            return new.repository.digest(digest)
        except InvalidReferenceError as error:
            error.hint = hint
            raise

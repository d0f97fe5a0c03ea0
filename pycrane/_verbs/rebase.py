"""rebase: an image, or every image of an index, put onto another base."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cache
from typing import TYPE_CHECKING

from pycrane._errors import InvalidReferenceError, PycraneError, doing
from pycrane._events import Warned
from pycrane._image.select import select_image
from pycrane._image.view import Image, View, platform_of
from pycrane._mutate.append import BASE_DIGEST, BASE_NAME
from pycrane._mutate.index import edit_images
from pycrane._mutate.rebase import rebase_image
from pycrane._oci.platform import Platform
from pycrane._reference import Reference, parse_reference
from pycrane._transfer.engine import DEFAULT_JOBS
from pycrane._verbs.platforms import narrowed
from pycrane._verbs.targets import Target, write

if TYPE_CHECKING:
    from pycrane._registry.client import RegistryClient


def rebase(
    client: RegistryClient,
    source: Reference,
    target: Target,
    *,
    old_base: Reference | None = None,
    new_base: Reference | None = None,
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
    with doing(f"rebasing {source.text or source}"):
        client.session.expect(target.reference.repository, "pull", "push")
        view = narrowed(client.open(source), platforms)
        rebaser = _Rebaser(client, old_base, new_base)
        result: View
        if isinstance(view, Image):
            wanted = platforms[0] if len(platforms) == 1 else None
            result = rebaser.rebased(view, wanted)
        else:
            result = edit_images(view, lambda image: rebaser.rebased(image, None))
        if result.digest == view.digest:
            client.session.listener(Warned("rebasing was no-op"))
        return write(client, result, target, jobs)


class _Rebaser:
    """Finds the bases of images; each is asked for once."""

    def __init__(self, client: RegistryClient, old: Reference | None, new: Reference | None) -> None:
        self._old = old
        self._new = new
        self._open = cache(client.open)

    def rebased(self, image: Image, wanted: Platform | None) -> Image:
        """The image on its new base: the one for its own platform, or for `wanted` if it has none."""
        new_name = self._new or self._annotated_new(image)
        old_name = self._old or self._annotated_old(image, new_name)
        platform = wanted or platform_of(image)
        with doing(f"new base {new_name.text or new_name}"):
            new_view = self._open(new_name)
            new = select_image(new_view, platform)
        with doing(f"old base {old_name.text or old_name}"):
            old = select_image(self._open(old_name), platform)
        annotations = {
            BASE_DIGEST: str(new_view.digest),
            BASE_NAME: new_name.text or new_name.name,
        }
        return rebase_image(image, old, new, annotations)

    def _annotated_new(self, image: Image) -> Reference:
        name = image.manifest.annotations.get(BASE_NAME)
        if not name:
            raise PycraneError(
                "could not determine new base image from annotations", hint="name it with --new_base"
            )
        return parse_reference(name)

    def _annotated_old(self, image: Image, new: Reference) -> Reference:
        digest = image.manifest.annotations.get(BASE_DIGEST)
        hint = "name it with --old_base"
        if not digest:
            raise PycraneError("could not determine old base image by digest from annotations", hint=hint)
        try:
            return new.repository.digest(digest)
        except InvalidReferenceError as error:
            error.hint = hint
            raise

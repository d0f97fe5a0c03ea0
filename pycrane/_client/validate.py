"""validate: whether a registry, an archive or a layout holds well-formed images, with every layer."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from pycrane._archive.saved_image import SavedContent
from pycrane._client.inputs import AnyImage, Platforms, platforms_of
from pycrane._client.platforms import narrowed
from pycrane._client.working import watched
from pycrane._errors import NotFoundError, doing
from pycrane._image.validate import FAULTS, Look
from pycrane._image.validate import validate as validate_view
from pycrane._image.validate_layer import examine
from pycrane._image.view import Layer, View
from pycrane._oci.digest import Digest
from pycrane._transports.location import Location
from pycrane._transports.table import locate

if TYPE_CHECKING:
    from pycrane._client.base import Base


def validate(client: Base, source: AnyImage, *, platforms: Platforms = (), fast: bool = False) -> list[str]:
    """List what is wrong with an image or index and all below it, one line each; all layers are read.

    With `fast` layers are only looked for, where they are in a registry or on disk. Of an index it is all
    images, or those for `platforms`; of an archive or layout all images.

    Raises:
        NotFoundError: there is no such image; what is wrong with one that is there is no error.
    """
    place, wanted = locate(source), platforms_of(platforms)
    with doing(f"validating {place.text}", reference=place.reference, path=place.path):
        try:
            with place.open(client.registry) as opened:
                if wanted:
                    views = [narrowed(entry.open(), wanted, client.listener) for entry in opened.entries]
                else:
                    views = list(place.tops(opened))
                problems = [] if views else ["it holds no image"]
                for view in views:
                    look = partial(_missing, client, place) if fast else _look(view)
                    problems += validate_view(watched(client, view), look, client.workers.map)
        except NotFoundError:
            raise
        except FAULTS as error:
            return [error.message]
        return problems + place.problems()


def _look(view: View) -> Look:
    # Nothing in a docker-save archive says how a layer is compressed: its type is made up.
    return partial(examine, trust_type=not isinstance(view.content, SavedContent))


def _missing(client: Base, place: Location, layer: Layer, diff_id: Digest | None) -> list[str]:
    return place.missing(client.registry, layer)

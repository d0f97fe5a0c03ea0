"""A manifest written without all that it names: for those who want the manifest, or some layers."""

from __future__ import annotations

from collections.abc import Collection
from typing import TYPE_CHECKING

from pycrane._client.working import working
from pycrane._errors import NotFoundError, about
from pycrane._image.medium import Item
from pycrane._image.view import Image, View
from pycrane._oci.digest import Digest
from pycrane._transfer.engine import execute
from pycrane._transfer.plan import Plan, PlannedBlob
from pycrane._transports.location import Location

if TYPE_CHECKING:
    from pycrane._client.base import Base


def copy_partly(
    client: Base, source: Location, view: View, target: Location, blobs: Collection[Digest]
) -> None:
    """Write the manifest of a view, and of the blobs that it names only these.

    Raises:
        NotFoundError: the manifest names no such blob.
        PycraneError: a blob cannot be read, or the target refuses such a manifest.
    """
    named = view.manifest.layers if isinstance(view, Image) else ()
    found = {layer.digest: PlannedBlob(layer, view.content) for layer in named if layer.digest in blobs}
    with working(client, f"copying {source.text} to {target.text}", source, target):
        for digest in blobs:
            if digest not in found:
                raise NotFoundError(f"{view.digest} names no layer {digest}", status=404)
        work = Plan((), ((Item(view, target.name_for(view)),),), tuple(found.values()))
        with target.sink(client.registry) as sink, about(target.reference, path=target.path):
            execute(work, sink, client.workers, client.listener)

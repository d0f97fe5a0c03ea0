"""append: an image, or every image of an index, with more layers on top."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from pycrane._client.inputs import AnyImage, PathName, Platforms, Target, platforms_of
from pycrane._client.new_layers import NewLayers
from pycrane._client.platforms import narrowed
from pycrane._client.working import check_fits, move, working
from pycrane._errors import UnsupportedError, about
from pycrane._image.empty import empty_image
from pycrane._image.medium import Item
from pycrane._image.view import Layer, View
from pycrane._layers.compression.kinds import Compression, compression_of
from pycrane._layers.local import LayerFiles
from pycrane._mutate.config import ConfigEdit, edit_config
from pycrane._reference import Reference
from pycrane._transports.table import locate

if TYPE_CHECKING:
    from pycrane._client.base import Base


def append(
    client: Base,
    base: AnyImage | None,
    layers: Sequence[PathName | Layer | None],
    target: Target,
    *,
    platforms: Platforms = (),
    annotate_base: bool = False,
    oci_empty_base: bool = False,
    compression: Compression | str | None = None,
    level: int | None = None,
) -> Reference:
    """Push `base` (None: an empty image) with layers on top, on every platform or on `platforms`.

    Layers are views or paths of tarballs (None: standard input). Those of paths are compressed as
    `compression` and `level` say, without that only if they are plain. `annotate_base` notes a base that is a
    name as the base of the result. Returns the result by digest.

    Raises:
        LayerError: a path is not a tarball.
        UnsupportedError: the compression has no such level, or the target cannot hold an index.
    """
    place, below = locate(target), None if base is None else locate(base)
    what = f"making {place.text}" if below is None else f"appending to {below.text}"
    wanted = None if compression is None else compression_of(compression)
    with (
        working(client, what, below or place, place),
        LayerFiles(wanted, level, limits=client.registry.session.limits, listener=client.listener) as files,
    ):
        bottom = _base(client, base, platforms, oci_empty_base)
        check_fits(bottom, place)
        named = below.reference if annotate_base and below is not None else None
        result = NewLayers(files, layers, client.workers).put_on(bottom, based_on=named)
        with about(place.reference, path=place.path), place.sink(client.registry) as sink:
            move(client, [Item(result, place.name_for(result))], sink, place.text)
    return place.written(result.digest)


def _base(client: Base, base: AnyImage | None, platforms: Platforms, oci: bool) -> View:
    wanted = platforms_of(platforms)
    if base is not None:
        return narrowed(client.open(base), wanted)
    if len(wanted) > 1:
        raise UnsupportedError(
            f"an image without a base is for one platform, found {len(wanted)}", hint="name one --platform"
        )
    empty = empty_image(oci=oci)
    return edit_config(empty, ConfigEdit(platform=wanted[0])) if wanted else empty

"""mutate: the configuration and annotations of an image, or of every image of an index, changed."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from pycrane._client.inputs import AnyImage, PathName, Platforms, Target, platforms_of, recompression_of
from pycrane._client.new_layers import NewLayers
from pycrane._client.platforms import narrowed
from pycrane._client.working import watched, working, write
from pycrane._image.view import Layer
from pycrane._layers.compression.kinds import Compression
from pycrane._layers.local import LayerFiles
from pycrane._mutate.config import ConfigEdit, edit_config
from pycrane._reference import Reference
from pycrane._transports.table import locate

if TYPE_CHECKING:
    from pycrane._client.base import Base


def mutate(
    client: Base,
    source: AnyImage,
    target: Target,
    edit: ConfigEdit,
    *,
    layers: Sequence[PathName | Layer | None] = (),
    layer_history: Mapping[str, Any] | None = None,
    compression: Compression | str | None = None,
    level: int | None = None,
    platforms: Platforms = (),
) -> Reference:
    """Push an image, or an index with all its images or those for `platforms`, changed as `edit` says.

    `layers` are views or paths of tarballs that are put on top (None: standard input), each with
    `layer_history` as its entry in the history. `compression` and `level` compress all layers anew but those
    that are views. Returns the result by digest.

    Raises:
        UnsupportedError: an artifact has no configuration to change, or the compression no such level.
        LayerError: a path is not a tarball.
    """
    origin, place = locate(source), locate(target)
    recompression = recompression_of(compression, level)
    with (
        working(client, f"changing {origin.text}", origin, place),
        LayerFiles(*recompression, limits=client.registry.session.limits, listener=client.listener) as files,
        recompression.applied(client.workers, client.registry.session.limits) as recompressed,
    ):
        # What is put on top is made as it is wanted, so only what is below it is compressed anew.
        view = recompressed(watched(client, narrowed(client.open(origin), platforms_of(platforms))))
        view = NewLayers(files, layers, client.workers).put_on(view, history=layer_history)
        return write(client, edit_config(view, edit), place)

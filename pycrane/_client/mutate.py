"""mutate: the configuration and annotations of an image, or of every image of an index, changed."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from pycrane._client.new_layers import NewLayers
from pycrane._client.platforms import narrowed
from pycrane._client.recompressing import AS_THEY_ARE, Recompression
from pycrane._client.subject import Subject, name_of, opened, working
from pycrane._client.targets import Target, write
from pycrane._image.view import Layer
from pycrane._layers.local import LayerFiles
from pycrane._mutate.config import ConfigEdit, edit_config
from pycrane._oci.platform import Platform
from pycrane._reference import Reference
from pycrane._transfer.engine import DEFAULT_JOBS

if TYPE_CHECKING:
    from pycrane._registry.client import RegistryClient


def mutate(
    client: RegistryClient,
    source: Subject,
    target: Target,
    edit: ConfigEdit,
    *,
    layers: Sequence[Path | Layer | None] = (),
    layer_history: Mapping[str, Any] | None = None,
    recompression: Recompression = AS_THEY_ARE,
    platforms: Sequence[Platform] = (),
    jobs: int = DEFAULT_JOBS,
) -> Reference:
    """Change an image, or all images of an index or those for `platforms`; returns the result by digest.

    `layers` are views or tarballs to put on top first (None: standard input), each with `layer_history` as
    its entry. `recompression` is for all layers of the result, but for those that are views.

    Raises:
        PycraneError: it cannot be read, changed or written; what was there stays.
    """
    with (
        working(client, f"changing {name_of(source)}", source, target.repository),
        LayerFiles(*recompression) as files,
        recompression.applied(jobs) as recompressed,
    ):
        # What is put on top is made as it is wanted, so only what is below it is compressed anew.
        view = recompressed(narrowed(opened(client, source), platforms))
        view = NewLayers(files, layers, jobs).put_on(view, history=layer_history)
        return write(client, edit_config(view, edit), target, jobs)

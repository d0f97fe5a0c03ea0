"""mutate: the configuration and annotations of an image, or of every image of an index, changed."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from pycrane.errors import doing
from pycrane.image.view import Image, View
from pycrane.layers.file import LayerFiles
from pycrane.mutate.append import append_layers, append_to_index, layer_of
from pycrane.mutate.config import ConfigEdit, edit_config, edit_configs
from pycrane.oci.platform import Platform
from pycrane.reference import Reference
from pycrane.transfer.engine import DEFAULT_JOBS
from pycrane.transfer.workers import Workers
from pycrane.verbs.platforms import narrowed
from pycrane.verbs.targets import Target, write

if TYPE_CHECKING:
    from pycrane.registry.client import RegistryClient


def mutate(
    client: RegistryClient,
    source: Reference,
    target: Target,
    edit: ConfigEdit,
    *,
    layers: Sequence[Path | None] = (),
    layer_history: Mapping[str, Any] | None = None,
    platforms: Sequence[Platform] = (),
    jobs: int = DEFAULT_JOBS,
) -> Reference:
    """Change an image, or all images of an index or those for `platforms`; returns the result by digest.

    `layers` are tarballs to put on top first (None: standard input), each with `layer_history` as its entry.

    Raises:
        PycraneError: it cannot be read, changed or written; what was there stays.
    """
    with doing(f"changing {source.text or source}"), LayerFiles() as files:
        client.session.expect(source.repository, "pull")
        if target.repository is not None:
            client.session.expect(target.repository, "pull", "push")
        view = narrowed(client.open(source), platforms)
        new = [layer_of(file) for file in Workers(jobs).map(files.read, layers)]
        if new:
            view = (
                append_layers(view, new, history=layer_history)
                if isinstance(view, Image)
                else append_to_index(view, new, history=layer_history)
            )
        return write(client, _edited(view, edit), target, jobs)


def _edited(view: View, edit: ConfigEdit) -> View:
    return edit_config(view, edit) if isinstance(view, Image) else edit_configs(view, edit)

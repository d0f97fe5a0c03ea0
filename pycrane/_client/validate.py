"""validate: whether what a registry, a tarball or a layout holds is well-formed, with every layer of it."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from pycrane._archive.layout import INDEX_JSON, OCI_LAYOUT, Layout
from pycrane._archive.saved_image import SavedContent
from pycrane._archive.source import open_path
from pycrane._client.platforms import narrowed
from pycrane._errors import ArchiveError, NotFoundError, doing
from pycrane._image.validate import FAULTS, Look
from pycrane._image.validate import validate as validate_view
from pycrane._image.validate_layer import examine
from pycrane._image.view import Layer, View
from pycrane._oci import media_types
from pycrane._oci.digest import Digest
from pycrane._oci.platform import Platform
from pycrane._reference import Reference, Repository
from pycrane._transfer.engine import DEFAULT_JOBS
from pycrane._transfer.workers import Workers

if TYPE_CHECKING:
    from pycrane._registry.client import RegistryClient


def validate_remote(
    client: RegistryClient,
    reference: Reference,
    *,
    platforms: Sequence[Platform] = (),
    fast: bool = False,
    jobs: int = DEFAULT_JOBS,
) -> list[str]:
    """What is wrong with an image or index in a registry, one line each.

    Layers are downloaded, each once; with `fast` the registry is only asked whether it has them.

    Raises:
        PycraneError: there is no such image, or it cannot be had for a reason that lies outside of it.
    """
    look = partial(_is_in_registry, client, reference.repository) if fast else examine
    with doing(f"validating {reference.text or reference}", reference=reference):
        try:
            view = narrowed(client.open(reference), platforms)
        except NotFoundError:
            raise
        except FAULTS as error:
            return [error.message]
        return validate_view(view, look, Workers(jobs).map)


def validate_path(
    path: Path | None,
    *,
    platforms: Sequence[Platform] = (),
    fast: bool = False,
    jobs: int = DEFAULT_JOBS,
) -> list[str]:
    """What is wrong with all images of a tarball or layout (None: standard input), one line each.

    With `fast` layers are opened and not read.

    Raises:
        PycraneError: it cannot be read, for a reason that lies outside of it.
    """
    with doing(f"validating {path or 'standard input'}", path=path):
        try:
            with open_path(path) as source:
                entries = [narrowed(entry.open(), platforms) for entry in source.entries]
                views = [source.index] if isinstance(source, Layout) and not platforms else entries
                problems = [] if entries else ["it holds no image"]
                for view in views:
                    problems += validate_view(view, _look_at_local(view, fast), Workers(jobs).map)
        except FAULTS as error:
            return [error.message]
        return problems + _missing_version(path)


def _look_at_local(view: View, fast: bool) -> Look:
    if fast:
        return _can_be_opened
    # Nothing in a docker-save archive says how a layer is compressed: its type is made up.
    return partial(examine, trust_type=not isinstance(view.content, SavedContent))


def _missing_version(path: Path | None) -> list[str]:
    layout = path is not None and (path / INDEX_JSON).exists() and not (path / OCI_LAYOUT).exists()
    return [f"layout {path} has no file {OCI_LAYOUT}"] if layout else []


def _can_be_opened(layer: Layer, diff_id: Digest | None) -> list[str]:
    try:
        layer.compressed().close()
    except ArchiveError as error:
        return [error.message]
    return []


def _is_in_registry(
    client: RegistryClient, repository: Repository, layer: Layer, diff_id: Digest | None
) -> list[str]:
    foreign = layer.media_type in media_types.FOREIGN_LAYERS and layer.descriptor.urls
    if foreign or client.has_blob(repository, layer.digest):
        return []
    return [f"layer {layer.digest} is not in {repository}"]

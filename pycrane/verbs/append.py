"""append: an image, or every image of an index, with more layers on top; pushed or written to a tarball."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from pycrane.archive.docker_sink import DockerArchiveSink
from pycrane.errors import UnsupportedError, doing
from pycrane.image.empty import empty_image
from pycrane.image.medium import Item, Sink
from pycrane.image.view import Image, Index, Layer, View
from pycrane.layers.file import LayerFiles
from pycrane.mutate.append import append_layers, append_to_index, layer_of
from pycrane.oci.platform import Platform
from pycrane.reference import Reference
from pycrane.transfer.engine import DEFAULT_JOBS, transfer
from pycrane.transfer.workers import Workers
from pycrane.verbs.platforms import narrowed

if TYPE_CHECKING:
    from pycrane.registry.client import RegistryClient


def append(
    client: RegistryClient,
    base: Reference | View | None,
    layers: Sequence[Path | Layer | None],
    target: Reference,
    *,
    output: Path | None = None,
    platforms: Sequence[Platform] = (),
    annotate_base: bool = False,
    oci_empty_base: bool = False,
    jobs: int = DEFAULT_JOBS,
) -> Reference:
    """Put layers on top of `base` (None: nothing), and return the result by digest.

    A layer is a view of one, or a tarball's path (None: standard input).

    It is pushed as `target`, or written to the tarball `output` under that name. A base that is an index is
    appended to for all its platforms, or for those of `platforms`.

    Raises:
        PycraneError: the base or a layer cannot be read, the result cannot be written; what was there stays.
    """
    name = target.text or target.name
    with doing(f"making {name}" if base is None else f"appending to {_name(base)}"):
        if isinstance(base, Reference):
            client.session.expect(base.repository, "pull")
        if output is None:
            client.session.expect(target.repository, "pull", "push")
        with LayerFiles() as files:
            bottom = _base(client, base, platforms, oci_empty_base)
            if output is not None and isinstance(bottom, Index):
                raise UnsupportedError(
                    "the base is an index, and a tarball holds one image", hint="name one --platform"
                )
            new = Workers(jobs).map(lambda each: _layer(files, each), layers)
            named = base if annotate_base and isinstance(base, Reference) else None
            result = _appended(bottom, new, named)
            item = Item(result, target.identifier if output is None else name)
            with _sink(client, target, output) as sink:
                transfer([item], sink, jobs=jobs, listener=client.session.listener)
    return target.with_digest(result.digest)


def _name(base: Reference | View) -> str:
    return base.text or base.name if isinstance(base, Reference) else str(base.digest)


def _layer(files: LayerFiles, layer: Path | Layer | None) -> Layer:
    return layer if isinstance(layer, Layer) else layer_of(files.read(layer))


def _base(
    client: RegistryClient, base: Reference | View | None, platforms: Sequence[Platform], oci: bool
) -> View:
    if base is None:
        return empty_image(oci=oci)
    return narrowed(client.open(base) if isinstance(base, Reference) else base, platforms)


def _appended(base: View, layers: Sequence[Layer], based_on: Reference | None) -> View:
    if isinstance(base, Image):
        return append_layers(base, layers, based_on=based_on)
    return append_to_index(base, layers, based_on=based_on)


def _sink(client: RegistryClient, target: Reference, output: Path | None) -> Sink:
    return client.sink(target.repository) if output is None else DockerArchiveSink(output)

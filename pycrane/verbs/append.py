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
    base: Reference | None,
    layers: Sequence[Path | None],
    target: Reference,
    *,
    output: Path | None = None,
    platforms: Sequence[Platform] = (),
    annotate_base: bool = False,
    oci_empty_base: bool = False,
    jobs: int = DEFAULT_JOBS,
) -> Reference:
    """Put tarballs (None: standard input) on top of `base` (None: nothing), and return the result by digest.

    It is pushed as `target`, or written to the tarball `output` under that name. A base that is an index is
    appended to for all its platforms, or for those of `platforms`.

    Raises:
        PycraneError: the base or a layer cannot be read, the result cannot be written; what was there stays.
    """
    with doing(f"appending to {base.text or base}" if base else f"making {target.text or target}"):
        if base is not None:
            client.session.expect(base.repository, "pull")
        if output is None:
            client.session.expect(target.repository, "pull", "push")
        with LayerFiles() as files:
            bottom = _base(client, base, platforms, oci_empty_base)
            if output is not None and isinstance(bottom, Index):
                raise UnsupportedError(
                    "the base is an index, and a tarball holds one image", hint="name one --platform"
                )
            new = [layer_of(file) for file in Workers(jobs).map(files.read, layers)]
            result = _appended(bottom, new, base if annotate_base else None)
            name = target.identifier if output is None else target.text or target.name
            with _sink(client, target, output) as sink:
                transfer([Item(result, name)], sink, jobs=jobs, listener=client.session.listener)
    return target.with_digest(result.digest)


def _base(client: RegistryClient, base: Reference | None, platforms: Sequence[Platform], oci: bool) -> View:
    return empty_image(oci=oci) if base is None else narrowed(client.open(base), platforms)


def _appended(base: View, layers: Sequence[Layer], based_on: Reference | None) -> View:
    if isinstance(base, Image):
        return append_layers(base, layers, based_on=based_on)
    return append_to_index(base, layers, based_on=based_on)


def _sink(client: RegistryClient, target: Reference, output: Path | None) -> Sink:
    return client.sink(target.repository) if output is None else DockerArchiveSink(output)

"""append: an image, or every image of an index, with more layers on top; pushed or written to a tarball."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from pycrane._archive.docker_sink import DockerArchiveSink
from pycrane._client.new_layers import NewLayers
from pycrane._client.platforms import narrowed
from pycrane._client.subject import Subject, name_of, opened, working
from pycrane._errors import UnsupportedError, about
from pycrane._image.empty import empty_image
from pycrane._image.medium import Item, Sink
from pycrane._image.view import Index, Layer, View
from pycrane._layers.compression.kinds import Compression
from pycrane._layers.local import LayerFiles
from pycrane._mutate.config import ConfigEdit, edit_config
from pycrane._oci.platform import Platform
from pycrane._reference import Reference
from pycrane._transfer.engine import DEFAULT_JOBS, transfer

if TYPE_CHECKING:
    from pycrane._registry.client import RegistryClient


def append(
    client: RegistryClient,
    base: Subject | None,
    layers: Sequence[Path | Layer | None],
    target: Reference,
    *,
    output: Path | None = None,
    platforms: Sequence[Platform] = (),
    annotate_base: bool = False,
    oci_empty_base: bool = False,
    compression: Compression | None = None,
    level: int | None = None,
    jobs: int = DEFAULT_JOBS,
) -> Reference:
    """Put layers on top of `base` (None: nothing), and return the result by digest.

    A layer is a view of one, or a tarball's path (None: standard input).

    It is pushed as `target`, or written to the tarball `output` under that name. A base that is an index is
    appended to for all its platforms, or for those of `platforms`. The new layers are compressed as
    `compression` and `level` say; without, those that are compressed stay as they are.

    Raises:
        PycraneError: the base or a layer cannot be read, the result cannot be written; what was there stays.
    """
    name = target.text or target.name
    what = f"making {name}" if base is None else f"appending to {name_of(base)}"
    pushed_to = target.repository if output is None else None
    with working(client, what, base or target, pushed_to), LayerFiles(compression, level) as files:
        bottom = _base(client, base, platforms, oci_empty_base)
        if output is not None and isinstance(bottom, Index):
            raise UnsupportedError(
                "the base is an index, and a tarball holds one image", hint="name one --platform"
            )
        named = base if annotate_base and isinstance(base, Reference) else None
        result = NewLayers(files, layers, jobs).put_on(bottom, based_on=named)
        item = Item(result, target.identifier if output is None else name)
        with about(target, path=output), _sink(client, target, output) as sink:
            transfer([item], sink, jobs=jobs, listener=client.session.listener)
    return target.with_digest(result.digest)


def _base(client: RegistryClient, base: Subject | None, platforms: Sequence[Platform], oci: bool) -> View:
    if base is not None:
        return narrowed(opened(client, base), platforms)
    if len(platforms) > 1:
        raise UnsupportedError(
            f"an image without a base is for one platform, found {len(platforms)}", hint="name one --platform"
        )
    empty = empty_image(oci=oci)
    return edit_config(empty, ConfigEdit(platform=platforms[0])) if platforms else empty


def _sink(client: RegistryClient, target: Reference, output: Path | None) -> Sink:
    return client.sink(target.repository) if output is None else DockerArchiveSink(output)

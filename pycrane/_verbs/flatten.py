"""flatten: an image, or every image of an index, with all its layers made one."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import closing
from typing import TYPE_CHECKING

from pycrane._errors import UnsupportedError, doing
from pycrane._events import Warned
from pycrane._image.view import Image, View
from pycrane._layers.compression import Compression
from pycrane._layers.file import LayerFiles
from pycrane._mutate.append import layer_of
from pycrane._mutate.flatten import flatten as with_one_layer
from pycrane._mutate.flattened import flattened
from pycrane._mutate.index import edit_images, is_attestation
from pycrane._mutate.rewrite import is_runnable
from pycrane._oci.clock import now
from pycrane._oci.descriptor import Descriptor
from pycrane._oci.platform import Platform
from pycrane._reference import Reference
from pycrane._transfer.engine import DEFAULT_JOBS
from pycrane._verbs.platforms import narrowed
from pycrane._verbs.targets import Target, write

if TYPE_CHECKING:
    from pycrane._registry.client import RegistryClient

GZIP_LEVEL = 6
"""The level of gzip where none is named: what is flattened is written once and pulled often."""


def flatten(
    client: RegistryClient,
    source: Reference,
    target: Target,
    *,
    compression: Compression = Compression.GZIP,
    level: int | None = None,
    platforms: Sequence[Platform] = (),
    jobs: int = DEFAULT_JOBS,
) -> Reference:
    """Flatten an image, or all images of an index or those for `platforms`; returns the result by digest.

    Attestations in an index are left out with a warning: they describe layers that are gone. `level` is the
    compression's, None its default. A layer lies in a temporary file until it is pushed.

    Raises:
        UnsupportedError: it is an artifact, or the compression has no such level.
        PycraneError: it cannot be read or written; what was there stays.
    """
    if level is None and compression is Compression.GZIP:
        level = GZIP_LEVEL
    with doing(f"flattening {source.text or source}"), LayerFiles(compression, level) as files:
        client.session.expect(source.repository, "pull")
        if target.repository is not None:
            client.session.expect(target.repository, "pull", "push")
        view = narrowed(client.open(source), platforms)
        flattener = _Flattener(files)
        result = flattener.flattened(view)
        if flattener.left_out:
            text = f"{flattener.left_out} attestations of the unflattened images are left out"
            client.session.listener(Warned(text))
        return write(client, result, target, jobs)


class _Flattener:
    def __init__(self, files: LayerFiles) -> None:
        self._files = files
        self._created = now()
        self.left_out = 0

    def flattened(self, view: View) -> View:
        return self._image(view) if isinstance(view, Image) else edit_images(view, self._image, self._keeps)

    def _image(self, image: Image) -> Image:
        if not is_runnable(image):
            raise UnsupportedError(f"{image.digest} is an artifact: it has no file system to flatten")
        with doing(f"image {image.digest}"), closing(flattened(image)) as stream:
            layer = layer_of(self._files.read(stream))
        return with_one_layer(image, layer, created=self._created)

    def _keeps(self, entry: Descriptor) -> bool:
        attestation = is_attestation(entry)
        self.left_out += attestation
        return not attestation

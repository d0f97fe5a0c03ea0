"""flatten: an image, or every image of an index, with all its layers made one."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from pycrane._client.platforms import narrowed
from pycrane._client.subject import Subject, name_of, opened, working
from pycrane._client.targets import Target, write
from pycrane._events import Warned
from pycrane._layers.compression.kinds import Compression
from pycrane._layers.local import LayerFiles
from pycrane._mutate.append import layer_of
from pycrane._mutate.flatten import flatten_each, flatten_level, is_no_attestation
from pycrane._oci.clock import now
from pycrane._oci.descriptor import Descriptor
from pycrane._oci.platform import Platform
from pycrane._reference import Reference
from pycrane._transfer.engine import DEFAULT_JOBS

if TYPE_CHECKING:
    from pycrane._registry.client import RegistryClient


def flatten(
    client: RegistryClient,
    source: Subject,
    target: Target,
    *,
    compression: Compression = Compression.GZIP,
    level: int | None = None,
    platforms: Sequence[Platform] = (),
    jobs: int = DEFAULT_JOBS,
) -> Reference:
    """Flatten an image, or all images of an index or those for `platforms`; returns the result by digest.

    Attestations in an index are left out with a warning: they describe layers that are gone. `level` is the
    compression's, None a good one. A layer lies in a temporary file until it is pushed.

    Raises:
        UnsupportedError: it is an artifact, or the compression has no such level.
        PycraneError: it cannot be read or written; what was there stays.
    """
    left_out = []

    def keeps(entry: Descriptor) -> bool:
        if is_no_attestation(entry):
            return True
        left_out.append(entry)
        return False

    with (
        working(client, f"flattening {name_of(source)}", source, target.repository),
        LayerFiles(compression, flatten_level(compression, level)) as files,
    ):
        view = narrowed(opened(client, source), platforms)
        result = flatten_each(view, lambda stream: layer_of(files.read(stream)), created=now(), keep=keeps)
        if left_out:
            text = f"{len(left_out)} attestations of the unflattened images are left out"
            client.session.listener(Warned(text))
        return write(client, result, target, jobs)

"""flatten: an image, or every image of an index, with all its layers made one."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pycrane._client.inputs import AnyImage, Platforms, Target, platforms_of
from pycrane._client.platforms import narrowed
from pycrane._client.working import watched, working, write
from pycrane._events import Warned
from pycrane._layers.compression.kinds import Compression, compression_of
from pycrane._layers.local import LayerFiles
from pycrane._mutate.append import layer_of
from pycrane._mutate.flatten import flatten_each, flatten_level, is_no_attestation
from pycrane._oci.clock import now
from pycrane._oci.descriptor import Descriptor
from pycrane._reference import Reference
from pycrane._transports.table import locate

if TYPE_CHECKING:
    from pycrane._client.base import Base


def flatten(
    client: Base,
    source: AnyImage,
    target: Target,
    *,
    compression: Compression | str = Compression.GZIP,
    level: int | None = None,
    platforms: Platforms = (),
) -> Reference:
    """Push an image, or an index with all its images, with all layers made one. Returns it by digest.

    `level` is the compression's, None a good one. Attestations in an index describe layers that are gone:
    they are left out, with a warning to the listener.

    Raises:
        UnsupportedError: it is an artifact, without files, or the compression has no such level.
    """
    origin, place = locate(source), locate(target)
    wanted = compression_of(compression)
    left_out = []

    def keeps(entry: Descriptor) -> bool:
        if is_no_attestation(entry):
            return True
        left_out.append(entry)
        return False

    with (
        working(client, f"flattening {origin.text}", origin, place),
        LayerFiles(
            wanted,
            flatten_level(wanted, level),
            limits=client.registry.session.limits,
            listener=client.listener,
        ) as files,
    ):
        view = watched(client, narrowed(client.open(origin), platforms_of(platforms)))
        result = flatten_each(view, lambda stream: layer_of(files.read(stream)), created=now(), keep=keeps)
        if left_out:
            text = f"{len(left_out)} attestations of the unflattened images are left out"
            client.listener(Warned(text))
        return write(client, result, place)

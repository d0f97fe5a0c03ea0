"""The manifest that skopeo makes of an image in an archive of docker save, which has none (containers/image).

Layers are named by their diff ids and plain sizes, and called gzip whatever they are.
"""

from __future__ import annotations

from pycrane._image.view import Image, View
from pycrane._layers.compression.kinds import Compression
from pycrane._mutate.recompress import recompress_layers
from pycrane._oci import go_json, media_types
from pycrane._oci.descriptor import Descriptor
from pycrane._oci.digest import Digest
from pycrane._oci.go_json import MANIFEST


def as_saved(view: View) -> View:
    """The image with that manifest, for showing it: its layers cannot be read. An index is itself.

    Raises:
        PycraneError: a layer cannot be read.
    """
    if not isinstance(view, Image):
        return view
    plain = recompress_layers(view, Compression.NONE)
    layers = [
        Descriptor(media_types.DOCKER_LAYER_GZIP, each.digest, each.size) for each in plain.manifest.layers
    ]
    value = {
        "schemaVersion": 2,
        "mediaType": media_types.DOCKER_MANIFEST,
        "config": view.manifest.config.to_json(),
        "layers": [each.to_json() for each in layers],
    }
    raw = go_json.dumps(go_json.ordered(value, MANIFEST))
    return Image(view.content, raw, Descriptor(media_types.DOCKER_MANIFEST, Digest.of(raw), len(raw)))

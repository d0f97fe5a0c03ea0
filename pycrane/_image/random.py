"""Images and indexes of random content, the same for the same seed: for tests and measurements."""

from __future__ import annotations

import io
import random
import tarfile
from collections.abc import Sequence

from pycrane._errors import expect
from pycrane._image.build import build_index, build_manifest
from pycrane._image.content import MemoryContent
from pycrane._image.view import Image, Index
from pycrane._layers.compression.compress import open_compressed
from pycrane._layers.compression.kinds import Compression, compression_of
from pycrane._oci import go_json, media_types
from pycrane._oci.descriptor import Descriptor
from pycrane._oci.digest import Digest
from pycrane._oci.platform import DEFAULT_PLATFORM, Platform


def random_image(
    seed: int,
    *,
    layers: int = 3,
    layer_size: int = 1024,
    oci: bool = True,
    compression: Compression | str = Compression.GZIP,
    platform: Platform = DEFAULT_PLATFORM,
) -> Image:
    """An image of so many layers, all in memory.

    Each layer holds one file of `layer_size` random bytes, which do not compress. The same `seed` gives the
    same image.
    """
    expect(platform, Platform, "a platform")
    compression = compression_of(compression)
    source = random.Random(seed)  # noqa: S311
    held: dict[Digest, bytes] = {}
    descriptors, diff_ids, history = [], [], []
    for number in range(layers):
        tar = _tar(f"random-{number}.bin", source.randbytes(layer_size))
        stored = open_compressed(io.BytesIO(tar), compression).read()
        descriptors.append(_hold(held, stored, compression.media_type(oci=oci)))
        diff_ids.append(str(Digest.of(tar)))
        history.append({"created_by": f"random layer {number}"})
    config = {**platform.to_json(), "history": history, "rootfs": {"type": "layers", "diff_ids": diff_ids}}
    raw_config = go_json.dumps(go_json.ordered(config, go_json.CONFIG_FILE))
    config_type = media_types.OCI_CONFIG if oci else media_types.DOCKER_CONFIG
    described = _hold(held, raw_config, config_type)
    return Image(MemoryContent(held), *build_manifest(described, descriptors))


def random_index(
    seed: int,
    platforms: Sequence[Platform] = (DEFAULT_PLATFORM, Platform("linux", "arm64")),
    *,
    layers: int = 3,
    layer_size: int = 1024,
    oci: bool = True,
) -> Index:
    """An index, all in memory, with one random image for each platform; the same for the same `seed`."""
    held: dict[Digest, bytes] = {}
    entries = []
    for number, platform in enumerate(platforms):
        image = random_image(
            seed * 1000 + number, layers=layers, layer_size=layer_size, oci=oci, platform=platform
        )
        held[image.digest] = image.raw_manifest
        for blob in (image.manifest.config, *image.manifest.layers):
            held[blob.digest] = image.content.open_blob(blob).read()
        entries.append(Descriptor(image.media_type, image.digest, image.size, platform=platform))
    kind = media_types.OCI_INDEX if oci else media_types.DOCKER_INDEX
    return Index(MemoryContent(held), *build_index(kind, entries))


def _hold(held: dict[Digest, bytes], data: bytes, media_type: str) -> Descriptor:
    described = Descriptor.of(media_type, data)
    held[described.digest] = data
    return described


def _tar(name: str, data: bytes) -> bytes:
    out = io.BytesIO()
    with tarfile.open(fileobj=out, mode="w", format=tarfile.PAX_FORMAT) as tar:
        entry = tarfile.TarInfo(name)
        entry.size = len(data)
        tar.addfile(entry, io.BytesIO(data))
    return out.getvalue()

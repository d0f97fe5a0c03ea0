"""Images for the rows of skopeo: layers are compressed, as skopeo wants them in registries and layouts."""

from __future__ import annotations

from cli.crane_images import DOCKER, FULL, GZIPPED, GZIPPED_DOCKER, PLAIN, stored
from peers import images

ARM = images.image(*(stored(part) for part in PLAIN), platform="linux/arm64/v8", config=FULL)
ARM_V7 = images.image(stored(PLAIN[0]), platform="linux/arm/v7")
DOCKER_ARM = images.image(
    *(stored(part) for part in DOCKER), platform="linux/arm64/v8", family="docker", config=FULL
)
AMD = images.image(*(stored(part) for part in PLAIN), config=FULL)
MULTI = images.index(AMD, ARM, ARM_V7)
LIST = images.index(GZIPPED_DOCKER, DOCKER_ARM, family="docker")
ZSTD = images.image(stored(PLAIN[0], "zstd"))

SOURCES = {
    "amd": AMD,
    "multi": MULTI,
    "list": LIST,
    "docker": GZIPPED_DOCKER,
    "links": GZIPPED,
    "plain": images.image(*PLAIN[:2]),
    "zstd": ZSTD,
}
"""What is in the registry before any row, each under its name below `{sk}`."""


def image_in(name, image, *signatures):
    """Have an image directory, with signatures of the image."""

    def prepare(world):
        folder = world.folder / name
        folder.mkdir(parents=True)
        (folder / "version").write_text("Directory Transport Version: 1.1\n")
        (folder / "manifest.json").write_bytes(image.data)
        for blob in image.blobs:
            (folder / blob.digest.partition(":")[2]).write_bytes(blob.data)
        for number, signature in enumerate(signatures, 1):
            (folder / f"signature-{number}").write_bytes(signature)

    return prepare

"""usage: bytes that images take, each alone, shared with others, and all together, blobs counted once."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING

from pycrane._client.images import list_images
from pycrane._client.inputs import AnyImage
from pycrane._client.tags import list_tags
from pycrane._client.tree import TreeNode, tree
from pycrane._image.view import View
from pycrane._oci.digest import Digest
from pycrane._reference import Reference
from pycrane._transports.table import locate

if TYPE_CHECKING:
    from pycrane._client.base import Base


@dataclass(frozen=True, slots=True)
class ImageUsage:
    """An image or index and its bytes: of all it names, and of what no other one in the list names."""

    name: str
    digest: Digest
    size: int
    unique: int


@dataclass(frozen=True, slots=True)
class Usage:
    """Images with their bytes, in the order in which they were given, and the bytes of all together."""

    images: tuple[ImageUsage, ...]
    total: int


def usage(client: Base, *sources: AnyImage, all_tags: bool = False) -> Usage:
    """Count the bytes of images and of what they share; of an archive or layout those of all its images.

    With `all_tags` the images of all tags of each repository are counted. Manifests are read, layers are not;
    images of one digest count as one that has several names.

    Raises:
        NotFoundError: a registry has no such manifest.
    """
    found = [
        (name, view.digest, _blobs(tree(client, view, referrers=False)))
        for source in sources
        for name, view in _named(client, source, all_tags=all_tags)
    ]
    held = {digest: blobs for _, digest, blobs in found}
    owners = Counter(blob for blobs in held.values() for blob in blobs)
    images = tuple(
        ImageUsage(
            name,
            digest,
            sum(blobs.values()),
            sum(size for blob, size in blobs.items() if owners[blob] == 1),
        )
        for name, digest, blobs in found
    )
    return Usage(
        images, sum({blob: size for blobs in held.values() for blob, size in blobs.items()}.values())
    )


def _named(client: Base, source: AnyImage, *, all_tags: bool) -> Iterator[tuple[str, View]]:
    location = locate(source)
    if location.reference is None:
        for image in list_images(client, location):
            yield ", ".join(image.names) or f"{location.text}:{image.labels[0]}", image.view
    elif all_tags:
        repository = location.reference.repository
        for tag in list_tags(client, repository):
            yield f"{repository}:{tag}", client.open(repository.tag(tag))
    else:
        yield _text(location.reference), client.open(location)


def _text(reference: Reference) -> str:
    return reference.text or reference.name


def _blobs(node: TreeNode) -> dict[Digest, int]:
    blobs = {node.descriptor.digest: node.descriptor.size}
    for child in node.children:
        blobs |= _blobs(child)
    return blobs

"""tree: an index or image with all it names and all that refers to it (image-index.md, Listing Referrers)."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING

from pycrane._client.inputs import AnyImage, naming
from pycrane._errors import LimitExceededError
from pycrane._image.view import Image, Index, View, is_manifest, open_view
from pycrane._oci import media_types
from pycrane._oci.descriptor import Descriptor
from pycrane._oci.digest import Digest
from pycrane._reference import Repository
from pycrane._transports.table import locate

if TYPE_CHECKING:
    from pycrane._client.base import Base


class NodeKind(StrEnum):
    """Kind of a node in a tree."""

    INDEX = "index"
    IMAGE = "image"
    ARTIFACT = "artifact"
    CONFIG = "config"
    LAYER = "layer"
    OTHER = "other"


@dataclass(frozen=True, slots=True)
class TreeNode:
    """A manifest or blob with what it names, as a tree.

    `refers` is true for a manifest that refers to the one above, by its `subject`, and is not named by it.
    `size` is in bytes: of a manifest that of all it names, each blob once, its referrers not counted.
    """

    kind: NodeKind
    descriptor: Descriptor
    artifact_type: str
    children: tuple[TreeNode, ...] = ()
    refers: bool = False

    @property
    def size(self) -> int:
        """Bytes of this and all it names."""
        return sum(dict(self._sizes()).values())

    def _sizes(self) -> Iterator[tuple[Digest, int]]:
        yield self.descriptor.digest, self.descriptor.size
        for child in self.children:
            if not child.refers:
                yield from child._sizes()


def tree(client: Base, source: AnyImage, *, referrers: bool = True) -> TreeNode:
    """Describe an index or image with all that it names, and with `referrers` all that refers to it.

    A manifest is one request and its list of referrers another; blobs are not read. Only registries list
    referrers.

    Raises:
        NotFoundError: the registry has no such manifest.
        LimitExceededError: indexes are nested too deeply, or have too many entries.
    """
    location = locate(source)
    repository = location.reference.repository if referrers and location.reference else None
    with naming(source):
        return _Tree(client, repository).node(client.sole(location), 0)


class _Tree:
    """One walk: what is left of the count of manifests, and those on the way down."""

    def __init__(self, client: Base, repository: Repository | None) -> None:
        self._registry = client.registry
        self._repository = repository
        self._limits = client.registry.session.limits
        self._left = self._limits.index_entries

    def node(self, view: View, depth: int, *, refers: bool = False) -> TreeNode:
        self._left -= 1
        if self._left < 0 or depth > self._limits.index_depth:
            raise LimitExceededError(f"{view.digest} is part of a tree that is too deep or too large")
        if isinstance(view, Index):
            kind, artifact_type = NodeKind.INDEX, view.index_manifest.artifact_type
            children = [self._child(view, entry, depth + 1) for entry in view.index_manifest.manifests]
        else:
            kind, artifact_type, children = self._image(view)
        if self._repository is not None:
            found = self._registry.referrers(self._repository, view.digest)
            children += [self._referrer(self._repository, each, depth + 1) for each in found]
        return TreeNode(kind, view.descriptor, artifact_type, tuple(children), refers)

    def _child(self, index: Index, entry: Descriptor, depth: int) -> TreeNode:
        if not is_manifest(entry):
            return TreeNode(NodeKind.OTHER, entry, entry.artifact_type)
        return self.node(index.child(entry), depth)

    def _image(self, image: Image) -> tuple[NodeKind, str, list[TreeNode]]:
        manifest = image.manifest
        is_image = manifest.config.media_type in media_types.CONFIGS
        kind = NodeKind.IMAGE if is_image and not manifest.artifact_type else NodeKind.ARTIFACT
        artifact_type = manifest.artifact_type or ("" if is_image else manifest.config.media_type)
        blobs = [TreeNode(NodeKind.CONFIG, manifest.config, "")]
        blobs += [TreeNode(NodeKind.LAYER, layer, "") for layer in manifest.layers]
        return kind, artifact_type, blobs

    def _referrer(self, repository: Repository, entry: Descriptor, depth: int) -> TreeNode:
        view = self._registry.open(repository.digest(entry.digest))
        return self.node(open_view(view.content, view.raw_manifest, entry), depth, refers=True)

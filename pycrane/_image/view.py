"""Images, indexes and layers as immutable, lazy views over content (OCI image spec; Docker image spec v2.2).

A view keeps raw bytes as they came: digests are of raw bytes, parsing is for reading. Nothing is read before
it is asked for, and all that is read is verified against the descriptor that names it.
"""

from __future__ import annotations

from functools import cached_property
from typing import TYPE_CHECKING

from pycrane._errors import MalformedError, NotFoundError, expect
from pycrane._image.content import Content, limits_of
from pycrane._io.verified import VerifiedStream, check, read_verified
from pycrane._limits import Limits
from pycrane._oci import media_types
from pycrane._oci.config import ConfigFile, parse_config
from pycrane._oci.descriptor import Descriptor
from pycrane._oci.digest import Digest, as_digest
from pycrane._oci.manifest import IndexManifest, Manifest, parse_manifest
from pycrane._oci.platform import Platform

if TYPE_CHECKING:
    from pycrane._layers.compression.decompress import PlainStream


class Layer:
    """One layer of an image: a tar, compressed or not, or any blob of an artifact (OCI image spec, layer.md).

    `descriptor` is what names it, `content` has its bytes, `diff_id` is the digest of its tar if it is known.
    Nothing is read before it is asked for.
    """

    def __init__(self, content: Content, descriptor: Descriptor, diff_id: Digest | None = None) -> None:
        expect(descriptor, Descriptor, "a descriptor")
        self.content = content
        self.descriptor = descriptor
        self._diff_id = diff_id

    @property
    def digest(self) -> Digest:
        """Digest of the layer as it is stored, compressed or not."""
        return self.descriptor.digest

    @property
    def size(self) -> int:
        """Bytes of the layer as it is stored."""
        return self.descriptor.size

    @property
    def media_type(self) -> str:
        """Media type that the manifest gives it."""
        return self.descriptor.media_type

    @property
    def known_diff_id(self) -> Digest | None:
        """The diff id; None where the configuration does not name this layer."""
        return self._diff_id

    @property
    def diff_id(self) -> Digest:
        """Digest of the uncompressed layer, as the image's configuration has it.

        Raises:
            MalformedError: the configuration does not name this layer.
        """
        if self._diff_id is None:
            raise MalformedError(f"the configuration has no diff id for layer {self.digest}")
        return self._diff_id

    def compressed(self) -> VerifiedStream:
        """The layer as it is stored, verified while it is read. The caller closes it.

        Raises, while it is read, too:
            IntegrityError: other bytes than its descriptor promises.
            PycraneError: it is not there, or cannot be read.
        """
        return VerifiedStream(self.content.open_blob(self.descriptor), self.descriptor)

    def uncompressed(self) -> PlainStream:
        """The layer's tar; its compressed bytes are verified while it is read. The caller closes it.

        Raises, while it is read, too:
            LayerError: its compression is broken.
            LimitExceededError: it expands to too much.
            IntegrityError: other bytes than its descriptor promises.
            PycraneError: it is not there, or cannot be read.
        """
        from pycrane._layers.compression.decompress import open_decompressed

        return open_decompressed(self.compressed(), limits_of(self.content), f"layer {self.digest}")


class _Described:
    """Raw manifest bytes and what named them, over the content that has what they name."""

    def __init__(self, content: Content, raw_manifest: bytes, descriptor: Descriptor) -> None:
        expect(raw_manifest, bytes, "a manifest")
        expect(descriptor, Descriptor, "a descriptor")
        self.content = content
        self.raw_manifest = raw_manifest
        self.descriptor = descriptor

    @property
    def media_type(self) -> str:
        """Media type of the manifest. Raises as reading it does."""
        return self._parsed.media_type

    @property
    def digest(self) -> Digest:
        """Digest of the raw manifest."""
        return self.descriptor.digest

    @property
    def size(self) -> int:
        """Bytes of the raw manifest."""
        return len(self.raw_manifest)

    @property
    def _limits(self) -> Limits:
        return limits_of(self.content)

    @cached_property
    def _parsed(self) -> Manifest | IndexManifest:
        what = f"manifest {self.digest}"
        return parse_manifest(self.raw_manifest, self.descriptor.media_type, what, self._limits)


class Image(_Described):
    """An image or artifact: a manifest, its config and its layers (OCI image spec, manifest.md).

    `raw_manifest` are the bytes as they came, `descriptor` what named them, `content` has what they name. It
    is immutable and lazy: config and layers are read when they are asked for, and verified then.
    """

    @property
    def manifest(self) -> Manifest:
        """The manifest read. Raises MalformedError, UnsupportedError or LimitExceededError."""
        if not isinstance(self._parsed, Manifest):
            raise MalformedError(f"{self.digest} is an index, expected an image")
        return self._parsed

    @property
    def config_name(self) -> Digest:
        """Digest of the configuration: the image ID."""
        return self.manifest.config.digest

    @cached_property
    def raw_config_file(self) -> bytes:
        """The configuration's raw bytes, verified."""
        config = self.manifest.config
        if config.data is not None:
            return config.data
        return read_verified(self.content.open_blob(config), config, self._limits.config_size)

    @cached_property
    def config_file(self) -> ConfigFile:
        """The configuration read. Raises MalformedError if it is none, as an artifact's may be."""
        return parse_config(self.raw_config_file, f"config {self.config_name}", self._limits)

    @cached_property
    def layers(self) -> tuple[Layer, ...]:
        """The layers, the base first, each with its diff id if the configuration has one for each.

        Raises:
            MalformedError: the configuration is an image's and counts other layers than the manifest.
        """
        descriptors = self.manifest.layers
        if self.manifest.config.media_type not in media_types.CONFIGS:
            return tuple(Layer(self.content, descriptor) for descriptor in descriptors)
        diff_ids = self.config_file.diff_ids
        if len(diff_ids) != len(descriptors):
            raise MalformedError(
                f"image {self.digest} has {len(descriptors)} layers, its config names {len(diff_ids)}"
            )
        return tuple(
            Layer(self.content, descriptor, diff_id)
            for descriptor, diff_id in zip(descriptors, diff_ids, strict=True)
        )

    def layer_by_digest(self, digest: Digest | str) -> Layer:
        """The layer stored under this digest. Raises NotFoundError."""
        digest = as_digest(digest)
        for layer in self.layers:
            if layer.digest == digest:
                return layer
        raise NotFoundError(f"image {self.digest} has no layer {digest}", status=404)

    def layer_by_diff_id(self, diff_id: Digest | str) -> Layer:
        """The layer with this diff id. Raises NotFoundError."""
        diff_id = as_digest(diff_id)
        for layer in self.layers:
            if layer.diff_id == diff_id:
                return layer
        raise NotFoundError(f"image {self.digest} has no layer with diff id {diff_id}", status=404)


class Index(_Described):
    """An index: manifests, usually one for each platform (OCI image spec, image-index.md).

    `raw_manifest`, `descriptor` and `content` are as with `Image`; what is below is read when asked for.
    """

    @property
    def index_manifest(self) -> IndexManifest:
        """The index read. Raises MalformedError, UnsupportedError or LimitExceededError."""
        if not isinstance(self._parsed, IndexManifest):
            raise MalformedError(f"{self.digest} is an image, expected an index")
        return self._parsed

    def child(self, descriptor: Descriptor) -> View:
        """The image or index that an entry of this index names, read and verified.

        Raises:
            IntegrityError: other bytes than the entry promises.
            PycraneError: it is not there, cannot be read, or is not a manifest.
        """
        expect(descriptor, Descriptor, "a descriptor")
        return open_view(self.content, check(self.content.read_manifest(descriptor), descriptor), descriptor)

    def image(self, digest: Digest | str) -> Image:
        """The image with this digest. Raises NotFoundError, or MalformedError if it is an index."""
        child = self.child(self._entry(digest))
        if not isinstance(child, Image):
            raise MalformedError(f"{digest} is an index, expected an image")
        return child

    def image_index(self, digest: Digest | str) -> Index:
        """The index with this digest. Raises NotFoundError, or MalformedError if it is an image."""
        child = self.child(self._entry(digest))
        if not isinstance(child, Index):
            raise MalformedError(f"{digest} is an image, expected an index")
        return child

    def _entry(self, digest: Digest | str) -> Descriptor:
        digest = as_digest(digest)
        for descriptor in self.index_manifest.manifests:
            if descriptor.digest == digest:
                return descriptor
        raise NotFoundError(f"index {self.digest} has no manifest {digest}", status=404)


View = Image | Index


def open_view(
    content: Content, raw: bytes, descriptor: Descriptor | None = None, media_type: str = ""
) -> View:
    """A view of raw manifest bytes that are already verified, or that nothing promised anything about.

    `descriptor` is what named them, if something did; else `media_type` is what the outside calls them.

    Raises:
        MalformedError, UnsupportedError, LimitExceededError: no manifest that can be read.
    """
    expect(descriptor, Descriptor | None, "a descriptor")
    said = descriptor.media_type if descriptor else media_type
    what = f"manifest {descriptor.digest}" if descriptor else "manifest"
    parsed = parse_manifest(raw, said, what, limits_of(content))
    if descriptor is None:
        descriptor = Descriptor.of(parsed.media_type, raw)
    kind = Index if isinstance(parsed, IndexManifest) else Image
    return kind(content, raw, descriptor)


def named_by(view: View) -> tuple[Descriptor, ...]:
    """Return the descriptors in a manifest: config and layers of an image, entries of an index."""
    if isinstance(view, Image):
        return (view.manifest.config, *view.manifest.layers)
    return view.index_manifest.manifests


def is_manifest(descriptor: Descriptor) -> bool:
    """Whether a descriptor names an image or index that pycrane can open, by its media type."""
    return descriptor.media_type in media_types.IMAGES | media_types.INDEXES


def platform_of(view: View) -> Platform | None:
    """The platform an image says it is for: its descriptor's, else its configuration's; None if none says."""
    if view.descriptor.platform is not None:
        return view.descriptor.platform
    if isinstance(view, Image) and view.manifest.config.media_type in media_types.CONFIGS:
        platform = view.config_file.platform
        return platform if platform.os or platform.architecture else None
    return None

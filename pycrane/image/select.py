"""Which image of an index a platform means (OCI image spec, image-index.md)."""

from __future__ import annotations

from collections.abc import Sequence

from pycrane.errors import PlatformNotFoundError
from pycrane.image.view import Image, Index, View, is_manifest
from pycrane.limits import DEFAULT_LIMITS
from pycrane.oci import go_json
from pycrane.oci.descriptor import Descriptor
from pycrane.oci.digest import Digest
from pycrane.oci.platform import DEFAULT_PLATFORM, Platform


def select_image(view: View, platform: Platform | None = None) -> Image:
    """The image itself, or the one of an index for this platform (None: linux/amd64, as everywhere).

    The first entry in the index that serves wins. An entry without a platform counts as linux/amd64 only if
    it is an image and no entry that names its platform serves.

    Raises:
        PlatformNotFoundError: none serves; the message lists those there are.
    """
    for _ in range(DEFAULT_LIMITS.index_depth):
        if isinstance(view, Image):
            return view
        view = view.child(select_entry(view, platform or DEFAULT_PLATFORM))
    raise PlatformNotFoundError(f"indexes below {view.digest} are nested too deeply")


def select_entry(index: Index, platform: Platform) -> Descriptor:
    """The entry of an index for this platform. Raises PlatformNotFoundError as `select_image` does."""
    entries = [entry for entry in index.index_manifest.manifests if is_manifest(entry)]
    for entry in entries:
        if entry.platform is not None and entry.platform.serves(platform):
            return entry
    for entry in entries:
        if entry.platform is None and DEFAULT_PLATFORM.serves(platform) and not entry.artifact_type:
            return entry
    raise PlatformNotFoundError(
        f"index {index.digest} has no image for {platform}; it has {_listed(index)}",
        hint="name one of these with --platform",
    )


def select_index(index: Index, platforms: Sequence[Platform]) -> Index:
    """The index with only the entries for these platforms, everything else kept as it is.

    Raises:
        PlatformNotFoundError: one of the platforms is not there.
    """
    wanted = {id(select_entry(index, platform)) for platform in platforms}
    manifests = index.index_manifest.manifests
    kept = [entry.to_json() for entry in manifests if id(entry) in wanted]
    if len(kept) == len(manifests):
        return index
    raw = go_json.dumps({**index.index_manifest.raw, "manifests": kept})
    descriptor = Descriptor(index.media_type, Digest.of(raw), len(raw))
    return Index(index.content, raw, descriptor)


def platforms_of(index: Index) -> tuple[Platform, ...]:
    """The platforms that an index names, in order, each once."""
    named = (entry.platform for entry in index.index_manifest.manifests)
    return tuple(dict.fromkeys(platform for platform in named if platform is not None))


def _listed(index: Index) -> str:
    return ", ".join(str(platform) for platform in platforms_of(index)) or "no platform at all"

"""Which image of an index a platform means (OCI image spec, image-index.md)."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from pycrane._errors import LimitExceededError, MalformedError, PlatformNotFoundError, expect
from pycrane._image.content import limits_of
from pycrane._image.view import Image, Index, View, is_manifest
from pycrane._oci import go_json, media_types
from pycrane._oci.descriptor import Descriptor
from pycrane._oci.digest import Digest
from pycrane._oci.platform import DEFAULT_PLATFORM, Platform

EntryPath = tuple[tuple[Index, Descriptor], ...]
"""Path from an index down to an image: each index with its entry for the next one."""


def select_image(view: View, platform: Platform | None = None) -> Image:
    """The image itself, or the one of an index for this platform (None: linux/amd64, as everywhere).

    The first entry in the index that serves wins; after those that name a platform, indexes below are
    searched. An entry without a platform counts as linux/amd64 if it is an image and nothing else serves.

    Raises:
        PlatformNotFoundError: none serves; the message lists those there are.
    """
    if isinstance(view, Image):
        return view
    index, entry = _entry_path(view, platform or DEFAULT_PLATFORM)[-1]
    image = index.child(entry)
    if not isinstance(image, Image):
        raise MalformedError(f"{entry.digest} is announced as an image and is none")
    return image


def select_entry(index: Index, platform: Platform) -> Descriptor:
    """Return the entry for this platform; the image is not read. Raises as `select_image` does."""
    return _entry_path(index, platform)[-1][1]


def select_index(index: Index, platforms: Sequence[Platform]) -> Index:
    """The index with only the entries for these platforms, everything else kept as it is.

    Raises:
        PlatformNotFoundError: one of the platforms is not there.
    """
    expect(index, Index, "an index")
    wanted = {id(_entry_path(index, platform)[0][1]) for platform in platforms}
    manifests = index.index_manifest.manifests
    kept = [entry.to_json() for entry in manifests if id(entry) in wanted]
    if len(kept) == len(manifests):
        return index
    raw = go_json.dumps({**index.index_manifest.raw, "manifests": kept})
    return Index(index.content, raw, Descriptor.of(index.media_type, raw))


def platforms_of(index: Index) -> tuple[Platform, ...]:
    """The platforms of the images in an index and the indexes below it, in order, each once.

    Attestations are images for none (unknown/unknown).
    """
    return tuple(dict.fromkeys(_platforms(index, limits_of(index.content).index_depth, set())))


def _platforms(index: Index, depth: int, seen: set[Digest]) -> Iterator[Platform]:
    for entry in index.index_manifest.manifests:
        if _is_index(entry):
            below = index.child(entry) if depth and entry.digest not in seen else None
            seen.add(entry.digest)  # indexes may share others
            yield from _platforms(below, depth - 1, seen) if isinstance(below, Index) else ()
        elif entry.platform is not None and entry.platform.os != "unknown":
            yield entry.platform


def _entry_path(index: Index, platform: Platform) -> EntryPath:
    expect(index, Index, "an index")
    expect(platform, Platform, "a platform")
    path = _search(index, platform, limits_of(index.content).index_depth, set())
    if path is None:
        platforms = platforms_of(index)
        listed = ", ".join(map(str, platforms)) or "no platform at all"
        raise PlatformNotFoundError(
            f"index {index.digest} has no image for {platform}; it has {listed}",
            hint="name one of these with --platform" if platforms else None,
        )
    return path


def _search(index: Index, platform: Platform, depth: int, searched: set[Digest]) -> EntryPath | None:
    if depth == 0:
        raise LimitExceededError(f"indexes below {index.digest} are nested too deeply")
    entries = [entry for entry in index.index_manifest.manifests if is_manifest(entry)]
    named = [entry for entry in entries if entry.platform is not None and entry.platform.serves(platform)]
    nameless = [entry for entry in entries if entry.platform is None]
    for entry in (*named, *(entry for entry in nameless if _is_index(entry))):
        if not _is_index(entry):
            return ((index, entry),)
        if entry.digest in searched:
            continue  # indexes may share others, and this one has no such image
        searched.add(entry.digest)
        below = index.child(entry)
        if isinstance(below, Index) and (path := _search(below, platform, depth - 1, searched)):
            return ((index, entry), *path)
    for entry in nameless:
        if not _is_index(entry) and not entry.artifact_type and DEFAULT_PLATFORM.serves(platform):
            return ((index, entry),)
    return None


def _is_index(entry: Descriptor) -> bool:
    return entry.media_type in media_types.INDEXES

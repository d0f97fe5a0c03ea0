"""Every image of an index edited, in its place: what is done to an image is done to an index by this."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeVar, overload

from pycrane._errors import LimitExceededError
from pycrane._image.content import limits_of
from pycrane._image.view import Image, Index, View, is_manifest
from pycrane._mutate.lazy import deferred
from pycrane._mutate.overlay import Overlay
from pycrane._mutate.rebuild import is_runnable, redescribed, rewritten_index
from pycrane._oci.descriptor import Descriptor
from pycrane._oci.digest import Digest

Edit = Callable[[Image], Image]
Keep = Callable[[Descriptor], bool]

ImageOrIndex = TypeVar("ImageOrIndex", Image, Index, View)
"""An image, which stays an image, or an index, which stays an index."""


def every_entry(entry: Descriptor) -> bool:
    """Keep every entry."""
    return True


def is_attestation(entry: Descriptor) -> bool:
    """Whether an entry of an index is for no platform, as BuildKit's attestations are (unknown/unknown)."""
    platform = entry.platform
    return platform is not None and platform.os == platform.architecture == "unknown"


def edit_images(view: ImageOrIndex, edit: Edit, keep: Keep = every_entry) -> ImageOrIndex:
    """The image edited, or the index with each of its images edited, also of indexes within, in their places.

    Attestations, artifacts and entries that are no manifests stay as they are in an index; entries for which
    `keep` says no are left out. An index in which nothing changes keeps its bytes. `edit` is called, and the
    manifests below an index are read, when the result is first read.

    Raises, when the result is read:
        LimitExceededError: indexes are nested too deeply.
        PycraneError: a manifest cannot be read, or what `edit` raises.
    """
    return deferred(view, lambda _: edit_each(view, edit, keep))


@overload
def edit_each(view: Image, edit: Edit, keep: Keep = ...) -> Image: ...


@overload
def edit_each(view: Index, edit: Edit, keep: Keep = ...) -> Index: ...


@overload
def edit_each(view: View, edit: Edit, keep: Keep = ...) -> View: ...


def edit_each(view: View, edit: Edit, keep: Keep = every_entry) -> View:
    """The same at once; an index in which nothing changes is returned itself."""
    if isinstance(view, Image):
        return edit(view)
    return _edited_index(view, edit, keep, limits_of(view.content).index_depth, {})


def _edited_index(index: Index, edit: Edit, keep: Keep, depth: int, done: dict[Digest, View]) -> Index:
    if depth == 0:
        raise LimitExceededError(f"indexes below {index.digest} are nested too deeply")
    changed: dict[Digest, View] = {}
    entries: list[dict[str, Any]] = []
    for entry in filter(keep, index.index_manifest.manifests):
        if is_manifest(entry) and not is_attestation(entry):
            if entry.digest not in done:  # indexes may share what is below them
                done[entry.digest] = _edited(index.child(entry), edit, keep, depth, done)
            if done[entry.digest].digest != entry.digest:
                changed[entry.digest] = done[entry.digest]
        entries.append(_entry(entry, changed.get(entry.digest)))
    if not changed and len(entries) == len(index.index_manifest.manifests):
        return index
    fields = {**index.index_manifest.raw, "manifests": entries}
    manifests = {view.digest: view.raw_manifest for view in changed.values()}
    parts = {digest: view.content for view in changed.values() for digest in contained(view)}
    return rewritten_index(index, fields, manifests=manifests, parts=parts)


def _edited(view: View, edit: Edit, keep: Keep, depth: int, done: dict[Digest, View]) -> View:
    if isinstance(view, Index):
        return _edited_index(view, edit, keep, depth - 1, done)
    return edit(view) if is_runnable(view) else view


def _entry(entry: Descriptor, edited: View | None) -> dict[str, Any]:
    if edited is None:
        return entry.to_json()
    fields = {**redescribed(entry.to_json(), edited.raw_manifest), "mediaType": edited.media_type}
    if entry.platform is not None and isinstance(edited, Image) and is_runnable(edited):
        platform = edited.config_file.platform
        if not platform.serves(entry.platform):
            fields["platform"] = platform.to_json()
    return fields


def contained(view: View) -> list[Digest]:
    """Digests that are found through the content of an edited view, and perhaps not through its index's."""
    if isinstance(view, Image):
        return [view.manifest.config.digest, *(layer.digest for layer in view.manifest.layers)]
    return list(view.content) if isinstance(view.content, Overlay) else []

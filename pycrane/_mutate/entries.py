"""The entries of an index: appended, left out, annotated (OCI image spec, image-index.md)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from pycrane._archive.layout_index import layout_entry
from pycrane._errors import UnsupportedError
from pycrane._image.content import Content
from pycrane._image.view import Image, Index, View, is_manifest, platform_of
from pycrane._mutate.joined import JoinedContent
from pycrane._oci import go_json
from pycrane._oci.descriptor import Descriptor
from pycrane._oci.digest import Digest
from pycrane._oci.platform import Platform


def children_of(view: View) -> Sequence[Descriptor]:
    """The entries of an index, each to be opened with `Index.child`; none of an image.

    Raises:
        UnsupportedError: an entry is neither an image nor an index, and cannot be taken out of its index.
    """
    if isinstance(view, Image):
        return ()
    for entry in view.index_manifest.manifests:
        if not is_manifest(entry):
            raise UnsupportedError(
                f"index {view.digest} holds {entry.digest}, a {entry.media_type}",
                hint="append the index as a whole, with --flatten=false",
            )
    return view.index_manifest.manifests


def with_platform(view: View) -> View:
    """The view with a descriptor that says what platform its configuration is for, if that says so."""
    platform = platform_of(view)
    if view.descriptor.platform is not None or platform is None:
        return view
    old = view.descriptor
    descriptor = Descriptor(old.media_type, old.digest, old.size, platform=platform)
    return type(view)(view.content, view.raw_manifest, descriptor)


def append_entries(base: Index, views: Sequence[View]) -> Index:
    """The index with these views behind its entries, each described by its descriptor.

    What is there already, with the same digest and platform, is not listed again.
    """
    entries: list[dict[str, Any]] = [entry.to_json() for entry in base.index_manifest.manifests]
    there = {_identity(entry) for entry in base.index_manifest.manifests}
    for view in views:
        if _identity(view.descriptor) not in there:
            there.add(_identity(view.descriptor))
            entries.append(layout_entry(view, None))
    content = JoinedContent(views, base.content)
    return _rewritten(base, {**base.index_manifest.raw, "manifests": entries}, content)


def filter_entries(base: Index, patterns: Sequence[Platform]) -> Index:
    """The index with only the entries whose platform fits one of the patterns (see `Platform.fits`)."""
    kept = [
        entry.to_json()
        for entry in base.index_manifest.manifests
        if entry.platform is not None and any(entry.platform.fits(pattern) for pattern in patterns)
    ]
    return _rewritten(base, {**base.index_manifest.raw, "manifests": kept}, base.content)


def annotate_index(base: Index, annotations: Mapping[str, str | None]) -> Index:
    """The index with these annotations added or replaced, and with None taken away."""
    if not annotations:
        return base
    merged = {**base.index_manifest.annotations, **annotations}
    kept = {key: value for key, value in merged.items() if value is not None}
    return _rewritten(base, {**base.index_manifest.raw, "annotations": kept}, base.content)


def _rewritten(base: Index, fields: Mapping[str, Any], content: Content) -> Index:
    raw = go_json.dumps(go_json.ordered(fields, go_json.INDEX))
    return Index(content, raw, Descriptor(base.media_type, Digest.of(raw), len(raw)))


def _identity(descriptor: Descriptor) -> tuple[Digest, Platform | None]:
    return descriptor.digest, descriptor.platform

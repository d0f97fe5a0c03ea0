"""The entries of an index: appended and left out (OCI image spec, image-index.md)."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from pycrane._errors import UnsupportedError, expect
from pycrane._image.content import Content
from pycrane._image.index_entry import layout_entry
from pycrane._image.view import Image, Index, View, is_manifest, platform_of
from pycrane._mutate.joined import JoinedContent
from pycrane._mutate.lazy import deferred
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
    kind = Image if isinstance(view, Image) else Index
    return kind(view.content, view.raw_manifest, descriptor)


def append_entries(base: Index, views: Sequence[View]) -> Index:
    """The index with these images and indexes behind its entries, each under the platform that it is for.

    What is there already, with the same digest and platform, is not listed again. Of an image that comes from
    no index, the configuration is read for its platform when the result is first read; nothing else is.

    Raises, when the result is read:
        PycraneError: a configuration cannot be read.
    """
    expect(base, Index, "an index")
    appended = tuple(views)
    for view in appended:
        expect(view, View, "a view")
    return deferred(base, lambda _: append_described(base, list(map(with_platform, appended))))


def append_described(base: Index, views: Sequence[View]) -> Index:
    """The same at once, for views whose descriptors say already all that is to be said of them."""
    entries: list[dict[str, Any]] = [entry.to_json() for entry in base.index_manifest.manifests]
    there = {_identity(entry) for entry in base.index_manifest.manifests}
    for view in views:
        if _identity(view.descriptor) not in there:
            there.add(_identity(view.descriptor))
            entries.append(layout_entry(view, None))
    content = JoinedContent(views, base.content)
    return _rewritten(base, {**base.index_manifest.raw, "manifests": entries}, content)


def filter_entries(base: Index, keep: Sequence[Platform] | Callable[[Descriptor], bool]) -> Index:
    """The index with only some of its entries, none of which is read.

    `keep` are platforms, of which an entry's has to fit one (see `Platform.fits`), or a function that says of
    each entry whether it stays, which is called when the result is first read.
    """
    expect(base, Index, "an index")
    wanted = keep if callable(keep) else _for_platforms(keep)

    def filtered(_: object) -> Index:
        kept = [entry.to_json() for entry in base.index_manifest.manifests if wanted(entry)]
        return _rewritten(base, {**base.index_manifest.raw, "manifests": kept}, base.content)

    return deferred(base, filtered)


def _for_platforms(patterns: Sequence[Platform]) -> Callable[[Descriptor], bool]:
    wanted = tuple(patterns)
    for pattern in wanted:
        expect(pattern, Platform, "a platform")

    def fits(entry: Descriptor) -> bool:
        return entry.platform is not None and any(map(entry.platform.fits, wanted))

    return fits


def _rewritten(base: Index, fields: Mapping[str, Any], content: Content) -> Index:
    raw = go_json.dumps(go_json.ordered(fields, go_json.INDEX))
    return Index(content, raw, Descriptor.of(base.media_type, raw))


def _identity(descriptor: Descriptor) -> tuple[Digest, Platform | None]:
    return descriptor.digest, descriptor.platform

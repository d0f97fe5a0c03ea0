"""Fields of manifests and indexes changed (OCI image spec, manifest.md, image-index.md, annotations.md)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, overload

from pycrane._errors import expect
from pycrane._image.view import Image, Index, View
from pycrane._mutate.index import ImageOrIndex
from pycrane._mutate.rewrite import rewritten_image, rewritten_index
from pycrane._oci.descriptor import Descriptor

Changes = Mapping[str, str | None]
"""New values by key; None takes a key away."""


def annotate(view: ImageOrIndex, annotations: Changes) -> ImageOrIndex:
    """The image or index with these annotations of its own added or replaced, and with None taken away.

    Nothing is read: neither the configuration nor the images of an index, whose annotations stay.
    """
    expect(view, View, "a view")
    if not annotations:
        return view
    return _with_fields(view, {"annotations": merged(_annotations(view), annotations)})


def set_subject(view: ImageOrIndex, subject: Descriptor | None) -> ImageOrIndex:
    """The image or index as one that refers to the manifest of this descriptor; None takes that away.

    Nothing is read. A registry then lists it among the referrers of the subject (distribution spec, Listing
    referrers).
    """
    expect(view, View, "a view")
    expect(subject, Descriptor | None, "a subject")
    return _with_fields(view, {"subject": subject.to_json() if subject is not None else None})


def merged(old: Mapping[str, str], changes: Changes) -> dict[str, str]:
    """What the changes make of these values."""
    return {key: value for key, value in {**old, **changes}.items() if value is not None}


def _annotations(view: View) -> Mapping[str, str]:
    return (view.manifest if isinstance(view, Image) else view.index_manifest).annotations


@overload
def _with_fields(view: Image, fields: Mapping[str, Any]) -> Image: ...


@overload
def _with_fields(view: Index, fields: Mapping[str, Any]) -> Index: ...


@overload
def _with_fields(view: View, fields: Mapping[str, Any]) -> View: ...


def _with_fields(view: View, fields: Mapping[str, Any]) -> View:
    if isinstance(view, Image):
        return rewritten_image(view, manifest={**view.manifest.raw, **fields})
    return rewritten_index(view, {**view.index_manifest.raw, **fields})
